"""What an order earns and costs its rep after the day (P2, P3, P4). Decisions on plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.field.risk_signals.signals import RiskRule
from app.motivation.points.rules import PointsFinding, PointsRule
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus

DUMPING = (RiskRule.AVERAGED_ORDER, RiskRule.REMOTE_ORDER)
"""Doubts about an order that cost points once they are confirmed (P4)."""


@dataclass(frozen=True, slots=True)
class JudgedOrder:
    """A rep's order as it is known. `dumped`: by which rules of `DUMPING` a doubt was confirmed.

    `status`: its fulfilment, once that is settled (D2); None: it is not. `rep_answers_…`: whether the rep answers for a
    quantity, for a price that differ (D3). `facts`: what the fulfilment rests on.
    """

    order_id: UUID
    business_date: date
    rep_id: int
    cancelled: bool = False
    dumped: tuple[str, ...] = ()
    status: FulfilmentStatus | None = None
    rep_answers_quantity: bool = False
    rep_answers_price: bool = False
    facts: Mapping[str, Any] | None = None


def findings_of(order: JudgedOrder) -> Sequence[PointsFinding]:
    """Whether each rule about orders counts for an order, by all that is known.

    A mismatch costs the rep only where the rep answers for it (D3). What was dumped earns nothing, nor does what was
    cancelled: nothing was ordered then.
    """
    matched = order.status is FulfilmentStatus.MATCHED and not order.cancelled
    mismatched = order.status is FulfilmentStatus.MISMATCHED
    came_to = order.status.value if order.status else "open"
    earned = matched and not order.dumped
    return (
        _finding(
            order,
            PointsRule.DUMPED_ORDER,
            counts=bool(order.dumped),
            note=", ".join(order.dumped) or "not_dumped",
        ),
        _finding(
            order,
            PointsRule.DELIVERY_MATCHED,
            counts=earned,
            note="dumped_order" if matched and not earned else came_to,
            facts=order.facts,
        ),
        _finding(
            order,
            PointsRule.DELIVERY_MISMATCH,
            counts=mismatched and order.rep_answers_quantity,
            note=came_to,
            facts=order.facts,
        ),
        _finding(
            order,
            PointsRule.PRICE_MISMATCH,
            counts=mismatched and order.rep_answers_price,
            note=came_to,
            facts=order.facts,
        ),
    )


def _finding(
    order: JudgedOrder, rule: PointsRule, *, counts: bool, note: str, facts: Mapping[str, Any] | None = None
) -> PointsFinding:
    return PointsFinding(rule, order.order_id, order.rep_id, order.business_date, counts=counts, note=note, facts=facts)
