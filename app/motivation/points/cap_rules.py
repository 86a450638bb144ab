"""Caps on awards (P2): what a rep earns by a rule in a month beyond the policy's cap is taken off again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from app.motivation.points.rules import PointsFinding, PointsRule

_CAPS = UUID("7d0f2c1e-5d0b-4c39-9a5f-3f0a1f6f6a55")
"""The namespace of the sources of `over_monthly_cap`."""


@dataclass(frozen=True, slots=True)
class CappedDays:
    """What a rep has earned by a rule, from a day on, while a version of its policy held; whatever the cap."""

    first: date
    earned: int
    cap: int | None
    policy_version: int


@dataclass(frozen=True, slots=True)
class CappedMonth:
    """The same for a month, by its first day: its days in the order of the versions."""

    rep_id: int
    rule: PointsRule
    month: date
    days: tuple[CappedDays, ...]

    @property
    def earned(self) -> int:
        """All that was earned."""
        return sum(days.earned for days in self.days)

    @property
    def over(self) -> int:
        """How much of it is over the caps. A cap counts what was earned before it, and takes nothing of that."""
        left = 0
        for days in self.days:
            more = left + days.earned
            left = more if days.cap is None else max(left, min(more, days.cap))
        return self.earned - left

    @property
    def facts(self) -> dict[str, Any]:
        """What an entry about it rests on; `capped_from`: the day of a cap that did not hold all month."""
        spells = [next(days) for _, days in groupby(self.days, key=lambda each: each.cap)]
        newest = next((days for days in reversed(spells) if days.cap is not None), spells[-1])
        said = {"rule": self.rule.value, "earned": self.earned, "monthly_cap": newest.cap, "over": self.over}
        return said | ({"capped_from": newest.first.isoformat()} if len(spells) > 1 else {})

    def without_cap(self) -> "CappedMonth":
        """The same, as if nothing limited it."""
        return replace(self, days=tuple(replace(days, cap=None) for days in self.days))


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
    standing = defaultdict(set)
    for each in taken_off:
        standing[each.rep_id, each.rule, each.month].add(each.points)
    findings = []
    for month in months:
        over = month.over
        before = standing[month.rep_id, month.rule, month.month]
        findings += [_finding(month, points, counts=False) for points in sorted(before - {over})]
        if over and over not in before:
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
        facts=month.facts | {"over": points},
        points=-points,
        policy_version=month.days[-1].policy_version,
    )
