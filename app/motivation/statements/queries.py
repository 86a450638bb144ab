"""All SQL of closed months and statements."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
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
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import by_hashing
from app.masters.territories.models import Rep
from app.motivation.points.rules import BOOKINGS, PointsEntryKind
from app.motivation.statements.models import ClosedRep, MonthClosing, RepStatement, StatementPolicy

_AWARDS = [rule.value for rule, booking in BOOKINGS.items() if booking.kind is PointsEntryKind.AWARD]
_MONTH = bindparam("month", type_=Date)

MANY_REPS = 1_000
"""Of so many reps whole months are read; the entries of fewer are looked up."""

_LAST_CLOSED = (
    select(func.max(MonthClosing.month))
    .where(MonthClosing.territory_id == bindparam("territory_id", type_=Integer), MonthClosing.reopened_at.is_(None))
    .scalar_subquery()
)

# Up to which month statements have counted what all of these reps have; NULL where one of them has none yet.
_COUNTED_THROUGH = text("""
    SELECT CASE WHEN count(*) = count(last.month) THEN min(last.month) END
    FROM unnest(:rep_ids) r (rep_id) LEFT JOIN LATERAL (
        SELECT s.month FROM rep_statements s JOIN month_closings c ON c.id = s.closing_id AND c.reopened_at IS NULL
        WHERE s.rep_id = r.rep_id AND s.month < :month ORDER BY s.month DESC LIMIT 1) last ON true
""").bindparams(bindparam("rep_ids", type_=ARRAY(Integer)), _MONTH)

# What was booked and taken back is no line: the same facts make the same statement, whatever was known first.
# Entries are read once, by their months. How often a rule counts follows from the signs: an award adds and its reversal
# takes away, a penalty the other way round.
_WRITE = text("""
    WITH given AS (
        SELECT rep_id, active, open_appeals, place
        FROM unnest(:rep_ids, :actives, :open_appeals) WITH ORDINALITY g (rep_id, active, open_appeals, place)
    ), last AS MATERIALIZED (
        SELECT g.rep_id, s.month, s.closing FROM given g LEFT JOIN LATERAL (
            SELECT s.month, s.closing
            FROM rep_statements s JOIN month_closings c ON c.id = s.closing_id AND c.reopened_at IS NULL
            WHERE s.rep_id = g.rep_id AND s.month < :month ORDER BY s.month DESC LIMIT 1) s ON true
    ), rules AS (
        SELECT e.rep_id, e.month, e.rule,
          CASE WHEN e.business_date < e.month THEN date_trunc('month', e.business_date)::date END AS about,
          count(*) FILTER (WHERE e.points > 0) - count(*) FILTER (WHERE e.points < 0) AS more_up,
          sum(e.points) AS points
        FROM points_entries e
        WHERE e.month > :counted_through AND e.month <= :month AND (:by_month OR e.rep_id = ANY(:rep_ids))
        GROUP BY 1, 2, 3, 4
    ), sums AS (
        SELECT r.rep_id, coalesce(sum(r.points) FILTER (WHERE r.month < :month), 0) AS earlier,
          coalesce(sum(r.points) FILTER (WHERE r.month = :month), 0) AS points,
          jsonb_agg(jsonb_build_object('rule', r.rule, 'points', r.points,
              'corrects_month', to_char(r.about, 'YYYY-MM'),
              'count', CASE WHEN r.rule = ANY(:awards) THEN r.more_up ELSE -r.more_up END)
            ORDER BY r.about NULLS FIRST, r.rule)
            FILTER (WHERE r.month = :month AND (r.more_up <> 0 OR r.points <> 0)) AS lines
        FROM rules r JOIN last ON last.rep_id = r.rep_id
        WHERE last.month IS NULL OR r.month > last.month
        GROUP BY r.rep_id
    ), due AS (
        SELECT g.rep_id, g.place, g.open_appeals, coalesce(last.closing, 0) + coalesce(sums.earlier, 0) AS opening,
          coalesce(sums.points, 0) AS points, coalesce(sums.lines, '[]') AS lines
        FROM given g JOIN last ON last.rep_id = g.rep_id LEFT JOIN sums ON sums.rep_id = g.rep_id
        WHERE g.active OR sums.rep_id IS NOT NULL OR last.closing <> 0
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
    bindparam("awards", _AWARDS, type_=ARRAY(Text)),
    bindparam("counted_through", type_=Date),
    bindparam("by_month", type_=Boolean),
    bindparam("closing_id", type_=Uuid),
    bindparam("prefix", type_=Text),
    bindparam("numbered", type_=Integer),
    bindparam("territory_id", type_=Integer),
    bindparam("point_value", type_=Numeric(14, 4)),
    bindparam("currency", type_=Text),
    bindparam("at", type_=DateTime(timezone=True)),
)


async def last_closed(session: AsyncSession, territory_id: int) -> date | None:
    """The newest month of a territory that is closed, or being closed."""
    month: date | None = await session.scalar(select(_LAST_CLOSED), {"territory_id": territory_id})
    return month


_standing = MonthClosing.reopened_at.is_(None)
_LAST_MONTHS = select(
    MonthClosing.territory_id,
    func.max(MonthClosing.month).filter(_standing).label("closed"),
    func.array_agg(MonthClosing.month).filter(~_standing).label("reopened"),
).group_by(MonthClosing.territory_id)


