"""All SQL of what comes after a cutoff: late orders (C4, C5), and the steps by which penalties become final."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Date, DateTime, Integer, Interval, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.records import MissingVisit
from app.closing.cutoff.settlement_rules import CheckInFacts, LateOrder, MissingOrderState, Settlement, Standing, Tip
from app.field.check_ins.geofence import GeofenceVerdict
from app.ground.db.direct import DirectStatement
from app.motivation.points.rules import PROVISIONAL_FOR

_OUTLETS = bindparam("outlet_ids", type_=ARRAY(Integer))
_DAYS = bindparam("days", type_=ARRAY(Date))
_VISITS = bindparam("visit_ids", type_=ARRAY(Uuid))
_AT = bindparam("at", type_=DateTime(timezone=True))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)

_ANY_MISSING = DirectStatement(
    text("SELECT EXISTS (SELECT FROM missing_orders WHERE business_date = ANY(CAST(:days AS date[])))")
)

# A check-in at one outlet weighs on orders for another: it can show that the rep had left when they were captured.
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

_LOCK = text("""
    SELECT m.visit_id, m.business_date, m.outlet_id
    FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    JOIN missing_orders m ON m.outlet_id = t.outlet_id AND m.business_date = t.business_date
    ORDER BY m.business_date, m.visit_id FOR UPDATE OF m
""").bindparams(_OUTLETS, _DAYS)

# Reads the territories' orders of the day once, and looks up what is late alone. A mail that was read since may hold an
# order that came before the cutoff; an order that was cancelled since settles nothing any more.
_TOUCHED_SINCE = text("""
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT o.outlet_id FROM orders o
        WHERE o.territory_id = ANY(:territory_ids) AND o.business_date = :day
          AND (o.read_at >= :since OR o.cancelled_at >= :since OR o.received_at > :cutoff_at AND (
            o.received_at >= :since OR (
                SELECT true FROM check_ins c
                WHERE c.rep_id = o.rep_id AND c.business_date = o.business_date AND c.received_at >= :since LIMIT 1)))
    )
    SELECT m.visit_id, m.business_date, m.outlet_id
    FROM touched JOIN missing_orders m ON m.outlet_id = touched.outlet_id AND m.business_date = :day
    WHERE m.run_id = :run_id
    ORDER BY m.visit_id
""").bindparams(
    bindparam("territory_ids", type_=ARRAY(Integer)),
    bindparam("run_id", type_=Uuid),
    bindparam("day", type_=Date),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("cutoff_at", type_=DateTime(timezone=True)),
)

_STANDINGS = text("""
    SELECT m.visit_id, r.cutoff_at, m.provisional, last.outcome, v.excused_at IS NOT NULL
    FROM unnest(:visit_ids, :days) t (visit_id, business_date)
    JOIN missing_orders m ON m.business_date = t.business_date AND m.visit_id = t.visit_id
    JOIN cutoff_runs r ON r.id = m.run_id
    JOIN visits v ON v.visit_date = m.business_date AND v.id = m.visit_id
    LEFT JOIN LATERAL (
        SELECT outcome FROM missing_order_resolutions s
        WHERE s.business_date = m.business_date AND s.visit_id = m.visit_id ORDER BY step DESC LIMIT 1) last ON true
""").bindparams(_VISITS, _DAYS)

# A statement of its own: joined to the standings it is looped over, for nothing is known of a recursion's size.
_TIPS = text("""
    WITH RECURSIVE chain AS (
        SELECT e.source_id AS visit_id, e.rule, e.id, e.points, 0 AS depth,
          EXISTS (SELECT FROM penalty_finalisations f WHERE f.entry_id = e.id) AS final
        FROM points_entries e
        WHERE e.source_id = ANY(:visit_ids) AND e.source_type = 'visit' AND e.reverses_id IS NULL
          AND e.rule IN ('missed_order', 'late_order')
        UNION ALL
        SELECT chain.visit_id, chain.rule, e.id, e.points, chain.depth + 1, chain.final
        FROM chain JOIN points_entries e ON e.reverses_id = chain.id
    )
    SELECT DISTINCT ON (visit_id, rule) visit_id, rule, final, id, points, depth FROM chain
    ORDER BY visit_id, rule, depth DESC
