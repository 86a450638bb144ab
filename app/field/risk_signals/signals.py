"""What is doubted and how it is told: field events, signals, and the words that both rules and explanations share."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Literal
from uuid import UUID

from app.field.check_ins.geofence import GeofenceVerdict
from app.field.watermarks.rules import CounterRestart
from app.ground.values import value
from app.masters.territories.field_clock import ClockDoubt

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Position = tuple[float, float]

UNKNOWN_ACCURACY_M = 100.0
"""What a fix without a readable accuracy is granted."""

NEIGHBOURS = 10
"""So many check-ins, so many orders, and so many events with the same fix around an event say something of it: what a
rep did farther off on the day says nothing, and no upload reads it (decision 59).
"""
PRESENCE_CHECK_INS = 100
"""By so many check-ins of the two hours up to an order its rep was at the outlet (V7), or was not: eight times what a
rep taps in two hours, so the cutoff, which looks at all of them, sees no others.
"""
ON_THE_SPOT = 100
"""So many check-ins before one are compared with its spot: twice a day's work, which is 25 visits with departures."""
FIRST_ORDERS = 200
"""So many orders of a rep's day are judged beside check-ins: eight times a day's work."""
FIRST_CHECK_INS = 100
"""By so many check-ins a day's share of arrivals without a position is counted."""


class RiskRule(StrEnum):
    """The rules of V6."""

    MOCK_LOCATION = "mock_location"
    STALE_FIX = "stale_fix"
    REPEATED_FIX = "repeated_fix"
    IMPOSSIBLE_SPEED = "impossible_speed"
    CLOCK_CHANGED = "clock_changed"
    SEQUENCE_GAP = "sequence_gap"
    REMOTE_ORDER = "remote_order"
    AVERAGED_ORDER = "averaged_order"
    TWO_DEVICES = "two_devices"
    SHARED_DEVICE = "shared_device"
    ONE_SPOT = "one_spot"
    NO_POSITION = "no_position"
    UNPROVEN_TIME = "unproven_time"
    UNSEEN_BOOT = "unseen_boot"
    COUNTER_RESTARTED = "counter_restarted"


@value(frozen=True, slots=True)
class FieldEvent:
    """A check-in, or an order taken on a handheld: what the rules look at. Degrees, metres, instants with an offset.

    `verdict`, `distance_m`: of its fix, where it has one. `arrival`: of a check-in, whether the rep came or went.
    `provider`: what the phone calls the source of its position. `skew_ms`: what its clock was off when it was sent.
    """

    id: UUID
    kind: Literal["check_in", "order"]
    outlet_id: int
    outlet_code: str
    business_date: date
    captured_at: datetime
    corrected_at: datetime
    trusted: bool
    clock_changed: bool
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    fix_at: datetime | None
    mock: bool
    device_id: UUID | None = None
    verdict: str | None = None
    distance_m: float | None = None
    arrival: bool = False
    provider: str | None = None
    skew_ms: int = 0
    clock_doubt: str | None = None

    @property
    def timed(self) -> bool:
        """Whether anything is known of when it was, but that it had happened by its arrival (T3)."""
        return self.clock_doubt != ClockDoubt.UNPROVEN_TIME

    @property
    def inside(self) -> bool:
        """Whether its own fix shows that the rep stood within the outlet's fence."""
        return self.verdict == GeofenceVerdict.INSIDE

    def __hash__(self) -> int:
        """Of its id alone: sets of events are made for every upload, and fifteen hashes each add up."""
        return hash(self.id)


@value(frozen=True, slots=True)
class DeviceNumbers:
    """How a device has numbered what it recorded: 1 to `sequence_to`; the `missing` have not arrived.

    `missing`: half-open ranges [lo, hi), as `watermarks.rules.gaps` gives them. `business_date`: the local date on
    which this is looked at. `restart`: what proves just now that it began anew.
    """

    device_id: UUID
    business_date: date
    sequence_to: int
    missing: Sequence[tuple[int, int]] = ()
    restart: CounterRestart | None = None


@value(frozen=True, slots=True)
class Signal:
    """One doubt. A rule doubts a subject at most once; `evidence` is ready for JSON."""

    rule: RiskRule
    subject_type: Literal["check_in", "order", "device"]
    subject_id: UUID
    evidence: dict[str, Json]
    explanation: str
    business_date: date
    outlet_id: int | None = None


Moment = tuple[datetime, bool, UUID]


def moment(event: FieldEvent) -> Moment:
    """Its place in the order in which events happened: in one instant check-ins come before orders."""
    return event.corrected_at, event.kind == "order", event.id


def by_time(events: Iterable[FieldEvent]) -> list[FieldEvent]:
    """Events, each once, in the order in which they happened."""
    return sorted({event.id: event for event in events}.values(), key=moment)


def by_day(events: Iterable[FieldEvent]) -> dict[date, list[FieldEvent]]:
    """Events, each once, by business date and in the order in which they happened."""
    days: dict[date, list[FieldEvent]] = {}
    for event in by_time(events):
        days.setdefault(event.business_date, []).append(event)
    return days


def check_ins_before(check_ins: Sequence[FieldEvent], at: datetime, most: int) -> Sequence[FieldEvent]:
    """The last ones of a day's check-ins up to an instant; `check_ins` by time."""
    place = bisect_right(check_ins, at, key=_corrected_at)
    return check_ins[max(0, place - most) : place]


def check_ins_after(check_ins: Sequence[FieldEvent], at: datetime, most: int) -> Sequence[FieldEvent]:
    """The first ones of a day's check-ins after an instant; `check_ins` by time."""
    place = bisect_right(check_ins, at, key=_corrected_at)
    return check_ins[place : place + most]


_corrected_at = attrgetter("corrected_at")


def position_of(event: FieldEvent) -> Position | None:
    """Where an event was recorded; None without a fix, and where its coordinates are not kept (`has_fix`)."""
    return None if event.lat is None or event.lon is None else (event.lat, event.lon)


def has_fix(event: FieldEvent) -> bool:
    """Whether the phone knew where it was: also where that is not kept, or no longer (decision 54)."""
    return position_of(event) is not None or event.verdict not in {None, GeofenceVerdict.NO_FIX.value}


def accuracy_m(event: FieldEvent) -> float:
    """What a fix may be off, in metres."""
    reported = event.accuracy_m
    return reported if reported is not None and reported > 0 else UNKNOWN_ACCURACY_M


def signal_about(rule: RiskRule, event: FieldEvent, evidence: dict[str, Json], explanation: str) -> Signal:
    """A doubt about a check-in or an order."""
    return Signal(rule, event.kind, event.id, evidence, explanation, event.business_date, event.outlet_id)


def reference_to(event: FieldEvent) -> dict[str, Json]:
    """Another event within the evidence."""
    return {
        "id": str(event.id),
        "kind": event.kind,
        "outlet_code": event.outlet_code,
        "corrected_at": event.corrected_at.isoformat(),
        "trusted": event.trusted,
    }


def name_of(event: FieldEvent) -> str:
    """An event in a sentence."""
    return f"{'order' if event.kind == 'order' else 'check-in'} at {event.outlet_code}"


def length_told(metres: float) -> str:
    """A length in a sentence."""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def duration_told(seconds: float) -> str:
    """A duration in a sentence."""
    if seconds < 180:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def in_order(signals: Iterable[Signal]) -> list[Signal]:
    """Signals by rule and subject."""
    return sorted(signals, key=attrgetter("rule", "subject_type", "subject_id"))