async def last_months(session: AsyncSession) -> dict[int, tuple[date | None, Collection[date]]]:
    """By territory id the newest month that is closed, or being closed, and those that ever were reopened."""
    return {row.territory_id: (row.closed, row.reopened or ()) for row in await session.execute(_LAST_MONTHS)}


async def standing_closing(
    session: AsyncSession, territory_id: int, month: date, *, lock: bool = False
) -> MonthClosing | None:
    """The closing of a month that was not reopened, locked until the transaction ends if asked for."""
    query = select(MonthClosing).where(
        MonthClosing.territory_id == territory_id, MonthClosing.month == month, MonthClosing.reopened_at.is_(None)
    )
    query = query.with_for_update() if lock else query
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def insert_closing(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Mark a month, unless it is closed: then False. Waits for a transaction that is marking the same one."""
    statement = insert(MonthClosing).values(**values)
    done = statement.on_conflict_do_nothing().returning(MonthClosing.id)
    return (await session.execute(done)).scalar_one_or_none() is not None


async def insert_closed_reps(session: AsyncSession, closing_id: UUID, rep_ids: Collection[int]) -> None:
    """Write whose month a closing closes."""
    given = func.unnest(bindparam("rep_ids", type_=ARRAY(Integer))).column_valued("rep_id")
    rows = select(bindparam("closing_id", type_=Uuid).label("closing_id"), given.label("rep_id"))
    statement = insert(ClosedRep.__table__).from_select(["closing_id", "rep_id"], rows)  # type: ignore[arg-type]
    await session.execute(statement, {"closing_id": closing_id, "rep_ids": list(rep_ids)})


async def closed_reps(session: AsyncSession, closing_id: UUID) -> Sequence[Any]:
    """Whose month a closing closes: id, and whether active now, by code."""
    query = (
        select(Rep.id, Rep.active)
        .join(ClosedRep, ClosedRep.rep_id == Rep.id)
        .where(ClosedRep.closing_id == closing_id)
        .order_by(Rep.code)
    )
    return (await session.execute(query)).all()


# A statement takes its table's lock before it looks at the rows: whoever has none yet sees what is committed by now.
_BOOKING = text("""
    SELECT virtualtransaction FROM pg_locks
    WHERE relation = 'points_entries'::regclass AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
""")


async def booking_now(session: AsyncSession) -> set[str]:
    """The transactions that are writing the ledger just now."""
    return set(await session.scalars(_BOOKING))


async def unfinished(session: AsyncSession) -> Sequence[MonthClosing]:
    """The closings that have marked their months, and have written no statements yet."""
    query = select(MonthClosing).where(MonthClosing.closed_at.is_(None), MonthClosing.reopened_at.is_(None))
    return (await session.scalars(query.order_by(MonthClosing.begun_at, MonthClosing.id))).all()


async def count_numbers(session: AsyncSession, territory_id: int, month: date) -> int:
    """How many statements the month has had, void ones too."""
    closings = select(MonthClosing.id).where(MonthClosing.territory_id == territory_id, MonthClosing.month == month)
    query = select(func.count()).select_from(RepStatement).where(RepStatement.closing_id.in_(closings))
    return int((await session.execute(query)).scalar_one())


async def write_statements(session: AsyncSession, closing: MonthClosing, **values: Any) -> int:
    """Write the statement of each rep of a closing, and answer how many; two statements, one that reads entries.

    `values`: `rep_ids`, `actives` and `open_appeals` in the order of their numbers, `prefix`, `numbered`,
    `point_value`, `currency`, `at`.
    """
    month = {"month": closing.month}
    through = await session.scalar(_COUNTED_THROUGH, month | {"rep_ids": values["rep_ids"]})
    parameters = month | {
        "counted_through": through or date.min,
        "closing_id": closing.id,
        "territory_id": closing.territory_id,
    }
    parameters["by_month"] = whole = len(values["rep_ids"]) >= MANY_REPS
    async with by_hashing(session, whole=whole):
        result: Any = await session.execute(_WRITE, parameters | values)
    return int(result.rowcount)


async def set_closed(session: AsyncSession, closing: MonthClosing, at: datetime, statements: int) -> None:
    """Write that a month is closed."""
    closing.closed_at, closing.statements = at, statements
    await session.flush()


async def set_reopened(session: AsyncSession, closing: MonthClosing, at: datetime, by: str, reason: str) -> None:
    """Write that a month was reopened."""
    closing.reopened_at, closing.reopened_by, closing.reopen_reason = at, by, reason
    await session.flush()


async def policy_on(session: AsyncSession, day: date) -> StatementPolicy | None:
    """The policy that holds on a day: of the versions valid by then the one that was written last."""
    query = select(StatementPolicy).where(StatementPolicy.valid_from <= day)
    newest = query.order_by(StatementPolicy.valid_from.desc(), StatementPolicy.version.desc()).limit(1)
    return (await session.execute(newest)).scalar_one_or_none()


async def insert_policy(session: AsyncSession, values: dict[str, Any]) -> StatementPolicy:
    """Write a version of the policy, numbered after the last one."""
    last = int(await session.scalar(select(func.coalesce(func.max(StatementPolicy.version), 0))) or 0)
    policy = StatementPolicy(version=last + 1, **values)
    session.add(policy)
    await session.flush()
    return policy
