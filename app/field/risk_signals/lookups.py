"""What rules ask of a rep's day beside what lies around an event: look-ups, each by one statement for any number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.rows import events_by_id
from app.field.risk_signals.rules.no_position import MAX_ACCURACY_M
from app.field.risk_signals.rules.repeated_fix import REPEATED_WITHIN_DAYS
from app.field.risk_signals.signals import FIRST_CHECK_INS, FIRST_ORDERS, FieldEvent, Position, RiskRule, position_of
from app.field.risk_signals.twins import FixOfRep
from app.ground.db.statements import DirectStatement
from app.ground.values import value

Day = tuple[int, date]
"""A rep's id and a business date."""
OutletVisit = tuple[int, int, date]
"""A rep's id, an outlet's, and a business date."""

# Scalar subqueries, and no EXISTS: the planner would hash a month for some of those (decision 17).
# `visited`: outlets where a rep checked in on a day. `repeated`: fixes that another event of a rep has, 30 days before
# or after. `unplaced`: how many of the first arrivals of a day have no usable position, and how many there are; none is
# an answer too, where those that had none may no longer be among the first, and the day is in doubt.
# `full`: days with more orders than are judged beside check-ins.
_FACTS = DirectStatement(
    text("""
    SELECT 'visited' AS what, asked.rep_id, asked.business_date, asked.outlet_id AS number, CAST(NULL AS int) AS of,
        CAST(NULL AS float8) AS lat, CAST(NULL AS float8) AS lon
    FROM unnest(CAST(:visit_reps AS int[]), CAST(:visit_outlets AS int[]), CAST(:visit_days AS date[]))
        AS asked (rep_id, outlet_id, business_date)
    WHERE (
        SELECT true FROM check_ins AS c WHERE c.outlet_id = asked.outlet_id AND c.business_date = asked.business_date
            AND c.business_date BETWEEN :first AND :last AND c.rep_id = asked.rep_id LIMIT 1
    )
    UNION ALL
    SELECT 'repeated', fix.rep_id, CAST(NULL AS date), NULL, NULL, fix.lat, fix.lon
    FROM unnest(CAST(:fix_reps AS int[]), CAST(:lats AS float8[]), CAST(:lons AS float8[])) AS fix (rep_id, lat, lon)
    WHERE (
        SELECT true FROM check_ins AS c WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon)
            AND c.business_date BETWEEN :since AND :until AND c.id <> ALL(CAST(:new AS uuid[])) LIMIT 1
    ) OR (
        SELECT true FROM orders AS o WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon)
            AND o.lat IS NOT NULL AND o.business_date BETWEEN :since AND :until
            AND o.id <> ALL(CAST(:new AS uuid[])) LIMIT 1
    )
    UNION ALL
    SELECT 'unplaced', asked.rep_id, asked.business_date, share.unplaced, share.arrivals, NULL, NULL
    FROM unnest(CAST(:share_reps AS int[]), CAST(:share_days AS date[])) AS asked (rep_id, business_date)
    CROSS JOIN LATERAL (
        SELECT CAST(count(*) AS int) AS seen, CAST(count(*) FILTER (WHERE arrival) AS int) AS arrivals,
            CAST(count(*) FILTER (WHERE arrival AND NOT usable) AS int) AS unplaced
        FROM (
            SELECT c.kind = 'arrival' AS arrival,
                coalesce((c.lat IS NOT NULL OR c.verdict <> 'NO_FIX') AND c.accuracy_m > 0
                    AND c.accuracy_m <= :max_accuracy_m, false) AS usable
            FROM check_ins AS c WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
                AND c.business_date BETWEEN :first AND :last
            ORDER BY c.corrected_at, c.id LIMIT :most_check_ins
        ) AS check_in
    ) AS share WHERE share.unplaced > 0 OR share.seen = CAST(:most_check_ins AS int) AND (
        SELECT true FROM risk_signals AS s
        WHERE (s.rep_id, s.business_date, s.rule) = (asked.rep_id, asked.business_date, CAST(:share_rule AS text))
            AND s.withdrawn_at IS NULL LIMIT 1
    )
    UNION ALL
    SELECT 'full', asked.rep_id, asked.business_date, NULL, NULL, NULL, NULL
    FROM unnest(CAST(:order_reps AS int[]), CAST(:order_days AS date[])) AS asked (rep_id, business_date)
    WHERE (
        SELECT coalesce(sum(kept.events), 0) FROM device_days AS kept
        WHERE kept.rep_id = asked.rep_id AND kept.business_date = asked.business_date
    ) + CAST(:new_events AS int) > CAST(:most_orders AS int) AND (
        SELECT true FROM orders AS o WHERE o.rep_id = asked.rep_id AND o.business_date = asked.business_date
            AND o.business_date BETWEEN :first AND :last
        ORDER BY o.corrected_at, o.id OFFSET :most_orders LIMIT 1
    )
""")
)

