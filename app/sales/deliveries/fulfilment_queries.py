"""All SQL of fulfilments: the facts that one is made of, what is kept of it, decisions, and what falls due."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Columns, DirectStatement, document, given_rows
from app.ground.db.upserts import types_of
from app.ground.receipts.forms import RecordKey
from app.ground.values import value
from app.ground.web.access import CallerKind
from app.sales.deliveries.answering_rules import AnswerDecision
from app.sales.deliveries.difference_rules import DeliveredProduct, OrderedProduct
from app.sales.deliveries.fulfilment_rules import DueDates, FillingDelivery, FulfilmentState, OrderToFill
from app.sales.deliveries.models import Fulfilment, FulfilmentDecision
from app.sales.deliveries.queries import ordered_products
from app.sales.orders.amendment_rules import OrderChangeKind

# Deliveries lie in their order's month: by its day and the order's id one partition is read.
_DELIVERIES = DirectStatement(
    text("""
    SELECT asked.id AS order_id, d.id, d.version, d.delivered_at, d.delivered_date, lines.*
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM deliveries WHERE business_date = asked.business_date AND order_id = asked.id OFFSET 0
    ) AS d
    CROSS JOIN LATERAL (
        SELECT array_agg(product_id) AS products, array_agg(shipped_quantity) AS shipped,
            array_agg(accepted_quantity) AS accepted, array_agg(unit_price) AS prices,
            array_agg(reason_answered_by) AS parties
        FROM delivery_lines WHERE business_date = asked.business_date AND delivery_id = d.id
    ) AS lines
""")
)
_DECISIONS = DirectStatement(
    text("""
    SELECT decision.order_id, decision.id, decision.product_id, decision.answered_by
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM fulfilment_decisions WHERE business_date = asked.business_date AND order_id = asked.id OFFSET 0
    ) AS decision
""")
)
# The newest version that the rep made, or that was in the system by the cutoff; or else the first: it is the rep's own.
_LEFT_BY_REP = DirectStatement(
    text("""
    SELECT asked.id AS order_id, version.change, lines.*
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[]), CAST(:cutoffs AS timestamptz[]))
        AS asked (business_date, id, cutoff_at)
    CROSS JOIN LATERAL (
        SELECT change, lines FROM order_versions
        WHERE business_date = asked.business_date AND order_id = asked.id
          AND (changed_by_kind = ANY(CAST(:reps AS text[])) OR received_at <= asked.cutoff_at OR version = 1)
        ORDER BY order_versions.version DESC LIMIT 1
    ) AS version
    CROSS JOIN LATERAL (
        SELECT array_agg(product.id) AS products, array_agg(line.quantity) AS quantities,
            array_agg(coalesce(line.list_price, line.unit_price)) AS prices
        FROM jsonb_to_recordset(version.lines)
            AS line (product_code text, quantity numeric, unit_price numeric, list_price numeric)
        JOIN products AS product ON product.code = line.product_code
    ) AS lines
""")
)
_REPS_OWN = [CallerKind.DEVICE.value, CallerKind.REP.value]
_KEPT = Columns(
    {
        "business_date": "business_date",
        "order_id": "order_id",
        "status": "state.status",
        "settled": "state.settled",
        "on_time": "state.on_time",
        "delivery_count": "state.delivery_count",
        "last_delivered_date": "state.last_delivered_date",
        "rep_answers_quantity": "state.rep_answers_quantity",
        "rep_answers_price": "state.rep_answers_price",
        "mismatches": "mismatches",
        "concluded_at": "at",
    }
)


def _keep() -> Any:
    given = given_rows(types_of(Fulfilment.__table__, *_KEPT.names))
    statement = upsert(Fulfilment).from_select(
        list(_KEPT.names), select(*(given.c[name] for name in _KEPT.names)), include_defaults=False
    )
    return statement.on_conflict_do_update(
        index_elements=[Fulfilment.business_date, Fulfilment.order_id],
        set_={name: statement.excluded[name] for name in _KEPT.names if name not in {"business_date", "order_id"}},
    )


_KEEP = DirectStatement(_keep())

# What is due is found by the delivery date, from the territory's first delivery on: who tells of none has none late.
# A day back is as far as a job is late; what lies further back was concluded, or is, when something comes of it.
_DUE = DirectStatement(
    text("""
    WITH due AS (
        SELECT given.*, told.since
        FROM unnest(CAST(:territories AS int[]), CAST(:passed AS date[]), CAST(:undelivered AS date[]))
            AS given (territory_id, passed_through, undelivered_through)
        CROSS JOIN LATERAL (
            SELECT min(d.delivered_date) AS since FROM deliveries AS d WHERE d.territory_id = given.territory_id
        ) AS told
        WHERE told.since IS NOT NULL
    )
    SELECT o.business_date, o.id
    FROM orders AS o
    JOIN due ON due.territory_id = o.territory_id
    LEFT JOIN fulfilments AS f ON f.business_date = o.business_date AND f.order_id = o.id
    WHERE o.delivery_date BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND o.business_date BETWEEN CAST(:first_placed AS date) AND CAST(:last AS date)
      AND o.delivery_date >= due.since
      AND CASE WHEN coalesce(f.delivery_count, 0) > 0
          THEN f.status = 'open' AND o.delivery_date <= due.passed_through
          ELSE coalesce(f.status, 'open') = 'open' AND o.cancelled_at IS NULL
            AND o.delivery_date <= due.undelivered_through
      END
    LIMIT :most