""").bindparams(_VISITS)

_LATE_ORDERS = text("""
    SELECT m.visit_id, o.id, o.rep_id, o.outlet_id, o.verdict, o.trusted, o.corrected_at, o.received_at,
      c.id, c.rep_id, c.outlet_id, c.kind = 'arrival', c.verdict = 'INSIDE', c.trusted,
      c.corrected_at, c.received_at
    FROM unnest(:visit_ids, :days) t (visit_id, business_date)
    JOIN missing_orders m ON m.business_date = t.business_date AND m.visit_id = t.visit_id
    JOIN cutoff_runs r ON r.id = m.run_id
    JOIN orders o ON o.outlet_id = m.outlet_id AND o.business_date = m.business_date AND o.cancelled_at IS NULL
    LEFT JOIN LATERAL (
        SELECT * FROM check_ins c
        WHERE c.rep_id = o.rep_id AND c.business_date = o.business_date AND c.corrected_at <= o.corrected_at
          AND c.received_at <= r.cutoff_at + :provisional_for
        ORDER BY c.corrected_at DESC, c.id DESC LIMIT 1) c ON true
""").bindparams(_VISITS, _DAYS, _WINDOW)

_REVERSE = text("""
    INSERT INTO points_entries (rep_id, rule, kind, points, source_type, source_id, reverses_id, provisional,
      policy_version, business_date, booked_at, note)
    SELECT e.rep_id, e.rule, 'REVERSAL', -e.points, 'entry', NULL, e.id, false, e.policy_version, e.business_date,
      :at, t.note
    FROM unnest(:entry_ids, :notes) t (entry_id, note) JOIN points_entries e ON e.id = t.entry_id
    ON CONFLICT (reverses_id) WHERE reverses_id IS NOT NULL DO NOTHING
""").bindparams(_AT, bindparam("entry_ids", type_=ARRAY(BigInteger)), bindparam("notes", type_=ARRAY(Text)))

_BOOK_LATE = text("""
    INSERT INTO points_entries (rep_id, rule, kind, points, source_type, source_id, provisional, policy_version,
      business_date, booked_at, note)
    SELECT m.rep_id, 'late_order', 'PENALTY', p.points, 'visit', m.visit_id, t.provisional, p.version, m.business_date,
      :at, ''
    FROM unnest(:visit_ids, :days, :provisional) t (visit_id, business_date, provisional)
    JOIN missing_orders m ON m.business_date = t.business_date AND m.visit_id = t.visit_id
    JOIN LATERAL (
        SELECT points, version FROM points_policies
        WHERE rule = 'late_order' AND valid_from <= m.business_date
        ORDER BY valid_from DESC, version DESC LIMIT 1) p ON true
    ON CONFLICT (source_id, rule, source_type) WHERE reverses_id IS NULL DO NOTHING
""").bindparams(_VISITS, _DAYS, _AT, bindparam("provisional", type_=ARRAY(Boolean)))

_RESOLVE = text("""
    INSERT INTO missing_order_resolutions (business_date, visit_id, step, outcome, order_id, resolved_at)
    SELECT t.business_date, t.visit_id, 1 + (
        SELECT count(*) FROM missing_order_resolutions s
        WHERE s.business_date = t.business_date AND s.visit_id = t.visit_id), t.outcome, t.order_id, :at
    FROM unnest(:visit_ids, :days, :outcomes, :order_ids) t (visit_id, business_date, outcome, order_id)
