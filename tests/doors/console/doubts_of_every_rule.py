"""A doubt by each rule about a rep's day of the demo, its evidence and sentence made by the rule itself."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.rules.clock_changed import changed_clocks
from app.field.risk_signals.rules.counter_restarted import counter_restarted
from app.field.risk_signals.rules.impossible_speed import impossible_speeds
from app.field.risk_signals.rules.no_position import no_positions
from app.field.risk_signals.rules.repeated_fix import repeated_fixes
from app.field.risk_signals.rules.sequence_gap import sequence_gap
from app.field.risk_signals.rules.shared_device import PhoneUse, shared_devices
from app.field.risk_signals.rules.stale_fix import stale_fixes
from app.field.risk_signals.rules.two_devices import DeviceSpan, two_devices
from app.field.risk_signals.rules.unproven_time import unproven_times
from app.field.risk_signals.rules.unseen_boot import unseen_boots
from app.field.risk_signals.signals import DeviceNumbers, FieldEvent, Signal
from app.field.watermarks.rules import CounterRestart
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet
from app.masters.territories.field_clock import ClockDoubt
from app.masters.territories.models import Rep

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def raise_every_doubt(session: AsyncSession, rep_code: str, day: date, raised_at: datetime) -> list[RiskSignal]:
    """Doubt the rep's day by every rule that the demo itself does not show; one doubt a rule, by the rules' order."""
    rep = await session.scalar(select(Rep).where(Rep.code == rep_code))
    device = await session.scalar(select(Device).where(Device.rep_id == rep.id)) if rep else None
    assert rep is not None
    assert device is not None
    rows = await session.execute(
        select(CheckIn, Outlet)
        .join(Outlet, Outlet.id == CheckIn.outlet_id)
        .where(CheckIn.rep_id == rep.id, CheckIn.business_date == day, CheckIn.lat.is_not(None))
        .order_by(CheckIn.corrected_at, CheckIn.id)
    )
    events = [_event(check_in, outlet) for check_in, outlet in rows]
    signals = [
        RiskSignal(
            id=uuid4(),
            rule=signal.rule.value,
            subject_type=signal.subject_type,
            subject_id=signal.subject_id,
            territory_id=rep.territory_id,
            rep_id=rep.id,
            outlet_id=signal.outlet_id,
            business_date=signal.business_date,
            evidence=signal.evidence,
            explanation=signal.explanation,
            raised_at=raised_at,
        )
        for signal in _signals(events, device, rep)
    ]
    session.add_all(signals)
    await session.flush()
    return signals


def _event(check_in: CheckIn, outlet: Outlet) -> FieldEvent:
    return FieldEvent(
        id=check_in.id,
        kind="check_in",
        outlet_id=outlet.id,
        outlet_code=outlet.code,
        business_date=check_in.business_date,
        captured_at=check_in.captured_at,
        corrected_at=check_in.corrected_at,
        trusted=True,
        clock_changed=False,
        lat=check_in.lat,
        lon=check_in.lon,
        accuracy_m=check_in.accuracy_m,
        fix_at=check_in.fix_at,
        mock=False,
        verdict=check_in.verdict,
        distance_m=check_in.distance_m,
        arrival=True,
    )


def _signals(events: Sequence[FieldEvent], device: Device, rep: Rep) -> Iterator[Signal]:
    first, second, *_, last = events
    at, far = first.corrected_at, max(events, key=lambda event: abs((event.lat or 0) - (first.lat or 0)))
    yield from impossible_speeds([first, replace(far, corrected_at=at + timedelta(seconds=12))])
    yield from changed_clocks([replace(first, clock_changed=True, captured_at=at + 3 * HOUR, skew_ms=-20_000)])
    yield from stale_fixes([replace(first, fix_at=at - 14 * MINUTE)])
    yield from repeated_fixes([first, replace(far, lat=first.lat, lon=first.lon)])
    yield from unproven_times([replace(first, clock_doubt=ClockDoubt.UNPROVEN_TIME, captured_at=at - 9_000 * HOUR)])
    yield from unseen_boots([replace(first, clock_doubt=ClockDoubt.UNSEEN_BOOT)])
    yield from no_positions([replace(each, lat=None, lon=None, verdict=None) for each in events[:4]])
    day = first.business_date
    spans = [
        DeviceSpan(device.id, 9, at, first.id, last.corrected_at, last.id),
        DeviceSpan(uuid4(), 1, second.corrected_at, second.id, second.corrected_at + HOUR, second.id),
    ]
    yield from two_devices({day: spans}, {event.id: event for event in events})
    yield from (shared.signal for shared in shared_devices(_uses(first, device, rep)) if shared.rep_id == rep.id)
    missing = [(3, 4), (17, 21), (40, 41)]
    gap = sequence_gap(DeviceNumbers(device.id, day, 58, missing))
    restart = CounterRestart(None, 12, 58, ((50, 58),))
    anew = counter_restarted(DeviceNumbers(device.id, day, 12, (), restart))
    yield from (signal for signal in (gap, anew) if signal is not None)


def _uses(first: FieldEvent, device: Device, rep: Rep) -> list[PhoneUse]:
    use = PhoneUse(
        by="boot",
        phone="7c1f",
        business_date=first.business_date,
        rep_id=rep.id,
        rep_code=rep.code,
        territory_id=rep.territory_id,
        device_id=device.id,
        enrolled_at=datetime(2026, 1, 1, tzinfo=UTC),
        revoked_at=None,
        events=9,
        first_at=first.corrected_at,
        last_at=first.corrected_at + 2 * HOUR,
        event_id=first.id,
        kind="check_in",
        outlet_id=first.outlet_id,
        outlet_code=first.outlet_code,
    )
    other = replace(use, rep_id=rep.id + 1, rep_code="PAT-R2", device_id=uuid4(), events=4)
    return [use, replace(other, first_at=use.last_at + HOUR, last_at=use.last_at + 3 * HOUR)]
