"""Applying what was decided: new events are judged, recorded as sets, and answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.upload.event_schemas import CheckInEvent, NoOrderEvent, OrderEvent
from app.doors.handheld.upload.records import FirstAnswer
from app.doors.handheld.upload.rules import Decision
from app.field.check_ins.geofence import GeofenceCase, Verdict, VerdictPolicy, judge_all
from app.field.check_ins.records import AcceptedCheckIn, StoredVerdict
from app.field.check_ins.rules import fence_of
from app.field.check_ins.service import record_check_ins
from app.masters.outlets.service import FieldOutlet
from app.sales.orders.rules import Channel, OrderDecision
from app.sales.orders.service import (
    AcceptedOrder,
    NoOrderRecord,
    RefusedOrder,
    record_no_order_reports,
    record_orders,
    record_refusals,
)


@dataclass(frozen=True, slots=True)
class _New:
    """A new event, the outlet that it is about, and the verdict on its fix."""

    decision: Decision
    outlet: FieldOutlet
    verdict: Verdict | None


async def record(
    session: AsyncSession, policy: VerdictPolicy, decisions: Sequence[Decision], at: datetime
) -> dict[UUID, FirstAnswer]:
    """Judge the fixes of new events, and record them; answers what each is told. One statement for each kind."""
    new = _judged(decisions, policy)
    check_ins, orders, reports = [], [], []
    for one in new:
        match one.decision.event:
            case CheckInEvent() as event if one.verdict is not None:
                check_ins.append(_check_in(one, event, one.verdict, policy, at))
            case OrderEvent() as event if one.decision.order is not None:
                orders.append(_order(one, event, one.decision.order, at))
            case NoOrderEvent() as event:
                reports.append(_report(one, event, at))
    await record_check_ins(session, check_ins)
    await record_orders(session, orders)
    await record_no_order_reports(session, reports)
    return {one.decision.event.id: _answer(one, at) for one in new}


async def refuse(session: AsyncSession, decisions: Sequence[Decision], at: datetime) -> None:
    """Remember which order forms were refused, and why: the cutoff asks for them (C3)."""
    refusals = [
        RefusedOrder(
            id=decision.event.id,
            rep_id=decision.reporter.rep_id,
            outlet_id=decision.outlet.id,
            business_date=decision.business_date,
            received_at=at,
            placed_by=decision.reporter.actor,
            problems=decision.problems,
        )
        for decision in decisions
        if isinstance(decision.event, OrderEvent) and decision.outlet is not None
    ]
    await record_refusals(session, refusals)


def _judged(decisions: Sequence[Decision], policy: VerdictPolicy) -> list[_New]:
    """Every new event with the verdict on its fix: all check-ins have one, orders where they carry a fix (V2)."""
    known = [(decision, decision.outlet) for decision in decisions if decision.outlet is not None]
    to_judge = [
        (decision.place, GeofenceCase(decision.fix, _fence(outlet), decision.event.captured_at))
        for decision, outlet in known
        if decision.fix is not None or isinstance(decision.event, CheckInEvent)
    ]
    verdicts: Mapping[int, Verdict] = dict(
        zip(
            (place for place, _ in to_judge),
            judge_all([case for _, case in to_judge], policy),
            strict=True,
        )
    )
    return [_New(decision, outlet, verdicts.get(decision.place)) for decision, outlet in known]


def _fence(outlet: FieldOutlet) -> Any:
    return fence_of(outlet.location_version, outlet.lat, outlet.lon, outlet.radius_m, outlet.polygon)


def _times(decision: Decision, at: datetime) -> dict[str, Any]:
    """The columns that every recorded event has: its times and their evidence (T1, T2)."""
    event, time = decision.event, decision.time
    return {
        "id": event.id,
        "business_date": decision.business_date,
        "captured_at": event.captured_at,
        "received_at": at,
        "corrected_at": time.corrected_at,
        "skew_ms": time.skew_ms,
        "trusted": time.trusted,
        "clock_changed": time.clock_changed,
        "monotonic_ms": event.monotonic_ms,
        "boot_id": decision.boot_id,
        "sequence": event.sequence,
    }


def _check_in(one: _New, event: CheckInEvent, verdict: Verdict, policy: VerdictPolicy, at: datetime) -> AcceptedCheckIn:
    reporter = one.decision.reporter
    return AcceptedCheckIn(
        territory_id=reporter.territory_id,
        rep_id=reporter.rep_id,
        device_id=reporter.device_id,
        outlet_id=one.outlet.id,
        kind=event.kind,
        fix=one.decision.fix,
        verdict=verdict,
        location_version=one.outlet.location_version,
        policy_version=policy.version,
        **_times(one.decision, at),
    )


def _order(one: _New, event: OrderEvent, made: OrderDecision, at: datetime) -> AcceptedOrder:
    reporter, fix, verdict = one.decision.reporter, one.decision.fix, one.verdict
    place: dict[str, Any] = {}
    if fix is not None and verdict is not None:
        place = {
            "lat": fix.lat,
            "lon": fix.lon,
            "accuracy_m": fix.accuracy_m,
            "fix_at": fix.fix_at,
            "provider": fix.provider,
            "mock": fix.mock,
            "verdict": verdict.code.value,
            "p_inside": verdict.p_inside,
            "distance_m": verdict.distance_m,
        }
    return AcceptedOrder(
        territory_id=one.outlet.territory_id,
        outlet_id=one.outlet.id,
        rep_id=reporter.rep_id,
        device_id=reporter.device_id,
        channel=Channel.HANDHELD,
        placed_by=reporter.actor,
        delivery_date=event.delivery_date,
        comment=event.comment,
        lines=made.lines,
        total_value=made.total_value,
        warnings=made.warnings,
        **place,
        **_times(one.decision, at),
    )


def _report(one: _New, event: NoOrderEvent, at: datetime) -> NoOrderRecord:
    reporter = one.decision.reporter
    return NoOrderRecord(
        territory_id=reporter.territory_id,
        rep_id=reporter.rep_id,
        device_id=reporter.device_id,
        outlet_id=one.outlet.id,
        reason_code=event.reason_code,
        comment=event.comment,
        **_times(one.decision, at),
    )


def _answer(one: _New, at: datetime) -> FirstAnswer:
    decision, verdict = one.decision, one.verdict
    return FirstAnswer(
        id=decision.event.id,
        verdict=StoredVerdict(verdict.code.value, verdict.p_inside, verdict.distance_m) if verdict else None,
        warnings=[warning.as_json() for warning in decision.order.warnings] if decision.order else (),
        received_at=at,
        corrected_at=decision.time.corrected_at,
        business_date=decision.business_date,
        skew_ms=decision.time.skew_ms,
    )