""").bindparams(
    _VISITS, _DAYS, _AT, bindparam("outcomes", type_=ARRAY(Text)), bindparam("order_ids", type_=ARRAY(Uuid))
)

_FINALISE_PASSED = DirectStatement(
    text("""
    WITH passed AS (
        SELECT d.rep_id, min(coalesce(s.watermark_at, '-infinity')) AS watermark_at
        FROM devices d LEFT JOIN device_sync_states s ON s.device_id = d.id
        WHERE d.rep_id = ANY(:rep_ids) AND d.revoked_at IS NULL GROUP BY d.rep_id)
    INSERT INTO penalty_finalisations (entry_id, because, finalised_at)
    SELECT e.id, 'watermark_passed', :at
    FROM passed JOIN points_entries e ON e.rep_id = passed.rep_id AND e.business_date >= :since
    JOIN missing_orders m ON m.business_date = e.business_date AND m.visit_id = e.source_id
    JOIN cutoff_runs r ON r.id = m.run_id AND r.cutoff_at <= passed.watermark_at
    WHERE e.provisional AND e.kind = 'PENALTY' AND e.source_type = 'visit'
      AND NOT EXISTS (SELECT FROM penalty_finalisations f WHERE f.entry_id = e.id)
    ON CONFLICT DO NOTHING
""").bindparams(_AT, bindparam("rep_ids", type_=ARRAY(Integer)), bindparam("since", type_=Date))
)

_FINALISE_BY_TIME = text("""
    INSERT INTO penalty_finalisations (entry_id, because, finalised_at)
    SELECT e.id, 'after_72h', :at
    FROM cutoff_runs r JOIN missing_orders m ON m.run_id = r.id AND m.business_date = r.business_date AND m.provisional
    JOIN points_entries e ON e.source_id = m.visit_id AND e.source_type = 'visit' AND e.reverses_id IS NULL
    WHERE r.business_date >= :since AND r.cutoff_at < CAST(:at AS timestamptz) - :provisional_for
      AND e.rule IN ('missed_order', 'late_order') AND e.provisional
      AND NOT EXISTS (SELECT FROM penalty_finalisations f WHERE f.entry_id = e.id)
    ON CONFLICT DO NOTHING
