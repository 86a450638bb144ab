"""One rep who worked with two handhelds at the same time (V6)."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    by_time,
    name_of,
    reference_to,
    signal_about,
)


def two_devices(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt the first event of a rep's day that lies between two events of another handheld (V6): one doubt a day.

    A handheld that takes over from another, once, is no doubt: phones break. But a rep who comes back to the
    first one had both, or someone else had one of them. Events whose clocks contradict each other tell
    no time and are left out.
    """
    if len({event.device_id for event in events} - {None}) < 2:
        return []
    days: dict[date, list[FieldEvent]] = {}
    for event in by_time(events):
        if event.device_id is not None and event.timed and (event.trusted or not event.clock_changed):
            days.setdefault(event.business_date, []).append(event)
    return [signal for day in sorted(days) if (signal := _of_day(days[day]))]


def _of_day(ordered: Sequence[FieldEvent]) -> Signal | None:
    of_device: dict[UUID, list[FieldEvent]] = {}
    for event in ordered:
        if event.device_id is not None:
            of_device.setdefault(event.device_id, []).append(event)
    if len(of_device) < 2:
        return None
    for event in ordered:
        for device_id, others in of_device.items():
            within = others[0].corrected_at < event.corrected_at < others[-1].corrected_at
            if within and device_id != event.device_id:
                return _doubt(event, others, of_device)
    return None


def _doubt(event: FieldEvent, others: Sequence[FieldEvent], of_device: dict[UUID, list[FieldEvent]]) -> Signal:
    before = max((other for other in others if other.corrected_at < event.corrected_at), key=_when)
    after = min((other for other in others if other.corrected_at > event.corrected_at), key=_when)
    devices: list[Json] = [
        {
            "device_id": str(device_id),
            "events": len(events),
            "first_at": events[0].corrected_at.isoformat(),
            "last_at": events[-1].corrected_at.isoformat(),
        }
        for device_id, events in sorted(of_device.items())
    ]
    evidence: dict[str, Json] = {
        "devices": devices,
        "device_id": str(event.device_id),
        "other_device_id": str(before.device_id),
        "before": reference_to(before),
        "after": reference_to(after),
    }
    sentence = (
        f"This {name_of(event)} was recorded on one phone between the {name_of(before)} and the {name_of(after)} on"
        f" another: {len(devices)} phones of this rep were in use at the same time that day."
    )
    return signal_about(RiskRule.TWO_DEVICES, event, evidence, sentence)


def _when(event: FieldEvent) -> tuple[object, ...]:
    return event.corrected_at, event.captured_at, event.id
