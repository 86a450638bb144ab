"""What lies around new events: looked up, so that it costs the same whatever their rep did before on the day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from math import floor
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.presence import PRESENCE_LASTS
from app.field.risk_signals.rows import event_of
from app.field.risk_signals.signals import (
    FIRST_ORDERS,
    NEIGHBOURS,
    ON_THE_SPOT,
    PRESENCE_CHECK_INS,
    FieldEvent,
    moment,
)
from app.field.risk_signals.stretches import WITHIN, Neighbourhood, Stretch, bounds_of, is_crowded
from app.ground.db.statements import DirectStatement

_BANDS = 5_000
"""So many bands has a degree of latitude: two check-ins at one spot (`one_spots`) lie in one band or in neighbours."""

# For each stretch, by the index of a rep's day in the order of time: the check-ins next to it, those within it, the
# orders next to it and within it, and the orders that its check-ins can change. `near`: the place beside it. The last
# placed check-in before it bounds the orders before it: what comes after speaks for these alone. An order after it may
# be changed while it is one of the ten before that order, or of those that speak for its presence. Each of these orders
# has its own check-ins around it. Of those farther off only such are read as may share a spot with a new one, if
# nothing that was recorded lies after them. The first check-in at an outlet changes the outlet's orders of the whole
# day. `:new` have been recorded, and nobody needs them back. Rows are whole within, and their columns named once.
# Scalar subqueries, and no EXISTS on a table: the planner would hash a month for some of those (decision 17).
_AROUND = DirectStatement(
    text("""
    WITH asked AS (
        SELECT * FROM unnest(
            CAST(:numbers AS int[]), CAST(:rep_ids AS int[]), CAST(:days AS date[]), CAST(:moves AS bool[]),
            CAST(:first_ats AS timestamptz[]), CAST(:first_check_ins AS uuid[]), CAST(:first_orders AS uuid[]),
            CAST(:last_ats AS timestamptz[]), CAST(:last_check_ins AS uuid[]), CAST(:last_orders AS uuid[])
        ) AS asked (
            number, rep_id, business_date, moves, first_at, first_check_in, first_order, last_at, last_check_in,
            last_order
        )
    ), visit AS (
        SELECT * FROM unnest(CAST(:visit_numbers AS int[]), CAST(:visit_outlets AS int[])) AS visit (number, outlet_id)
    ), first_visited AS (
        SELECT asked.number, array_agg(visit.outlet_id) AS outlet_ids
        FROM asked JOIN visit ON visit.number = asked.number
        WHERE (
            SELECT true FROM check_ins AS c
            WHERE c.outlet_id = visit.outlet_id AND c.business_date = asked.business_date
                AND c.business_date BETWEEN :first AND :last
                AND c.rep_id = asked.rep_id AND c.id <> ALL(CAST(:new AS uuid[])) LIMIT 1
        ) IS NULL
        GROUP BY asked.number
    ), stretch AS MATERIALIZED (
        SELECT asked.*, first_visited.outlet_ids AS first_visited
        FROM asked LEFT JOIN first_visited ON first_visited.number = asked.number
    ), found AS (
        SELECT stretch.number, around.* FROM stretch CROSS JOIN LATERAL (
            WITH before AS MATERIALIZED (
                SELECT -row_number() OVER () AS near, c.* FROM (
                    SELECT c.* FROM check_ins AS c
                    WHERE c.rep_id = stretch.rep_id AND c.business_date = stretch.business_date
                        AND c.business_date BETWEEN :first AND :last
                        AND (c.corrected_at, c.id) < (stretch.first_at, stretch.first_check_in)
                    ORDER BY c.corrected_at DESC, c.id DESC LIMIT :in_sight
                ) AS c
            ), after AS MATERIALIZED (
                SELECT row_number() OVER () AS near, c.* FROM (
                    SELECT c.* FROM check_ins AS c
                    WHERE c.rep_id = stretch.rep_id AND c.business_date = stretch.business_date
                        AND c.business_date BETWEEN :first AND :last
                        AND (c.corrected_at, c.id) > (stretch.last_at, stretch.last_check_in)
                    ORDER BY c.corrected_at, c.id LIMIT :in_sight
                ) AS c
            ), between_them AS MATERIALIZED (
                SELECT CAST(0 AS int8) AS near, c.* FROM check_ins AS c
                WHERE c.rep_id = stretch.rep_id AND c.business_date = stretch.business_date
                    AND c.business_date BETWEEN :first AND :last
                    AND (c.corrected_at, c.id) >= (stretch.first_at, stretch.first_check_in)
                    AND (c.corrected_at, c.id) <= (stretch.last_at, stretch.last_check_in)
                    AND c.id <> ALL(CAST(:new AS uuid[]))
                ORDER BY c.corrected_at, c.id LIMIT CAST(:within AS int) + 1
            ), bound AS MATERIALIZED (
                SELECT coalesce(
                        (SELECT max(corrected_at) FROM before
                            WHERE near >= -CAST(:neighbours AS int) AND (lat IS NOT NULL OR verdict <> 'NO_FIX')),
                        (SELECT corrected_at FROM before WHERE near = -CAST(:neighbours AS int)), '-infinity'
                    ) AS earliest,
                    greatest(
                        coalesce((SELECT corrected_at FROM after WHERE near = CAST(:neighbours AS int)), 'infinity'),
                        least(
                            (SELECT corrected_at FROM after WHERE near = CAST(:presence_check_ins AS int)),
                            stretch.last_at + CAST(:presence_ends AS interval)
                        )
                    ) AS latest
                FROM (SELECT) AS once WHERE stretch.moves
            )
            SELECT c.near, false AS touched, c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date,
                c.captured_at, c.corrected_at, c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock,
                c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict, c.distance_m,
                c.kind = 'arrival' AS arrival
            FROM (
                SELECT * FROM before
                WHERE near >= -2 * CAST(:neighbours AS int)
                    OR corrected_at >= coalesce((SELECT earliest FROM bound), stretch.first_at)
                        - CAST(:presence_lasts AS interval)
                    OR floor(lat * :bands) = ANY(CAST(:lat_bands AS float8[]))
                    OR EXISTS (SELECT FROM after) OR EXISTS (SELECT FROM between_them)
                UNION ALL
                SELECT * FROM after
                UNION ALL
                SELECT * FROM between_them
            ) AS c
            UNION ALL
            SELECT o.near, o.touched, o.rep_id, o.id, 'order', o.outlet_id, o.business_date,
                o.captured_at, o.corrected_at, o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m, o.fix_at, o.mock,
                o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict, o.distance_m, false
            FROM (
                (
                    SELECT CAST(0 AS int8) AS near, stretch.moves AS touched, o.* FROM orders AS o
                    WHERE o.rep_id = stretch.rep_id AND o.business_date = stretch.business_date
                        AND o.business_date BETWEEN :first AND :last
                        AND (o.corrected_at, o.id) >= (stretch.first_at, stretch.first_order)
                        AND (o.corrected_at, o.id) <= (stretch.last_at, stretch.last_order)
                        AND o.id <> ALL(CAST(:new AS uuid[]))
                    ORDER BY o.corrected_at, o.id LIMIT CAST(:within AS int) + 1
                )
                UNION ALL
                SELECT -row_number() OVER (), EXISTS (SELECT FROM bound WHERE o.corrected_at >= bound.earliest), o.*
                FROM (
                    SELECT o.* FROM orders AS o
                    WHERE o.rep_id = stretch.rep_id AND o.business_date = stretch.business_date
                        AND o.business_date BETWEEN :first AND :last
                        AND (o.corrected_at, o.id) < (stretch.first_at, stretch.first_order)
                    ORDER BY o.corrected_at DESC, o.id DESC LIMIT :neighbours
                ) AS o
                UNION ALL
                (
                    SELECT -1 - CAST(:neighbours AS int), true, o.* FROM orders AS o
                    WHERE o.rep_id = stretch.rep_id AND o.business_date = stretch.business_date
                        AND o.corrected_at >= (SELECT earliest FROM bound)
                        AND (o.corrected_at, o.id) < (stretch.first_at, stretch.first_order)
                        AND o.business_date BETWEEN :first AND :last
                    ORDER BY o.corrected_at DESC, o.id DESC OFFSET :neighbours LIMIT :most_orders
                )
                UNION ALL
                SELECT row_number() OVER (), EXISTS (SELECT FROM bound WHERE o.corrected_at < bound.latest), o.*
                FROM (
                    SELECT o.* FROM orders AS o
                    WHERE o.rep_id = stretch.rep_id AND o.business_date = stretch.business_date
                        AND o.business_date BETWEEN :first AND :last
                        AND (o.corrected_at, o.id) > (stretch.last_at, stretch.last_order)
                    ORDER BY o.corrected_at, o.id LIMIT :neighbours
                ) AS o
                UNION ALL
                (
                    SELECT 1 + CAST(:neighbours AS int), true, o.* FROM orders AS o
                    WHERE o.rep_id = stretch.rep_id AND o.business_date = stretch.business_date
                        AND o.corrected_at < (SELECT latest FROM bound)
                        AND (o.corrected_at, o.id) > (stretch.last_at, stretch.last_order)
                        AND o.business_date BETWEEN :first AND :last
                    ORDER BY o.corrected_at, o.id OFFSET :neighbours LIMIT :most_orders
                )
                UNION ALL
                SELECT 0, NULL, o.* FROM (
                    SELECT o.* FROM orders AS o
                    WHERE o.rep_id = stretch.rep_id AND o.business_date = stretch.business_date
                        AND o.business_date BETWEEN :first AND :last AND stretch.first_visited IS NOT NULL
                    ORDER BY o.corrected_at, o.id LIMIT :most_orders
                ) AS o
                WHERE o.outlet_id = ANY(stretch.first_visited) AND o.id <> ALL(CAST(:new AS uuid[]))
            ) AS o
        ) AS around
    )
    SELECT found.*, outlet.code AS outlet_code, place.lat AS outlet_lat, place.lon AS outlet_lon,
        CASE WHEN found.kind = 'order' THEN (
            SELECT true FROM check_ins AS c
            WHERE c.outlet_id = found.outlet_id AND c.business_date = found.business_date AND c.rep_id = found.rep_id
                AND c.business_date BETWEEN :first AND :last LIMIT 1
        ) END AS visited
    FROM found JOIN outlets AS outlet ON outlet.id = found.outlet_id
    LEFT JOIN outlet_locations AS place ON place.outlet_id = outlet.id AND place.version = outlet.location_version
