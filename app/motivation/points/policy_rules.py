"""What a rule's policy may say (P2): penalties cost, awards earn, caps hold awards, limits are shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.ground.errors import FieldProblem
from app.motivation.points.rules import PointsEntryKind, PointsRule

LIMITED = frozenset({PointsRule.RETURNS_WITHIN_LIMIT, PointsRule.RETURNS_OVER_LIMIT})
"""The rules that compare a share with a limit."""


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a rule costs (below 0) or earns; what it earns in a month at most; the share that it compares with."""

    points: int
    monthly_cap: int | None = None
    rate_limit: Decimal | None = None

    def columns(self) -> dict[str, Any]:
        """As they are kept."""
        return {"points": self.points, "monthly_cap": self.monthly_cap, "rate_limit": self.rate_limit}

    def told(self) -> dict[str, Any]:
        """As the API names them."""
        return {"points": self.points, "monthly_cap": self.monthly_cap, "limit": self.rate_limit}


def terms_after(before: PolicyTerms | None, said: Mapping[str, Any]) -> PolicyTerms:
    """What holds, with what is said over it: what is not said stays, None takes away."""
    return PolicyTerms(
        points=said["points"],
        monthly_cap=said.get("monthly_cap", before.monthly_cap if before else None),
        rate_limit=said.get("limit", before.rate_limit if before else None),
    )


def policy_problems(kind: PointsEntryKind, rule: PointsRule, terms: PolicyTerms) -> tuple[FieldProblem, ...]:
    """Everything that is wrong with a rule's terms."""
    problems = []
    if kind is PointsEntryKind.PENALTY and terms.points > 0:
        problems.append(FieldProblem("/points", "sign", f"{rule} is a penalty: 0 or less."))
    if kind is PointsEntryKind.AWARD and terms.points < 0:
        problems.append(FieldProblem("/points", "sign", f"{rule} is an award: 0 or more."))
    if kind is not PointsEntryKind.AWARD and terms.monthly_cap is not None:
        problems.append(FieldProblem("/monthly_cap", "no_award", "Only awards have a cap."))
    if rule not in LIMITED and terms.rate_limit is not None:
        problems.append(FieldProblem("/limit", "no_limit", f"{rule} compares nothing with a limit."))
    if rule in LIMITED and terms.points != 0 and terms.rate_limit is None:
        problems.append(FieldProblem("/limit", "missing", f"{rule} needs the share that it compares with."))
    return tuple(problems)
