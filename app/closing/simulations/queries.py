"""All SQL of what-if: how often rules count in the ledger, and by the facts where they were off. It reads alone."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Date, Integer, Text, bindparam, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.simulations.rules import Booked, RepRule
from app.ground.db.plans import by_hashing
from app.masters.territories.models import Rep
from app.motivation.points.models import RepClosing
from app.motivation.points.rules import BOOKINGS, PointsEntryKind, PointsRule

MANY_REPS = 1_000
"""Of so many reps a whole month is read; the entries of fewer are looked up."""

_OVER = PointsRule.OVER_MONTHLY_CAP
_RULE_NAMES = [rule.value for rule in PointsRule]
_REPS = bindparam("rep_ids", type_=ARRAY(Integer))
_EVERY_REP = bindparam("every_rep", type_=Boolean)
_MONTH, _LAST = bindparam("month", type_=Date), bindparam("last_day", type_=Date)

# Entries are read once. How often a rule counts follows from the signs, as in statements.
_BOOKED = text("""
    SELECT rep_id, rule, CASE WHEN rule = :over THEN note END AS capped,
      count(*) FILTER (WHERE points > 0) - count(*) FILTER (WHERE points < 0) AS more_up, sum(points) AS points
    FROM points_entries
    WHERE month >= :month AND business_date BETWEEN :month AND :last_day AND rule = ANY(:rules)
      AND (:every_rep OR rep_id = ANY(:rep_ids))
    GROUP BY 1, 2, 3
""").bindparams(
    _MONTH,
    _LAST,
    _REPS,
    _EVERY_REP,
    bindparam("rules", type_=ARRAY(Text)),
    bindparam("over", _OVER.value, type_=Text),
)
# What an appeal has taken back says so in its note; what it reverses names the rule.
_PARDONED_CAPS = text("""
    SELECT r.rep_id, e.note AS capped, sum(r.points) AS points
    FROM points_entries r JOIN points_entries e ON e.id = r.reverses_id
    WHERE r.rep_id = ANY(:rep_ids) AND r.month >= :month AND r.business_date BETWEEN :month AND :last_day
      AND r.rule = :over AND r.note <> ALL(:rule_names)
    GROUP BY 1, 2
""").bindparams(
    _MONTH,
    _LAST,
    _REPS,
    bindparam("over", _OVER.value, type_=Text),
    bindparam("rule_names", _RULE_NAMES, type_=ARRAY(Text)),
)
_RUNS = text("""
    SELECT id, territory_id, business_date, cutoff_at FROM cutoff_runs
    WHERE business_date = ANY(:days) AND voided_at IS NULL
""").bindparams(bindparam("days", type_=ARRAY(Date)))


@dataclass(frozen=True, slots=True)
class ReplayedReps:
    """Whose month, by its first and last day: `rep_ids`, or every rep's (None)."""

    month: date
    last_day: date
    rep_ids: Sequence[int] | None

    @property
    def whole(self) -> bool:
        """Whether so much of the month is asked for that all of it is read."""
        return self.rep_ids is None or len(self.rep_ids) >= MANY_REPS

    @property
    def reps(self) -> dict[str, Any]:
        """As parameters."""
        return {"every_rep": self.rep_ids is None, "rep_ids": list(self.rep_ids or ())}


@dataclass(frozen=True, slots=True)
class Run:
    """A day of a territory that was closed."""

    id: UUID
    territory_id: int
    business_date: date
    cutoff_at: datetime


@dataclass(frozen=True, slots=True)
class BookedMonth:
    """What stands in the ledger about a month; `appealed_caps`: the reps of whom an appeal about a cap was granted."""

    of: Mapping[RepRule, Booked]
    appealed_caps: Collection[int]


async def booked(session: AsyncSession, asked: ReplayedReps, rules: Collection[PointsRule]) -> BookedMonth:
    """What stands in the ledger about the month by these rules, corrections that were booked later included.

    What caps took off is counted with the rule that they hold. A statement, and one more where appeals
    are about caps.
    """
    days = {"month": asked.month, "last_day": asked.last_day}
    parameters = days | asked.reps | {"rules": [*rules, _OVER]}
    async with by_hashing(session, whole=asked.whole):
        rows = (await session.execute(_BOOKED, parameters)).all()
    taken_off: list[Any] = [row for row in rows if row.rule == _OVER and row.capped in _RULE_NAMES]
    if appealed := [row.rep_id for row in rows if row.rule == _OVER and row.capped not in _RULE_NAMES]:
        taken_off += (await session.execute(_PARDONED_CAPS, days | {"rep_ids": appealed})).all()
    return BookedMonth(await asyncio.to_thread(_by_rep_and_rule, rows, taken_off, rules), appealed)


def _by_rep_and_rule(
    rows: Sequence[Any], taken_off: Sequence[Any], rules: Collection[PointsRule]
) -> dict[RepRule, Booked]:
    named = {rule.value: (rule, 1 if BOOKINGS[rule].kind is PointsEntryKind.AWARD else -1) for rule in rules}
    standing: dict[RepRule, Booked] = {}
    for row in rows:
        if row.rule != _OVER:
            rule, sign = named[row.rule]
            standing[row.rep_id, rule] = Booked(sign * row.more_up, int(row.points))
    for row in taken_off:
        if row.capped in named:
            key = row.rep_id, named[row.capped][0]
            before = standing.get(key, Booked(0, 0))
            standing[key] = Booked(before.times, before.points + int(row.points))
    return standing


async def runs_of(session: AsyncSession, days: Collection[date]) -> list[Run]:
    """The runs of these days, of all territories; those that are void are none."""
    return [Run(**row._asdict()) for row in await session.execute(_RUNS, {"days": list(days)})]


async def rep_codes(session: AsyncSession, rep_ids: Collection[int]) -> Mapping[int, str]:
    """The codes of reps, by id."""
    given = bindparam("ids", type_=ARRAY(Integer))
    rows = await session.execute(select(Rep.id, Rep.code).where(Rep.id == given.any_()), {"ids": list(rep_ids)})
    return {row.id: row.code for row in rows}


async def every_rep_id(session: AsyncSession) -> list[int]:
    """The ids of all reps."""
    return list(await session.scalars(select(Rep.id)))


async def open_reps(session: AsyncSession, asked: ReplayedReps) -> list[int]:
    """The ids of the reps whose month is not closed: what its returns come to is not booked, or not for good."""
    closed = exists().where(RepClosing.rep_id == Rep.id, RepClosing.closed_through >= _MONTH)
    query = select(Rep.id).where(~closed, or_(_EVERY_REP, Rep.id == _REPS.any_()))
    return list(await session.scalars(query, {"month": asked.month} | asked.reps))