""")
)


async def around(session: AsyncSession, events_by_rep: Mapping[int, Collection[FieldEvent]]) -> Neighbourhood:
    """What was recorded around new events that were just recorded, by rep: in stretches of a day.

    One statement; a second one where much lies between the events of a day.
    """
    days: dict[tuple[int, date], list[FieldEvent]] = {}
    for rep_id, events in events_by_rep.items():
        for event in sorted(events, key=moment):
            days.setdefault((rep_id, event.business_date), []).append(event)
    new = [event.id for of_day in days.values() for event in of_day]
    surroundings = await _look_up(session, [Stretch(*key, of_day) for key, of_day in days.items()], new)
    crowded = [stretch for stretch in surroundings.stretches if stretch.crowded]
    if crowded:
        alone = [
            Stretch(stretch.rep_id, stretch.business_date, [event]) for stretch in crowded for event in stretch.events
        ]
        single = await _look_up(session, alone, new)
        surroundings.stretches = [
            stretch for stretch in surroundings.stretches if not stretch.crowded
        ] + single.stretches
        surroundings.positions |= single.positions
        surroundings.visited |= single.visited
    return surroundings


async def _look_up(session: AsyncSession, stretches: list[Stretch], new: list[UUID]) -> Neighbourhood:
    surroundings = Neighbourhood(stretches)
    for row in await _AROUND.rows(session, _parameters(stretches, new)):
        stretch, event = stretches[row["number"]], event_of(row)
        if row["touched"] is None:
            stretch.elsewhere.append(event)
        else:
            stretch.around.append(event)
            if event.kind == "check_in" and row["near"]:
                stretch.places[event.id] = row["near"]
            if row["touched"]:
                stretch.touched.add(event.id)
            if row["near"] == NEIGHBOURS:
                stretch.ends.append(event)
        if row["outlet_lat"] is not None:
            surroundings.positions[event.outlet_id] = (row["outlet_lat"], row["outlet_lon"])
        if row["visited"]:
            surroundings.visited.add((stretch.rep_id, event.outlet_id, event.business_date))
    for stretch in stretches:
        stretch.crowded = is_crowded(stretch.events, stretch.around)
    return surroundings


def _parameters(stretches: Sequence[Stretch], new: list[UUID]) -> dict[str, Any]:
    days = [stretch.business_date for stretch in stretches]
    visits = [
        (number, outlet_id)
        for number, stretch in enumerate(stretches)
        for outlet_id in {event.outlet_id for event in stretch.events if event.kind == "check_in"}
    ]
    return {
        "numbers": list(range(len(stretches))),
        "rep_ids": [stretch.rep_id for stretch in stretches],
        "days": days,
        "first": min(days),
        "last": max(days),
        "moves": [any(event.kind == "check_in" for event in stretch.events) for stretch in stretches],
        **bounds_of([stretch.events for stretch in stretches]),
        "visit_numbers": [number for number, _ in visits],
        "visit_outlets": [outlet_id for _, outlet_id in visits],
        "new": new,
        "bands": _BANDS,
        "lat_bands": sorted(
            {
                band + beside
                for stretch in stretches
                for event in stretch.events
                if event.kind == "check_in" and event.lat is not None
                for band in (floor(event.lat * _BANDS),)
                for beside in (-1.0, 0.0, 1.0)
            }
        ),
        "neighbours": NEIGHBOURS,
        "presence_check_ins": PRESENCE_CHECK_INS,
        "presence_lasts": PRESENCE_LASTS,
        "presence_ends": PRESENCE_LASTS + timedelta.resolution,
        "in_sight": max(ON_THE_SPOT, PRESENCE_CHECK_INS + NEIGHBOURS),
        "most_orders": FIRST_ORDERS,
        "within": WITHIN,
    }
