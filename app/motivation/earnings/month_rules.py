"""What a rep's returns of a month earn and cost (P2, D5). Decisions on plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID, uuid5

from app.ground.web.amounts import decimal_text, money_text
from app.ground.web.months import last_day_of, month_text
from app.motivation.points.rules import PointsFinding, PointsRule, Policy

_MONTHS = UUID("5b1d7d5e-8f0e-4d38-8d64-5a1f9f3f8c11")
"""The namespace of the sources of rules about a rep's month."""

SHOWN = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class JudgedMonth:
    """A rep's month, by its first day: accepted returns that the rep answers for, and what was delivered of its orders.

    `return_ids`: some of the returns; `by_reason`: their value by reason.
    """

    rep_id: int
    month: date
    returned_value: Decimal
    delivered_value: Decimal
    return_ids: Sequence[UUID] = ()
    by_reason: Mapping[str, Decimal] | None = None

    @property
    def last_day(self) -> date:
        """Whose policy decides."""
        return last_day_of(self.month)

    @property
    def source_id(self) -> UUID:
        """What entries about it are about."""
        return uuid5(_MONTHS, f"{self.rep_id} {self.month}")


def month_findings(month: JudgedMonth, policies: Mapping[str, Policy]) -> Sequence[PointsFinding]:
    """Whether a month's returns stayed within the limit, or went over it; neither where nothing was delivered (D5).

    `policies`: those of its last day. The share is compared exactly.
    """
    within = _limit(policies, PointsRule.RETURNS_WITHIN_LIMIT)
    over = _limit(policies, PointsRule.RETURNS_OVER_LIMIT)
    rated = month.delivered_value > 0
    is_within = rated and within is not None and month.returned_value <= within * month.delivered_value
    is_over = rated and over is not None and month.returned_value > over * month.delivered_value
    judged = (
        (PointsRule.RETURNS_WITHIN_LIMIT, within, is_within),
        (PointsRule.RETURNS_OVER_LIMIT, over, is_over),
    )
    source_id, last_day, facts = month.source_id, month.last_day, _facts(month)
    return tuple(
        PointsFinding(
            rule,
            source_id,
            month.rep_id,
            last_day,
            counts=counts,
            note="" if counts else "another_share",
            facts=facts | {"limit": None if limit is None else decimal_text(limit)},
        )
        for rule, limit, counts in judged
    )


def _limit(policies: Mapping[str, Policy], rule: PointsRule) -> Decimal | None:
    policy = policies.get(rule.value)
    return None if policy is None else policy.rate_limit


def _facts(month: JudgedMonth) -> dict[str, Any]:
    rate = None
    if month.delivered_value > 0:
        rate = decimal_text((month.returned_value / month.delivered_value).quantize(SHOWN, ROUND_HALF_EVEN))
    return {
        "month": month_text(month.month),
        "returned_value": money_text(month.returned_value),
        "delivered_value": money_text(month.delivered_value),
        "rate": rate,
        "return_ids": [str(id_) for id_ in month.return_ids],
        "by_reason": {reason: money_text(value) for reason, value in sorted((month.by_reason or {}).items())},
    }
