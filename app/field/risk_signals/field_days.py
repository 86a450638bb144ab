"""The events of reps' days, as the rules look at them: one statement each, for any number of reps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.registry import RepDays
from app.field.risk_signals.rules.repeated_fix import REPEATED_WITHIN_DAYS
from app.field.risk_signals.signals import FieldEvent, Position
from app.ground.db.statements import DirectStatement, maker_of

# In all of them: the day decides the partition while the statement runs, `:first` and `:last` before it starts. OFFSET
# 0 makes it a look-up for each rep's day: half a percent of a small month (decision 17) looks cheaper to read.
_CHECK_INS_OF_DAYS = DirectStatement(
    text("""
    SELECT asked.rep_id, c.id, 'check_in' AS kind, c.outlet_id, outlet.code AS outlet_code, c.business_date,
        c.captured_at, c.corrected_at, c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock,
        c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict, c.distance_m, c.kind = 'arrival' AS arrival
    FROM unnest(CAST(:rep_ids AS int[]), CAST(:days AS date[])) AS asked (rep_id, business_date)
    CROSS JOIN LATERAL (
        SELECT * FROM check_ins AS c
        WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
            AND c.business_date BETWEEN :first AND :last
        OFFSET 0
    ) AS c
    JOIN outlets AS outlet ON outlet.id = c.outlet_id
""")
)

# What is looked at for one order without a fix: any check-in at its outlet, and the nearest before and after it that
# have one (`remote_orders`); the last before it, with a fix or without (`away_orders`).
_CHECK_INS_AROUND = DirectStatement(
    text("""
    SELECT asked.rep_id, around.id, 'check_in' AS kind, around.outlet_id, outlet.code AS outlet_code,
        around.business_date, around.captured_at, around.corrected_at, around.trusted, around.clock_changed,
        around.lat, around.lon, around.accuracy_m, around.fix_at, around.mock,
        around.provider, around.skew_ms, around.clock_doubt, around.device_id, around.verdict,
        around.distance_m, around.kind = 'arrival' AS arrival
    FROM unnest(
        CAST(:rep_ids AS int[]), CAST(:days AS date[]), CAST(:outlet_ids AS int[]), CAST(:times AS timestamptz[])
    ) AS asked (rep_id, business_date, outlet_id, at)
    CROSS JOIN LATERAL (
        WITH of_day AS MATERIALIZED (
            SELECT id, outlet_id, business_date, captured_at, corrected_at, trusted, clock_changed, lat, lon,
                accuracy_m, fix_at, mock, provider, skew_ms, clock_doubt, device_id,
                verdict, distance_m, kind,
                lat IS NOT NULL OR verdict <> 'NO_FIX' AS with_fix
            FROM check_ins AS c
            WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
                AND c.business_date BETWEEN :first AND :last
        )
        (SELECT * FROM of_day WHERE outlet_id = asked.outlet_id LIMIT 1)
        UNION ALL
        (SELECT * FROM of_day WHERE corrected_at <= asked.at ORDER BY corrected_at DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT * FROM of_day WHERE corrected_at <= asked.at AND with_fix ORDER BY corrected_at DESC, id LIMIT 1)
        UNION ALL
        (SELECT * FROM of_day WHERE corrected_at > asked.at AND with_fix ORDER BY corrected_at, id LIMIT 1)
    ) AS around
    JOIN outlets AS outlet ON outlet.id = around.outlet_id
""")
)

# `twin_days`: the other days on which a rep has one of the given fixes, found in the indexes alone. OFFSET 0 keeps the
# planner from reading a rep's two months anew for each fix.
_EVENTS = DirectStatement(
    text("""
    WITH asked AS (
        SELECT rep_id, business_date FROM unnest(CAST(:rep_ids AS int[]), CAST(:days AS date[]))
            AS asked (rep_id, business_date)
    ), fix AS (
        SELECT rep_id, lat, lon
        FROM unnest(CAST(:fix_rep_ids AS int[]), CAST(:lats AS float8[]), CAST(:lons AS float8[]))
            AS fix (rep_id, lat, lon)
    ), near AS (
        SELECT rep_id, first, last
        FROM unnest(CAST(:near_rep_ids AS int[]), CAST(:near_firsts AS date[]), CAST(:near_lasts AS date[]))
            AS near (rep_id, first, last)
    ), twin_days AS MATERIALIZED (
        SELECT DISTINCT placed.rep_id, placed.business_date
        FROM near CROSS JOIN LATERAL (
            SELECT c.rep_id, c.business_date, c.lat, c.lon FROM check_ins AS c
            WHERE c.rep_id = near.rep_id AND c.business_date BETWEEN near.first AND near.last
                AND c.business_date BETWEEN :window_first AND :window_last
            UNION ALL
            SELECT o.rep_id, o.business_date, o.lat, o.lon FROM orders AS o
            WHERE o.rep_id = near.rep_id AND o.business_date BETWEEN near.first AND near.last AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :window_first AND :window_last
            OFFSET 0
        ) AS placed
        JOIN fix ON (fix.rep_id, fix.lat, fix.lon) = (placed.rep_id, placed.lat, placed.lon)
        EXCEPT SELECT rep_id, business_date FROM asked
    ), event AS (
        SELECT of_day.* FROM asked CROSS JOIN LATERAL (
            SELECT c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date, c.captured_at, c.corrected_at,
                c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock,
                c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict,
                c.distance_m, c.kind = 'arrival' AS arrival
            FROM check_ins AS c
            WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
                AND c.business_date BETWEEN :first AND :last
            UNION ALL
            SELECT o.rep_id, o.id, 'order', o.outlet_id, o.business_date, o.captured_at, o.corrected_at,
                o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m, o.fix_at, o.mock,
                o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict,
                o.distance_m, false
            FROM orders AS o
            WHERE o.rep_id = asked.rep_id AND o.business_date = asked.business_date
                AND o.business_date BETWEEN :first AND :last
            OFFSET 0
        ) AS of_day
        UNION ALL
        SELECT c.rep_id, c.id, 'check_in', c.outlet_id, c.business_date, c.captured_at, c.corrected_at,
            c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock,
            c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict,
            c.distance_m, c.kind = 'arrival'
        FROM twin_days AS t JOIN check_ins AS c ON c.rep_id = t.rep_id AND c.business_date = t.business_date
        JOIN fix ON (fix.rep_id, fix.lat, fix.lon) = (c.rep_id, c.lat, c.lon)
        WHERE c.business_date BETWEEN :window_first AND :window_last
        UNION ALL
        SELECT o.rep_id, o.id, 'order', o.outlet_id, o.business_date, o.captured_at, o.corrected_at,
            o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m, o.fix_at, o.mock,
            o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict,
            o.distance_m, false
        FROM twin_days AS t JOIN orders AS o ON o.rep_id = t.rep_id AND o.business_date = t.business_date
        JOIN fix ON (fix.rep_id, fix.lat, fix.lon) = (o.rep_id, o.lat, o.lon)
        WHERE o.lat IS NOT NULL AND o.business_date BETWEEN :window_first AND :window_last
    )
    SELECT event.rep_id, event.id, event.kind, event.outlet_id, outlet.code AS outlet_code, event.business_date,
        event.captured_at, event.corrected_at, event.trusted, event.clock_changed, event.lat, event.lon,
        event.accuracy_m, event.fix_at, event.mock,
        event.provider, event.skew_ms, event.clock_doubt, event.device_id, event.verdict, event.distance_m,
        event.arrival,
        place.lat AS outlet_lat, place.lon AS outlet_lon
    FROM event
    JOIN outlets AS outlet ON outlet.id = event.outlet_id
    LEFT JOIN outlet_locations AS place ON place.outlet_id = outlet.id AND place.version = outlet.location_version
