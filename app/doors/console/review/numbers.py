"""How a handheld has numbered what it recorded: what is missing, as a strip from the first number to the last."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.doors.console.api_calls import Json
from app.doors.console.review.cases import DoubtCase

WIDTH = 100.0
LEAST_WIDTH = 0.6


@dataclass(frozen=True, slots=True)
class MissingRange:
    """Numbers that never came, both ends included; drawn from `x` on, `width` wide, of `WIDTH`."""

    first: int
    last: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class NumberedEvents:
    """What a handheld has counted up to `total`, what of that is missing, and the handheld, where it can be seen.

    `missing_count`: of all ranges, also of those beyond the hundred that are told.
    """

    total: int
    missing: Sequence[MissingRange]
    missing_count: int
    device: Json | None


def numbered_events(case: DoubtCase) -> NumberedEvents:
    """Of a gap what the phone says that it has recorded, of a counter that began anew what it had counted before."""
    evidence = case.evidence
    total = evidence.get("sequence_to") or evidence.get("known_to") or 0
    missing = [_drawn(first, last, max(total, 1)) for first, last in evidence["missing"]]
    return NumberedEvents(total, missing, evidence["missing_count"], case.devices.get(case.signal["subject"]["id"]))


def _drawn(first: int, last: int, total: int) -> MissingRange:
    width = max((last - first + 1) / total * WIDTH, LEAST_WIDTH)
    x = min((first - 1) / total * WIDTH, WIDTH - width)
    return MissingRange(first, last, round(x, 2), round(width, 2))
