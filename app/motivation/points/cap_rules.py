"""Caps on awards (P2): what a rep earns by a rule in a month beyond the policy's cap is taken off again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from app.motivation.points.rules import PointsFinding, PointsRule

_CAPS = UUID("7d0f2c1e-5d0b-4c39-9a5f-3f0a1f6f6a55")
"""The namespace of the sources of `over_monthly_cap`."""


@dataclass(frozen=True, slots=True)
class CappedMonth:
    """What a rep has earned by a capped rule in a month, whatever the cap; by the policy that held on its last day."""

    rep_id: int
    rule: PointsRule
    month: date
    earned: int
    cap: int | None
    policy_version: int


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What stands in the ledger as taken off for a cap."""

    rep_id: int
    rule: PointsRule
    month: date
    points: int


def cap_source(rep_id: int, rule: PointsRule, month: date, points: int) -> UUID:
    """What an entry about a cap is about: a rep's month by a rule, and how much is over."""
    return uuid5(_CAPS, f"{rep_id} {rule} {month} {points}")


def cap_findings(months: Iterable[CappedMonth], taken_off: Sequence[TakenOff]) -> list[PointsFinding]:
    """What is to be taken off, and what no longer: a function of the sums alone, whatever was booked first.

    The entries are about the first of the month, and take off no more than is over the cap.
    """
    standing = {(each.rep_id, each.rule, each.month): each.points for each in taken_off}
    findings = []
    for month in months:
        over = 0 if month.cap is None else max(0, month.earned - month.cap)
        before = standing.get((month.rep_id, month.rule, month.month), 0)
        if before == over:
            continue
        if before:
            findings.append(_finding(month, before, counts=False))
        if over:
            findings.append(_finding(month, over, counts=True))
    return findings


def _finding(month: CappedMonth, points: int, *, counts: bool) -> PointsFinding:
    return PointsFinding(
        rule=PointsRule.OVER_MONTHLY_CAP,
        source_id=cap_source(month.rep_id, month.rule, month.month, points),
        rep_id=month.rep_id,
        business_date=month.month,
        counts=counts,
        note=month.rule.value,
        facts={"rule": month.rule.value, "earned": month.earned, "monthly_cap": month.cap, "over": points},
        points=-points,
        policy_version=month.policy_version,
    )
