"""All SQL of which outlets and days are touched by what came: whose visits are to be settled (C4, P4)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Date, DateTime, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.closing.punctuality.service import OutletDay
from app.closing.punctuality.timely_orders import DOUBTS_OF_PROOFS
from app.ground.db.plans import in_parallel
from app.ground.db.statements import DirectStatement

_OUTLETS = bindparam("outlet_ids", type_=ARRAY(Integer))
_DAYS = bindparam("days", type_=ARRAY(Date))

# What follows reads much more than an upload, which has its statements planned once for all values.
_ANY_CLOSED = DirectStatement(
    text("""
    SELECT CASE WHEN EXISTS (SELECT FROM cutoff_runs WHERE business_date = ANY(CAST(:days AS date[])))
        THEN set_config('plan_cache_mode', 'auto', true) IS NOT NULL ELSE false END
""")
)

# Outlets and days whose orders came late, and whose proofs have a doubt that nobody has reviewed.
_WAITING = text("""
    SELECT DISTINCT s.outlet_id, s.business_date, o.territory_id
    FROM risk_signals s
    JOIN orders o ON o.outlet_id = s.outlet_id AND o.business_date = s.business_date
    JOIN cutoff_runs r ON r.territory_id = o.territory_id AND r.business_date = o.business_date
      AND r.voided_at IS NULL AND o.received_at > r.cutoff_at
    WHERE s.rep_id = ANY(:rep_ids) AND s.business_date BETWEEN :first AND :last
      AND s.rule = ANY(:rules) AND s.reviewed_at IS NULL AND s.withdrawn_at IS NULL
    ORDER BY s.business_date, s.outlet_id
""").bindparams(
    bindparam("rep_ids", type_=ARRAY(Integer)),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
    bindparam("rules", [rule.value for rule in DOUBTS_OF_PROOFS], type_=ARRAY(Text)),
)

# A check-in at one outlet affects orders for another: it can show that the rep had left when they were captured.
_REACHED = text("""
    WITH touched AS (
        SELECT DISTINCT outlet_id, business_date FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    ), reps AS (
        SELECT DISTINCT c.rep_id, c.business_date
        FROM touched t JOIN check_ins c ON c.outlet_id = t.outlet_id AND c.business_date = t.business_date
    )
    SELECT outlet_id, business_date FROM touched
    UNION
    SELECT o.outlet_id, o.business_date
    FROM reps r JOIN orders o ON o.rep_id = r.rep_id AND o.business_date = r.business_date
""").bindparams(_OUTLETS, _DAYS)

# Reads the territories' orders of the day once, by several processes where it is big, and looks up what is late alone.
# A mail that was read since may hold an order that came before the cutoff; an order that was cancelled since may settle
# nothing any more.
_TOUCHED_SINCE = text("""
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT o.outlet_id
        FROM (
            SELECT outlet_id, rep_id, business_date, received_at, read_at >= :since OR cancelled_at >= :since AS changed
            FROM orders
            WHERE territory_id = ANY(:territory_ids) AND business_date = :day
              AND (read_at >= :since OR cancelled_at >= :since OR received_at > :cutoff_at)
            OFFSET 0) o
        WHERE o.changed OR o.received_at >= :since OR (
            SELECT true FROM check_ins c
            WHERE c.rep_id = o.rep_id AND c.business_date = o.business_date AND c.received_at >= :since LIMIT 1)
    )
    SELECT outlet_id FROM touched ORDER BY outlet_id
""").bindparams(
    bindparam("territory_ids", type_=ARRAY(Integer)),
    bindparam("day", type_=Date),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("cutoff_at", type_=DateTime(timezone=True)),
)


async def any_closed(session: AsyncSession, days: Collection[date]) -> bool:
    """Whether any territory has closed any of these days. Before the cutoff none has: the cheap answer for uploads."""
    ((exists,),) = await _ANY_CLOSED.rows(session, {"days": sorted(days)})
    return bool(exists)


async def reached(session: AsyncSession, touched: Collection[OutletDay]) -> list[OutletDay]:
    """These outlets and days, and those whose orders' proofs may be others by what was recorded about these."""
    return [(outlet_id, day) for outlet_id, day in await session.execute(_REACHED, pairs(touched))]


async def waiting(session: AsyncSession, rep_ids: Collection[int], first: date, last: date) -> list[OutletDay]:
    """The outlets and days, from `first` to `last`, at which late orders of these reps wait for a review."""
    rows = await session.execute(_WAITING, {"rep_ids": list(rep_ids), "first": first, "last": last})
    return list(dict.fromkeys((row.outlet_id, row.business_date) for row in rows))


async def territories_waiting(session: AsyncSession, rep_ids: Collection[int], first: date, last: date) -> set[int]:
    """The territories of these outlets on these days."""
    rows = await session.execute(_WAITING, {"rep_ids": list(rep_ids), "first": first, "last": last})
    return {row.territory_id for row in rows}


async def touched_since(
    session: AsyncSession, run: CutoffRun, territory_ids: Collection[int], since: datetime
) -> list[int]:
    """The outlets with late orders of these territories, if something about them came since `since`."""
    parameters = {
        "day": run.business_date,
        "cutoff_at": run.cutoff_at,
        "territory_ids": list(territory_ids),
        "since": since,
    }
    async with in_parallel(session, big=run.is_big()):
        return list(await session.scalars(_TOUCHED_SINCE, parameters))


def pairs(touched: Collection[OutletDay]) -> dict[str, Any]:
    """These outlets and days as the parameters of a statement."""
    return {"outlet_ids": [outlet_id for outlet_id, _ in touched], "days": [day for _, day in touched]}