_FIRST_CHECK_INS = DirectStatement(
    text("""
    SELECT asked.rep_id, c.id, c.business_date
    FROM unnest(CAST(:rep_ids AS int[]), CAST(:days AS date[])) AS asked (rep_id, business_date)
    CROSS JOIN LATERAL (
        SELECT c.id, c.business_date FROM check_ins AS c
        WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
            AND c.business_date BETWEEN :first AND :last
        ORDER BY c.corrected_at, c.id LIMIT :most_check_ins
    ) AS c
""")
)


@value(frozen=True, slots=True)
class Asked:
    """What is asked about new events, and `new`: their ids.

    `days`: their business dates. `visits`: outlets of orders. `fixes`: by rep. `shares`: days that got check-ins.
    `orders`: days with orders that are judged.
    """

    new: Collection[UUID]
    days: Collection[date]
    visits: Collection[OutletVisit]
    fixes: Collection[FixOfRep]
    shares: Collection[Day]
    orders: Collection[Day]


@dataclass(slots=True)
class Facts:
    """The answers. `unplaced`: of the first arrivals of a day, how many have no usable position, and of how many."""

    visited: set[OutletVisit] = field(default_factory=set)
    repeated: set[FixOfRep] = field(default_factory=set)
    unplaced: dict[Day, tuple[int, int]] = field(default_factory=dict)
    full: set[Day] = field(default_factory=set)


async def facts(session: AsyncSession, asked: Asked) -> Facts:
    """One statement."""
    window = timedelta(days=REPEATED_WITHIN_DAYS)
    rows = await _FACTS.rows(
        session,
        {
            "new": list(asked.new),
            "first": min(asked.days),
            "last": max(asked.days),
            "visit_reps": [rep_id for rep_id, _, _ in asked.visits],
            "visit_outlets": [outlet_id for _, outlet_id, _ in asked.visits],
            "visit_days": [day for _, _, day in asked.visits],
            "fix_reps": [rep_id for rep_id, _, _ in asked.fixes],
            "lats": [lat for _, lat, _ in asked.fixes],
            "lons": [lon for _, _, lon in asked.fixes],
            "since": min(asked.days) - window,
            "until": max(asked.days) + window,
            "share_reps": [rep_id for rep_id, _ in asked.shares],
            "share_rule": RiskRule.NO_POSITION.value,
            "share_days": [day for _, day in asked.shares],
            "order_reps": [rep_id for rep_id, _ in asked.orders],
            "order_days": [day for _, day in asked.orders],
            "new_events": len(asked.new),
            "max_accuracy_m": MAX_ACCURACY_M,
            "most_check_ins": FIRST_CHECK_INS,
            "most_orders": FIRST_ORDERS,
        },
    )
    answers = Facts()
    for row in rows:
        day = row["rep_id"], row["business_date"]
        match row["what"]:
            case "visited":
                answers.visited.add((row["rep_id"], row["number"], row["business_date"]))
            case "repeated":
                answers.repeated.add((row["rep_id"], row["lat"], row["lon"]))
            case "unplaced":
                answers.unplaced[day] = row["number"], row["of"]
            case _:
                answers.full.add(day)
    return answers


async def first_check_ins(session: AsyncSession, days: Sequence[Day]) -> dict[int, list[FieldEvent]]:
    """The first check-ins of reps' days (at least one), by rep. Two statements."""
    dates = [day for _, day in days]
    rows = await _FIRST_CHECK_INS.rows(
        session,
        {
            "rep_ids": [rep_id for rep_id, _ in days],
            "days": dates,
            "first": min(dates),
            "last": max(dates),
            "most_check_ins": FIRST_CHECK_INS,
        },
    )
    events = await events_by_id(session, {row["id"]: row["business_date"] for row in rows})
    check_ins: dict[int, list[FieldEvent]] = {}
    for row in rows:
        check_ins.setdefault(row["rep_id"], []).append(events[row["id"]])
    return check_ins


def fixes_of(events_by_rep: Mapping[int, Collection[FieldEvent]]) -> dict[FixOfRep, list[FieldEvent]]:
    """The events that have a fix, by rep and fix."""
    fixes: dict[FixOfRep, list[FieldEvent]] = {}
    for rep_id, events in events_by_rep.items():
        for event in events:
            position: Position | None = position_of(event)
            if position is not None:
                fixes.setdefault((rep_id, *position), []).append(event)
    return fixes
