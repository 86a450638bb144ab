"""Stretches of time and instants as bars on one scale: clocks that differ, handhelds in use at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.doors.console.api_calls import Json
from app.doors.console.review.cases import DoubtCase

WIDTH = 100.0
LEAST_WIDTH = 1.2
"""An instant is drawn as a bar, too."""


@dataclass(frozen=True, slots=True)
class TimeStretch:
    """A stretch of time: from `first_at` to `last_at`, drawn from `x` on, `width` wide, of `WIDTH`.

    `name`: what it is of: a clock's code, a rep, a handheld. `events`: how many lie in it.
    """

    name: str
    first_at: str
    last_at: str
    events: int | None = None
    x: float = 0.0
    width: float = 0.0


def drawn(spans: Iterable[TimeStretch]) -> list[TimeStretch]:
    """Spans with their places on a scale from the first to the last of all instants."""
    given = list(spans)
    ends = [(_seconds(span.first_at), _seconds(span.last_at)) for span in given]
    start = min((first for first, _ in ends), default=0.0)
    length = max((last for _, last in ends), default=0.0) - start or 1.0
    return [_drawn(span, first - start, last - start, length) for span, (first, last) in zip(given, ends, strict=True)]


def _drawn(span: TimeStretch, first: float, last: float, length: float) -> TimeStretch:
    width = max((last - first) / length * WIDTH, LEAST_WIDTH)
    x = min(first / length * WIDTH, WIDTH - width)
    return TimeStretch(span.name, span.first_at, span.last_at, span.events, round(x, 2), round(width, 2))


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def clocks(case: DoubtCase) -> Sequence[TimeStretch]:
    """What each clock says of the doubted record: the phone's, the time that counts, the server's as it arrived."""
    evidence, record = case.evidence, case.subject or {}
    instants = {
        "phone": evidence.get("captured_at"),
        "counted": evidence.get("corrected_at") or evidence.get("counted_at"),
        "arrived": record.get("received_at"),
    }
    return drawn(TimeStretch(name, at, at) for name, at in instants.items() if at is not None)


def handhelds(case: DoubtCase) -> Sequence[TimeStretch]:
    """When each of a rep's handhelds was in use that day."""
    used = sorted(case.evidence["devices"], key=lambda use: use["first_at"])
    return drawn(TimeStretch(device_name(case, use["device_id"]), *_ends(use), use["events"]) for use in used)


def shared_phones(case: DoubtCase) -> Sequence[TimeStretch]:
    """When the phone was in use as which rep's; of several phones one after another."""
    uses = [use for phone in case.evidence["phones"] for use in phone["used"]]
    return drawn(TimeStretch(use["rep_code"], *_ends(use), use["events"]) for use in uses)


def device_name(case: DoubtCase, device_id: str) -> str:
    """What a handheld is called: its model, and the end of its id, by which two of one model can be told."""
    device = case.devices.get(device_id)
    return f"{device['model']} …{device_id[-4:]}" if device else f"…{device_id[-4:]}"


def _ends(use: Json) -> tuple[str, str]:
    return use["first_at"], use["last_at"]
