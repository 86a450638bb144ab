"""All SQL that writes statements, and of the policy that they are written by."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import by_hashing
from app.ground.web.months import month_before
from app.motivation.points.rules import AWARDS
from app.motivation.statements.models import MonthClosing, RepStatement, StatementPolicy

_AWARDS = [rule.value for rule in AWARDS]
_MONTH = bindparam("month", type_=Date)

_POLICY_LOCK = 0x5350_4F4C
"""The advisory lock of whoever changes the policy of statements ("SPOL")."""

MANY_REPS = 1_000
"""Of so many reps whole months are read; the entries of fewer are looked up."""

# What each rep's last statement before a month closed with; NULL where there is none.
_LAST = text("""
    SELECT r.rep_id, last.month, last.closing
    FROM unnest(:rep_ids) r (rep_id) LEFT JOIN LATERAL (
        SELECT s.month, s.closing
        FROM rep_statements s JOIN month_closings c ON c.id = s.closing_id AND c.reopened_at IS NULL
        WHERE s.rep_id = r.rep_id AND s.month < :month ORDER BY s.month DESC LIMIT 1) last ON true
""").bindparams(bindparam("rep_ids", type_=ARRAY(Integer)), _MONTH)

# What reps have of months that no statement of theirs has counted.
_UNCOUNTED = text("""
    SELECT e.rep_id, sum(e.points) AS points
    FROM unnest(:rep_ids, :months) r (rep_id, month)
    JOIN points_entries e ON e.rep_id = r.rep_id AND e.month < :month AND e.month > coalesce(r.month, '-infinity')
    GROUP BY e.rep_id
""").bindparams(bindparam("rep_ids", type_=ARRAY(Integer)), bindparam("months", type_=ARRAY(Date)), _MONTH)

# What was booked and taken back is no line: the same facts make the same statement, whatever was known first.
# The month's entries are read once. How often a rule counts follows from the signs: an award adds and its reversal
# takes away, a penalty the other way round.
_WRITE = text("""
    WITH given AS (
        SELECT rep_id, active, open_appeals, opening, place
        FROM unnest(:rep_ids, :actives, :open_appeals, :openings) WITH ORDINALITY
          g (rep_id, active, open_appeals, opening, place)
    ), rules AS (
        SELECT e.rep_id, e.rule,
          CASE WHEN e.business_date < e.month THEN date_trunc('month', e.business_date)::date END AS about,
          count(*) FILTER (WHERE e.points > 0) - count(*) FILTER (WHERE e.points < 0) AS more_up,
          sum(e.points) AS points
        FROM points_entries e
        WHERE e.month = :month AND (:by_month OR e.rep_id = ANY(:rep_ids))
        GROUP BY 1, 2, 3
    ), sums AS (
        SELECT r.rep_id, sum(r.points) AS points,
          jsonb_agg(jsonb_build_object('rule', r.rule, 'points', r.points,
              'corrects_month', to_char(r.about, 'YYYY-MM'),
              'count', CASE WHEN r.rule = ANY(:awards) THEN r.more_up ELSE -r.more_up END)
            ORDER BY r.about NULLS FIRST, r.rule)
            FILTER (WHERE r.more_up <> 0 OR r.points <> 0) AS lines
        FROM rules r GROUP BY r.rep_id
    ), due AS (
        SELECT g.rep_id, g.place, g.open_appeals, g.opening,
          coalesce(sums.points, 0) AS points, coalesce(sums.lines, '[]') AS lines
        FROM given g LEFT JOIN sums ON sums.rep_id = g.rep_id
        WHERE g.active OR sums.rep_id IS NOT NULL OR g.opening <> 0
    )
    INSERT INTO rep_statements (closing_id, rep_id, number, month, territory_id, opening, closing, lines, open_appeals,
      point_value, currency, issued_at)
    SELECT :closing_id, rep_id,
      :prefix || lpad(number, greatest(4, length(number)), '0'),
      :month, :territory_id, opening, opening + points, lines, open_appeals, :point_value, :currency, :at
    FROM (SELECT due.*, (:numbered + row_number() OVER (ORDER BY place))::text AS number FROM due) numbered