""")
)


@value(frozen=True, slots=True)
class KeptState:
    """A fulfilment as it is kept."""

    business_date: date
    order_id: UUID
    state: FulfilmentState
    at: datetime

    @property
    def mismatches(self) -> list[dict[str, Any]]:
        """The lines that differ."""
        lines = sorted(self.state.mismatched_lines, key=lambda line: line.product_id)
        return [line.as_json() for line in lines]


async def deliveries_of(session: AsyncSession, keys: Collection[RecordKey]) -> dict[UUID, list[FillingDelivery]]:
    """Orders' deliveries as they stand, by the order's id: one statement, none without keys."""
    deliveries: dict[UUID, list[FillingDelivery]] = {}
    if not keys:
        return deliveries
    for row in await _DELIVERIES.rows(session, _of_keys(keys)):
        columns = [row[name] or () for name in ("products", "shipped", "accepted", "prices", "parties")]
        lines = [DeliveredProduct(*line) for line in zip(*columns, strict=True)]
        delivery = FillingDelivery(row["id"], row["version"], row["delivered_at"], row["delivered_date"], lines)
        deliveries.setdefault(row["order_id"], []).append(delivery)
    return deliveries


async def decisions_on(session: AsyncSession, keys: Collection[RecordKey]) -> dict[UUID, list[AnswerDecision]]:
    """What was decided, by the order's id: one statement, none without keys."""
    decisions: dict[UUID, list[AnswerDecision]] = {}
    if not keys:
        return decisions
    for row in await _DECISIONS.rows(session, _of_keys(keys)):
        decision = AnswerDecision(row["id"], row["product_id"], row["answered_by"])
        decisions.setdefault(row["order_id"], []).append(decision)
    return decisions


async def left_by_reps(
    session: AsyncSession, cutoffs: Mapping[RecordKey, datetime]
) -> dict[UUID, dict[int, OrderedProduct]]:
    """What was ordered when the rep last had a say in it (O4), by the order's id and by product: what somebody else
    changed after the cutoff is left out, what was cancelled by then is nothing.

    `cutoffs`: of orders that were changed, by their keys. One statement, none without keys.
    """
    if not cutoffs:
        return {}
    parameters = _of_keys(cutoffs) | {"cutoffs": list(cutoffs.values()), "reps": _REPS_OWN}
    return {
        row["order_id"]: {}
        if row["change"] == OrderChangeKind.CANCELLED.value
        else {line.product_id: line for line in ordered_products(row)}
        for row in await _LEFT_BY_REP.rows(session, parameters)
    }


async def keep(session: AsyncSession, states: Sequence[KeptState]) -> None:
    """Write what was concluded, any number by one statement. The orders must be locked."""
    if states:
        await _KEEP.rows(session, {"rows": document(_KEPT.rows(states))})


async def insert_decision(
    session: AsyncSession,
    order: OrderToFill,
    product_id: int | None,
    answered_by: str,
    comment: str,
    by: str,
    at: datetime,
) -> None:
    """Keep a person's word."""
    await session.execute(
        insert(FulfilmentDecision).values(
            business_date=order.business_date,
            order_id=order.id,
            outlet_id=order.outlet_id,
            product_id=product_id,
            answered_by=answered_by,
            comment=comment,
            decided_by=by,
            decided_at=at,
        )
    )


async def due_orders(
    session: AsyncSession, days: Mapping[int, DueDates], first: date, first_placed: date, most: int
) -> list[RecordKey]:
    """Up to `most` orders due from `first` on, placed from `first_placed` on, of which something new is to be
    concluded for their delivery date has passed, by territory. One statement.
    """
    if not days:
        return []
    rows = await _DUE.rows(
        session,
        {
            "territories": list(days),
            "passed": [due.passed_through for due in days.values()],
            "undelivered": [due.undelivered_through for due in days.values()],
            "first": first,
            "first_placed": first_placed,
            "last": max(due.passed_through for due in days.values()),
            "most": most,
        },
    )
    return [(row["business_date"], row["id"]) for row in rows]


def _of_keys(keys: Collection[RecordKey]) -> dict[str, Any]:
    return {"days": [day for day, _ in keys], "ids": [id_ for _, id_ in keys]}
