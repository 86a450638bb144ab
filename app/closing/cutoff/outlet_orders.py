"""All SQL of the orders that a missing order is settled by, each with what tells where it was captured (C4, V7)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, DateTime, Interval, Row, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.settlement_rules import (
    Cancellation,
    CheckInFacts,
    MissingVisit,
    OutletOrder,
    captured_there,
)
from app.field.check_ins.presence import PRESENCE_LASTS
from app.ground.web.access import CallerKind
from app.motivation.points.rules import PROVISIONAL_FOR

_VISITS = bindparam("visit_ids", type_=ARRAY(Uuid))
_DAYS = bindparam("days", type_=ARRAY(Date))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)

_OUTLET_ORDERS = text("""
    SELECT m.visit_id, m.business_date, r.cutoff_at, o.id, o.outlet_id, o.verdict, o.trusted, o.corrected_at,
      coalesce(o.first_received_at, o.received_at) AS arrived_at, o.received_at AS accepted_at,
      o.cancelled_effective_at, o.cancelled_by_kind, coalesce(o.device_told_until >= r.cutoff_at, false) AS told_before
    FROM unnest(:visit_ids, :days) t (visit_id, business_date)
    JOIN missing_orders m ON m.business_date = t.business_date AND m.visit_id = t.visit_id
    JOIN cutoff_runs r ON r.id = m.run_id AND r.voided_at IS NULL
    JOIN orders o ON o.outlet_id = m.outlet_id AND o.business_date = m.business_date
""").bindparams(_VISITS, _DAYS)

# What may speak for an order of a rep: its check-ins in the hours before (V7), among those that came in time.
_CHECK_INS_BEFORE = text("""
    SELECT o.id AS order_id, c.outlet_id, c.kind = 'arrival' AS arrival, c.trusted, c.corrected_at,
      CASE WHEN c.location_version = 0 THEN 'NO_OUTLET_LOCATION' ELSE c.verdict END AS verdict
    FROM unnest(:order_ids, :days, :cutoffs) t (order_id, business_date, cutoff_at)
    JOIN orders o ON o.business_date = t.business_date AND o.id = t.order_id
    JOIN check_ins c ON c.rep_id = o.rep_id AND c.business_date = o.business_date
      AND c.corrected_at BETWEEN o.corrected_at - :presence_lasts AND o.corrected_at
      AND c.received_at <= t.cutoff_at + :provisional_for
""").bindparams(
    _DAYS,
    _WINDOW,
    bindparam("order_ids", type_=ARRAY(Uuid)),
    bindparam("cutoffs", type_=ARRAY(DateTime(timezone=True))),
    bindparam("presence_lasts", PRESENCE_LASTS, type_=Interval),
)


async def outlet_orders(session: AsyncSession, visits: Sequence[MissingVisit]) -> dict[UUID, list[OutletOrder]]:
    """The orders of each missing order's outlet and day, cancelled ones too. Two statements."""
    rows = (
        await session.execute(
            _OUTLET_ORDERS,
            {"visit_ids": [visit.visit_id for visit in visits], "days": [visit.business_date for visit in visits]},
        )
    ).all()
    # what was captured after the cutoff is late wherever that was
    in_time = [row for row in rows if row.corrected_at <= row.cutoff_at and row.trusted]
    check_ins = await _check_ins_before(session, in_time) if in_time else {}
    orders: dict[UUID, list[OutletOrder]] = {}
    for row in rows:
        orders.setdefault(row.visit_id, []).append(_outlet_order(row, check_ins.get(row.id, ())))
    return orders


async def _check_ins_before(
    session: AsyncSession, orders: Sequence[Row[*tuple[Any, ...]]]
) -> dict[UUID, list[CheckInFacts]]:
    """What the reps of these orders tapped in the hours before, by order id."""
    by_id = {row.id: row for row in orders}
    rows = await session.execute(
        _CHECK_INS_BEFORE,
        {
            "order_ids": list(by_id),
            "days": [row.business_date for row in by_id.values()],
            "cutoffs": [row.cutoff_at for row in by_id.values()],
        },
    )
    check_ins: dict[UUID, list[CheckInFacts]] = {}
    for row in rows:
        facts = CheckInFacts(row.outlet_id, row.arrival, row.verdict, row.trusted, row.corrected_at)
        check_ins.setdefault(row.order_id, []).append(facts)
    return check_ins


def _outlet_order(row: Row[*tuple[Any, ...]], check_ins: Sequence[CheckInFacts]) -> OutletOrder:
    cancellation = None
    if row.cancelled_effective_at is not None:
        by_office = row.cancelled_by_kind != CallerKind.DEVICE.value
        cancellation = Cancellation(row.cancelled_effective_at, by_office)
    return OutletOrder(
        id=row.id,
        trusted=row.trusted,
        corrected_at=row.corrected_at,
        arrived_at=row.arrived_at,
        accepted_at=row.accepted_at,
        captured_there=captured_there(row.verdict, check_ins, row.outlet_id, row.corrected_at),
        told_before=row.told_before,
        cancellation=cancellation,
    )
