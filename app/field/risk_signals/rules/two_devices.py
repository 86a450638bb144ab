"""One rep who worked with two handhelds at the same time (V6)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    name_of,
    reference_to,
    signal_about,
)
from app.ground.values import value


@value(frozen=True, slots=True)
class DeviceSpan:
    """The events of one handheld on one business date that tell a time: how many, the first of them, and the last."""

    device_id: UUID
    events: int
    first_at: datetime
    first_id: UUID
    last_at: datetime
    last_id: UUID

    def joined(self, other: "DeviceSpan") -> "DeviceSpan":
        """The span of both, which have no event in common."""
        first = min(self, other, key=attrgetter("first_at", "first_id"))
        last = max(self, other, key=attrgetter("last_at", "last_id"))
        return DeviceSpan(
            self.device_id, self.events + other.events, first.first_at, first.first_id, last.last_at, last.last_id
        )


DaySpans = Mapping[date, Collection[DeviceSpan]]
"""What handhelds one rep used on which business date."""


def spans_of(events: Iterable[FieldEvent]) -> dict[date, list[DeviceSpan]]:
    """The handhelds of one rep's events (each given once). Events whose clocks contradict each other tell no time."""
    spans: dict[date, dict[UUID, DeviceSpan]] = {}
    for event in events:
        if event.device_id is not None and event.timed and (event.trusted or not event.clock_changed):
            at, id_ = event.corrected_at, event.id
            later, of_day = DeviceSpan(event.device_id, 1, at, id_, at, id_), spans.setdefault(event.business_date, {})
            before = of_day.get(event.device_id)
            of_day[event.device_id] = later if before is None else before.joined(later)
    return {day: list(of_day.values()) for day, of_day in spans.items()}


def spans_joined(spans: DaySpans, others: DaySpans) -> dict[date, list[DeviceSpan]]:
    """The spans of both, which have no event in common."""
    joined: dict[date, dict[UUID, DeviceSpan]] = {}
    for day, span in ((day, span) for days in (spans, others) for day, of_day in days.items() for span in of_day):
        before = joined.setdefault(day, {}).get(span.device_id)
        joined[day][span.device_id] = span if before is None else before.joined(span)
    return {day: list(of_day.values()) for day, of_day in joined.items()}


def told_events(spans: DaySpans) -> dict[UUID, date]:
    """The events that the doubts about these days tell of, with their dates."""
    pairs_by_day = [(day, pair) for day, of_day in spans.items() if (pair := _entangled(of_day))]
    return {id_: day for day, (later, other) in pairs_by_day for id_ in (later.first_id, other.first_id, other.last_id)}


def two_devices(spans: DaySpans, events: Mapping[UUID, FieldEvent]) -> list[Signal]:
    """Doubt the first event of a handheld that lies between two events of another on that day (V6): one doubt a day.

    A handheld that takes over from another, once, is no doubt: phones break. But a rep who comes back to the first one
    had both, or someone else had one of them. `events`: those of `told_events`.
    """
    pairs = [(spans[day], pair) for day in sorted(spans) if (pair := _entangled(spans[day]))]
    return [_doubt(later, other, of_day, events) for of_day, (later, other) in pairs]


def _entangled(spans: Collection[DeviceSpan]) -> tuple[DeviceSpan, DeviceSpan] | None:
    """The first handheld to begin while another was in use, and that one.

    Where any event lies between two of another handheld, the first event of one of both does, or both began in one
    instant: looking at first and last events is looking at all. One that ended in the instant in which both began
    was not in use beside the other.
    """
    ordered = sorted(spans, key=attrgetter("first_at", "first_id"))
    for place, later in enumerate(ordered):
        for other in ordered[:place]:
            if later.first_at < other.last_at and other.first_at < later.last_at:
                return later, other
    return None


def _doubt(
    later: DeviceSpan, other: DeviceSpan, spans: Collection[DeviceSpan], events: Mapping[UUID, FieldEvent]
) -> Signal:
    event, before, after = events[later.first_id], events[other.first_id], events[other.last_id]
    devices: Sequence[Json] = [
        {
            "device_id": str(span.device_id),
            "events": span.events,
            "first_at": span.first_at.isoformat(),
            "last_at": span.last_at.isoformat(),
        }
        for span in sorted(spans, key=attrgetter("device_id"))
    ]
    evidence: dict[str, Json] = {
        "devices": list(devices),
        "device_id": str(later.device_id),
        "other_device_id": str(other.device_id),
        "before": reference_to(before),
        "after": reference_to(after),
    }
    sentence = (
        f"This {name_of(event)} was recorded on one phone between the {name_of(before)} and the {name_of(after)} on"
        f" another: {len(devices)} phones of this rep were in use at the same time that day."
    )
    return signal_about(RiskRule.TWO_DEVICES, event, evidence, sentence)