""").bindparams(_AT, _WINDOW, bindparam("since", type_=Date))


async def any_missing(session: AsyncSession, days: Collection[date]) -> bool:
    """Whether any of these days has a missing order. Before the cutoff none has: the cheap answer for most uploads."""
    ((found,),) = await _ANY_MISSING.rows(session, {"days": sorted(days)})
    return bool(found)


async def lock_missing_orders(session: AsyncSession, touched: Collection[tuple[int, date]]) -> list[MissingVisit]:
    """The missing orders that these outlets and days may settle, locked until the transaction ends.

    Two uploads for one outlet go on one after the other: the second sees what the first wrote. Two statements.
    """
    reached = (await session.execute(_REACHED, _pairs(touched))).all()
    found = await session.execute(_LOCK, _pairs([(outlet_id, day) for outlet_id, day in reached]))
    return [MissingVisit(*row) for row in found]


async def touched_since(
    session: AsyncSession, run: CutoffRun, territory_ids: Collection[int], since: datetime
) -> list[MissingVisit]:
    """The missing orders of a run with late orders of these territories, if something about them came since `since`."""
    parameters = {
        "run_id": run.id,
        "day": run.business_date,
        "cutoff_at": run.cutoff_at,
        "territory_ids": list(territory_ids),
        "since": since,
    }
    return [MissingVisit(*row) for row in await session.execute(_TOUCHED_SINCE, parameters)]


async def states(session: AsyncSession, visits: Sequence[MissingVisit], at: datetime) -> list[MissingOrderState]:
    """How these missing orders stand: the outcome so far, their penalties, and whether they are provisional."""
    tips = {
        (row.visit_id, row.rule): row for row in await session.execute(_TIPS, {"visit_ids": _keys(visits)["visit_ids"]})
    }
    return [
        _state(tuple(row), tips.get((row.visit_id, "missed_order")), tips.get((row.visit_id, "late_order")), at)
        for row in await session.execute(_STANDINGS, _keys(visits))
    ]


async def late_orders(session: AsyncSession, visits: Sequence[MissingVisit]) -> dict[UUID, list[LateOrder]]:
    """The orders that came after all for each of these missing orders, each with the check-in before it.

    One that was received by the cutoff came by mail, and was read after it.
    """
    found: dict[UUID, list[LateOrder]] = {}
    for row in await session.execute(_LATE_ORDERS, _keys(visits)):
        found.setdefault(row[0], []).append(_late_order(tuple(row)))
    return found


async def apply(
    session: AsyncSession,
    settlements: Mapping[MissingVisit, Settlement],
    provisional: Collection[UUID],
    at: datetime,
) -> None:
    """Write settlements into the ledger and beside the missing orders. Three statements."""
    reversed_tips = [(tip, made.outcome.value) for made in settlements.values() for tip in made.reverse]
    if reversed_tips:
        entry_ids, notes = [tip.entry_id for tip, _ in reversed_tips], [note for _, note in reversed_tips]
        await session.execute(_REVERSE, {"entry_ids": entry_ids, "notes": notes, "at": at})
    booked = [visit for visit, made in settlements.items() if made.book_late]
    if booked:
        flags = [visit.visit_id in provisional for visit in booked]
        await session.execute(_BOOK_LATE, _keys(booked) | {"provisional": flags, "at": at})
    outcomes = [made.outcome.value for made in settlements.values()]
    order_ids = [made.order_id for made in settlements.values()]
    await session.execute(_RESOLVE, _keys(list(settlements)) | {"outcomes": outcomes, "order_ids": order_ids, "at": at})


async def finalise_passed(session: AsyncSession, rep_ids: Collection[int], since: date, at: datetime) -> None:
    """Make the penalties since `since` final whose cutoff the watermarks of all the rep's devices have passed."""
    await _FINALISE_PASSED.rows(session, {"rep_ids": sorted(rep_ids), "since": since, "at": at})


async def finalise_by_time(session: AsyncSession, since: date, at: datetime) -> int:
    """Make the penalties of days since `since` final whose cutoff lies 72 h back. Answers how many."""
    result: Any = await session.execute(_FINALISE_BY_TIME, {"since": since, "at": at})
    return int(result.rowcount)


def _state(row: tuple[Any, ...], missed: Any, late: Any, at: datetime) -> MissingOrderState:
    visit_id, cutoff_at, provisional, outcome, excused = row
    final = (missed is not None and missed.final) or at > cutoff_at + PROVISIONAL_FOR
    standing = Standing(outcome or Standing.MISSED)
    return MissingOrderState(
        visit_id, cutoff_at, standing, provisional and not final, _tip(missed), _tip(late), excused
    )


def _tip(row: Any) -> Tip | None:
    # an even number of steps from the penalty: reversed, and that reversal reversed
    return None if row is None else Tip(row.id, row.points, counts=row.depth % 2 == 0)


def _late_order(row: tuple[Any, ...]) -> LateOrder:
    _, order_id, rep_id, outlet_id, verdict, trusted, corrected_at, received_at, *check_in = row
    before = CheckInFacts(*check_in) if check_in[0] is not None else None
    inside, outside = verdict == GeofenceVerdict.INSIDE, verdict == GeofenceVerdict.OUTSIDE
    return LateOrder(order_id, rep_id, outlet_id, inside, trusted, corrected_at, received_at, before, outside)


def _pairs(touched: Collection[tuple[int, date]]) -> dict[str, Any]:
    return {"outlet_ids": [outlet_id for outlet_id, _ in touched], "days": [day for _, day in touched]}


def _keys(visits: Sequence[MissingVisit]) -> dict[str, Any]:
    return {"visit_ids": [visit.visit_id for visit in visits], "days": [visit.business_date for visit in visits]}