""")
)


_event = maker_of(FieldEvent)


@dataclass(frozen=True, slots=True)
class AskedDays:
    """The days of a rep that are asked for, and the fixes whose twins are."""

    days: Collection[date]
    fixes: Collection[Position]


async def check_ins_of_days(
    session: AsyncSession, days_by_rep: Mapping[int, Collection[date]]
) -> dict[int, list[FieldEvent]]:
    """The check-ins of reps' days; days and answer are by rep id."""
    pairs = [(rep_id, day) for rep_id, days in days_by_rep.items() for day in days]
    return _by_rep(await _CHECK_INS_OF_DAYS.rows(session, _asked(pairs)), days_by_rep)


async def check_ins_around(session: AsyncSession, orders: Mapping[int, FieldEvent]) -> dict[int, list[FieldEvent]]:
    """Those of the day's check-ins that decide whether an order without a fix is doubted: four at the most.

    An order for each rep id, and so is the answer.
    """
    parameters = {
        **_asked([(rep_id, order.business_date) for rep_id, order in orders.items()]),
        "outlet_ids": [order.outlet_id for order in orders.values()],
        "times": [order.corrected_at for order in orders.values()],
    }
    return _by_rep(await _CHECK_INS_AROUND.rows(session, parameters), orders)


async def field_days(session: AsyncSession, requests: Mapping[int, AskedDays]) -> dict[int, RepDays]:
    """The check-ins and handheld orders of reps' days; requests and answer are by rep id.

    Also all of a rep's events whose coordinates are one of its `fixes`, from 30 days before its first day to 30 days
    after its last. What orders say is left out.
    """
    fixes = [(rep_id, *fix) for rep_id, request in requests.items() for fix in request.fixes]
    window = timedelta(days=REPEATED_WITHIN_DAYS)
    firsts = [min(request.days) - window for request in requests.values()]
    lasts = [max(request.days) + window for request in requests.values()]
    rows = await _EVENTS.rows(
        session,
        {
            **_asked([(rep_id, day) for rep_id, request in requests.items() for day in request.days]),
            "fix_rep_ids": [rep_id for rep_id, _, _ in fixes],
            "lats": [lat for _, lat, _ in fixes],
            "lons": [lon for _, _, lon in fixes],
            "near_rep_ids": list(requests),
            "near_firsts": firsts,
            "near_lasts": lasts,
            "window_first": min(firsts),
            "window_last": max(lasts),
        },
    )
    positions: dict[int, Position] = {}
    reps = {rep_id: RepDays(positions=positions) for rep_id in requests}
    for row in rows:
        rep, request, event = reps[row["rep_id"]], requests[row["rep_id"]], _event(row)
        if event.business_date in request.days:
            rep.events.append(event)
        if (event.lat, event.lon) in request.fixes:
            rep.twins.append(event)
        if row["outlet_lat"] is not None:
            positions[event.outlet_id] = (row["outlet_lat"], row["outlet_lon"])
    return reps


def _asked(pairs: Sequence[tuple[int, date]]) -> dict[str, Any]:
    days = [day for _, day in pairs]
    return {"rep_ids": [rep_id for rep_id, _ in pairs], "days": days, "first": min(days), "last": max(days)}


def _by_rep(rows: Collection[Any], rep_ids: Collection[int]) -> dict[int, list[FieldEvent]]:
    events: dict[int, list[FieldEvent]] = {rep_id: [] for rep_id in rep_ids}
    for row in rows:
        events[row["rep_id"]].append(_event(row))
    return events
