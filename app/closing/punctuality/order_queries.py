"""All SQL of the orders that a visit is settled by, each with what tells where it was captured (C4, V7, P4)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, DateTime, Integer, Interval, Row, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.punctuality.timely_orders import (
    DOUBTS_OF_PROOFS,
    Cancellation,
    CheckInFacts,
    ClosedVisit,
    Doubt,
    OutletOrder,
    Proof,
    proof_of,
)
from app.field.check_ins.presence import PRESENCE_LASTS
from app.field.risk_signals.records import SignalReviewOutcome
from app.ground.web.access import CallerKind
from app.motivation.earnings.rules import DUMPING
from app.motivation.points.rules import PROVISIONAL_FOR

_DAYS = bindparam("days", type_=ARRAY(Date))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)
_CONFIRMED = bindparam("confirmed", SignalReviewOutcome.CONFIRMED.value, type_=Text)

_OUTLET_ORDERS = text("""
    SELECT t.visit_id, t.cutoff_at, o.business_date, o.id, o.outlet_id, o.verdict, o.trusted, o.corrected_at,
      coalesce(o.first_received_at, o.received_at) AS arrived_at, o.received_at AS accepted_at, o.rep_id, o.channel,
      o.cancelled_effective_at, o.cancelled_by_kind, coalesce(o.device_told_until >= t.cutoff_at, false) AS told_before,
      EXISTS (SELECT FROM risk_signals s WHERE s.rule = ANY(:dumping) AND s.subject_type = 'order'
        AND s.subject_id = o.id AND s.review_outcome = :confirmed AND s.withdrawn_at IS NULL) AS dumped
    FROM unnest(:visit_ids, :outlet_ids, :days, :cutoffs) t (visit_id, outlet_id, business_date, cutoff_at)
    JOIN orders o ON o.outlet_id = t.outlet_id AND o.business_date = t.business_date
""").bindparams(
    _DAYS,
    _CONFIRMED,
    bindparam("visit_ids", type_=ARRAY(Uuid)),
    bindparam("outlet_ids", type_=ARRAY(Integer)),
    bindparam("cutoffs", type_=ARRAY(DateTime(timezone=True))),
    bindparam("dumping", [rule.value for rule in DUMPING], type_=ARRAY(Text)),
)

# What may speak for an order of a rep: its check-ins in the hours before (V7), among those that came in time.
_CHECK_INS_BEFORE = text("""
    SELECT o.id AS order_id, c.id, c.outlet_id, c.kind = 'arrival' AS arrival, c.trusted, c.corrected_at,
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

# Once the rep's month is closed, what nobody has reviewed by then counts as dismissed, for good (P4).
_DOUBTS = text("""
    SELECT s.subject_id, bool_or(s.review_outcome = :confirmed) AS confirmed
    FROM risk_signals s
    LEFT JOIN rep_closings r ON r.rep_id = s.rep_id AND r.closed_through >= date_trunc('month', s.business_date)
    WHERE s.rule = ANY(:rules) AND s.subject_type = ANY('{check_in,order}') AND s.subject_id = ANY(:subject_ids)
      AND s.withdrawn_at IS NULL
      AND CASE WHEN r.rep_id IS NULL THEN s.reviewed_at IS NULL OR s.review_outcome = :confirmed
        ELSE s.review_outcome = :confirmed AND s.reviewed_at <= r.closed_at END
    GROUP BY s.subject_id
""").bindparams(
    _CONFIRMED,
    bindparam("rules", [rule.value for rule in DOUBTS_OF_PROOFS], type_=ARRAY(Text)),
    bindparam("subject_ids", type_=ARRAY(Uuid)),
)


async def outlet_orders(
    session: AsyncSession, visits: Sequence[ClosedVisit], *, unreviewed: bool = True
) -> dict[UUID, list[OutletOrder]]:
    """The orders of each visit's outlet and day, cancelled ones too, by visit id. One statement, two more where orders
    came after the cutoff that may have been captured before it.

    `unreviewed`: whether doubts that nobody has reviewed count (P4).
    """
    rows = (
        await session.execute(
            _OUTLET_ORDERS,
            {
                "visit_ids": [visit.visit_id for visit in visits],
                "outlet_ids": [visit.outlet_id for visit in visits],
                "days": [visit.business_date for visit in visits],
                "cutoffs": [visit.cutoff_at for visit in visits],
            },
        )
    ).all()
    # what came by the cutoff needs no proof, and what was captured after it is late wherever that was
    to_prove = {row.id: row for row in rows if row.trusted and row.corrected_at <= row.cutoff_at < row.arrived_at}
    proofs = await _proofs(session, to_prove, unreviewed=unreviewed) if to_prove else {}
    orders: dict[UUID, list[OutletOrder]] = {}
    for row in rows:
        orders.setdefault(row.visit_id, []).append(_outlet_order(row, proofs.get(row.id, Proof.NONE)))
    return orders


async def _proofs(
    session: AsyncSession, orders: Mapping[UUID, Row[*tuple[Any, ...]]], *, unreviewed: bool
) -> dict[UUID, Proof]:
    """What shows that these orders were captured at their outlets, by order id."""
    parameters = {
        "order_ids": list(orders),
        "days": [row.business_date for row in orders.values()],
        "cutoffs": [row.cutoff_at for row in orders.values()],
    }
    seen = (await session.execute(_CHECK_INS_BEFORE, parameters)).all()
    doubts = await _doubts(session, {*orders, *(row.id for row in seen)}, unreviewed=unreviewed)
    check_ins: dict[UUID, list[CheckInFacts]] = {}
    for row in seen:
        doubt = doubts.get(row.id, Doubt.NONE)
        facts = CheckInFacts(row.outlet_id, row.arrival, row.verdict, row.trusted, row.corrected_at, doubt)
        check_ins.setdefault(row.order_id, []).append(facts)
    return {
        order_id: proof_of(
            row.verdict, doubts.get(order_id, Doubt.NONE), check_ins.get(order_id, ()), row.outlet_id, row.corrected_at
        )
        for order_id, row in orders.items()
    }


async def _doubts(session: AsyncSession, subject_ids: Collection[UUID], *, unreviewed: bool) -> dict[UUID, Doubt]:
    """What has become of the doubts about these check-ins and orders."""
    rows = await session.execute(_DOUBTS, {"subject_ids": list(subject_ids)})
    return {
        row.subject_id: Doubt.CONFIRMED if row.confirmed else Doubt.OPEN for row in rows if row.confirmed or unreviewed
    }


def _outlet_order(row: Row[*tuple[Any, ...]], proof: Proof) -> OutletOrder:
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
        proof=proof,
        told_before=row.told_before,
        cancellation=cancellation,
        rep_id=row.rep_id,
        channel=row.channel,
        dumped=row.dumped,
    )