""").bindparams(
    _MONTH,
    bindparam("rep_ids", type_=ARRAY(Integer)),
    bindparam("actives", type_=ARRAY(Boolean)),
    bindparam("open_appeals", type_=ARRAY(Integer)),
    bindparam("openings", type_=ARRAY(BigInteger)),
    bindparam("awards", _AWARDS, type_=ARRAY(Text)),
    bindparam("by_month", type_=Boolean),
    bindparam("closing_id", type_=Uuid),
    bindparam("prefix", type_=Text),
    bindparam("numbered", type_=Integer),
    bindparam("territory_id", type_=Integer),
    bindparam("point_value", type_=Numeric(14, 4)),
    bindparam("currency", type_=Text),
    bindparam("at", type_=DateTime(timezone=True)),
)


async def count_numbers(session: AsyncSession, territory_id: int, month: date) -> int:
    """How many statements the month has had, void ones too."""
    closings = select(MonthClosing.id).where(MonthClosing.territory_id == territory_id, MonthClosing.month == month)
    query = select(func.count()).select_from(RepStatement).where(RepStatement.closing_id.in_(closings))
    return int((await session.execute(query)).scalar_one())


async def write_statements(session: AsyncSession, closing: MonthClosing, **values: Any) -> int:
    """Write the statement of each rep of a closing, and answer how many; three statements at the most.

    `values`: `rep_ids`, `actives` and `open_appeals` in the order of their numbers, `prefix`, `numbered`,
    `point_value`, `currency`, `at`.
    """
    rep_ids = values["rep_ids"]
    opening = await _openings(session, closing.month, rep_ids)
    parameters = {
        "month": closing.month,
        "closing_id": closing.id,
        "territory_id": closing.territory_id,
        "openings": [opening[rep_id] for rep_id in rep_ids],
    }
    parameters["by_month"] = whole = len(rep_ids) >= MANY_REPS
    async with by_hashing(session, whole=whole):
        result: Any = await session.execute(_WRITE, parameters | values)
    return int(result.rowcount)


async def _openings(session: AsyncSession, month: date, rep_ids: Sequence[int]) -> dict[int, int]:
    """What these reps have before a month: what the last statement closed with, and what none has counted since."""
    last = (await session.execute(_LAST, {"month": month, "rep_ids": rep_ids})).all()
    openings = {row.rep_id: int(row.closing or 0) for row in last}
    behind = {row.rep_id: row.month for row in last if row.month != month_before(month)}
    if behind:
        given = {"rep_ids": list(behind), "months": list(behind.values()), "month": month}
        async with by_hashing(session, whole=len(behind) >= MANY_REPS):
            for row in await session.execute(_UNCOUNTED, given):
                openings[row.rep_id] += int(row.points)
    return openings


async def policy_on(session: AsyncSession, day: date) -> StatementPolicy | None:
    """The policy that holds on a day: of the versions valid by then the one that was written last."""
    query = select(StatementPolicy).where(StatementPolicy.valid_from <= day)
    newest = query.order_by(StatementPolicy.valid_from.desc(), StatementPolicy.version.desc()).limit(1)
    return (await session.execute(newest)).scalar_one_or_none()


async def lock_policies(session: AsyncSession) -> None:
    """Be alone in changing the policy until the transaction ends. No row could be locked before the first version."""
    await session.execute(select(func.pg_advisory_xact_lock(_POLICY_LOCK)))


async def newest_policy(session: AsyncSession) -> int:
    """The number of the newest version; 0: there is none."""
    return int(await session.scalar(select(func.coalesce(func.max(StatementPolicy.version), 0))) or 0)


async def insert_policy(session: AsyncSession, values: dict[str, Any]) -> StatementPolicy:
    """Write a version of the policy."""
    policy = StatementPolicy(**values)
    session.add(policy)
    await session.flush()
    return policy
