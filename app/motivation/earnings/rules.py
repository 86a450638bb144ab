"""What an order earns and costs its rep after the day (P2, P3, P4). Decisions on plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.field.risk_signals.signals import RiskRule
from app.motivation.points.rules import Finding, PointsRule

DUMPING = (RiskRule.AVERAGED_ORDER, RiskRule.REMOTE_ORDER)
"""Doubts about an order that cost points once they are confirmed (P4)."""

RULES = (PointsRule.DUMPED_ORDER,)


@dataclass(frozen=True, slots=True)
class JudgedOrder:
    """A rep's order as it is known. `dumped`: a doubt of `DUMPING` was confirmed, and by which rules."""

    order_id: UUID
    business_date: date
    rep_id: int
    dumped: tuple[str, ...] = ()


def findings_of(order: JudgedOrder) -> Sequence[Finding]:
    """Whether each rule about orders counts for an order, by all that is known."""
    return (
        _finding(
            order,
            PointsRule.DUMPED_ORDER,
            counts=bool(order.dumped),
            note=", ".join(order.dumped) or "not_dumped",
        ),
    )


def _finding(order: JudgedOrder, rule: PointsRule, *, counts: bool, note: str) -> Finding:
    return Finding(rule, order.order_id, order.rep_id, order.business_date, counts=counts, note=note)
