"""The events of a rep's days, as the rules look at them: one statement each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.direct import DirectStatement
from app.orders.rules import Channel
from app.risk_signals.rules import REPEATED_WITHIN_DAYS
from app.risk_signals.signals import FieldEvent, Position

_CHECK_INS_OF_DAYS = DirectStatement(
    text("""
    SELECT c.id, 'check_in', c.outlet_id, outlet.code, c.business_date, c.captured_at, c.corrected_at, c.trusted,
        c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock, c.device_id
    FROM check_ins AS c
    JOIN outlets AS outlet ON outlet.id = c.outlet_id
    WHERE c.rep_id = :rep_id AND c.business_date BETWEEN :first AND :last
        AND c.business_date = ANY(CAST(:days AS date[]))
""")
)

# What `remote_orders` looks at for one order: any check-in at its outlet, and the nearest before and after it.
_CHECK_INS_AROUND = DirectStatement(
    text("""
    WITH of_day AS MATERIALIZED (
        SELECT id, outlet_id, business_date, captured_at, corrected_at, trusted, clock_changed, lat, lon, accuracy_m,
            fix_at, mock, device_id
        FROM check_ins WHERE rep_id = :rep_id AND business_date = :day
    ), around AS (
        (SELECT * FROM of_day WHERE outlet_id = :outlet_id LIMIT 1)
        UNION ALL
        (SELECT * FROM of_day WHERE corrected_at <= :at AND lat IS NOT NULL ORDER BY corrected_at DESC, id LIMIT 1)
        UNION ALL
        (SELECT * FROM of_day WHERE corrected_at > :at AND lat IS NOT NULL ORDER BY corrected_at, id LIMIT 1)
    )
    SELECT around.id, 'check_in', around.outlet_id, outlet.code, around.business_date, around.captured_at,
        around.corrected_at, around.trusted, around.clock_changed, around.lat, around.lon, around.accuracy_m,
        around.fix_at, around.mock, around.device_id
    FROM around JOIN outlets AS outlet ON outlet.id = around.outlet_id
""")
)

# `twin_days`: the other days on which one of the given fixes stands, found for check-ins in the index alone.
_EVENTS = DirectStatement(
    text("""
    WITH fix AS (
        SELECT lat, lon FROM unnest(CAST(:lats AS float8[]), CAST(:lons AS float8[])) AS given (lat, lon)
    ), twin_days AS MATERIALIZED (
        SELECT c.business_date FROM check_ins AS c JOIN fix USING (lat, lon)
        WHERE c.rep_id = :rep_id AND c.business_date BETWEEN :window_first AND :window_last
        UNION
        SELECT o.business_date FROM orders AS o JOIN fix USING (lat, lon)
        WHERE o.rep_id = :rep_id AND o.business_date BETWEEN :window_first AND :window_last
    ), event AS (
        SELECT c.id, 'check_in' AS kind, c.outlet_id, c.business_date, c.captured_at, c.corrected_at, c.trusted,
            c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock, c.device_id
        FROM check_ins AS c
        WHERE c.rep_id = :rep_id AND c.business_date BETWEEN :first AND :last
            AND c.business_date = ANY(CAST(:days AS date[]))
        UNION ALL
        SELECT o.id, 'order', o.outlet_id, o.business_date, o.captured_at, o.corrected_at, o.trusted,
            o.clock_changed, o.lat, o.lon, o.accuracy_m, o.fix_at, o.mock, o.device_id
        FROM orders AS o
        WHERE o.rep_id = :rep_id AND o.channel = :channel AND o.business_date BETWEEN :first AND :last
            AND o.business_date = ANY(CAST(:days AS date[]))
        UNION ALL
        SELECT c.id, 'check_in', c.outlet_id, c.business_date, c.captured_at, c.corrected_at, c.trusted,
            c.clock_changed, c.lat, c.lon, c.accuracy_m, c.fix_at, c.mock, c.device_id
        FROM twin_days JOIN check_ins AS c USING (business_date) JOIN fix USING (lat, lon)
        WHERE c.rep_id = :rep_id AND c.business_date BETWEEN :window_first AND :window_last
            AND c.business_date <> ALL(CAST(:days AS date[]))
        UNION ALL
        SELECT o.id, 'order', o.outlet_id, o.business_date, o.captured_at, o.corrected_at, o.trusted,
            o.clock_changed, o.lat, o.lon, o.accuracy_m, o.fix_at, o.mock, o.device_id
        FROM twin_days JOIN orders AS o USING (business_date) JOIN fix USING (lat, lon)
        WHERE o.rep_id = :rep_id AND o.channel = :channel AND o.business_date BETWEEN :window_first AND :window_last
            AND o.business_date <> ALL(CAST(:days AS date[]))
    )
    SELECT event.id, event.kind, event.outlet_id, outlet.code, event.business_date, event.captured_at,
        event.corrected_at, event.trusted, event.clock_changed, event.lat, event.lon, event.accuracy_m, event.fix_at,
        event.mock, event.device_id, place.lat, place.lon
    FROM event
    JOIN outlets AS outlet ON outlet.id = event.outlet_id
    LEFT JOIN outlet_locations AS place ON place.outlet_id = outlet.id AND place.version = outlet.location_version
""")
)


@dataclass(frozen=True, slots=True)
class FieldDays:
    """All events of the days asked for, the other events that share a given fix, and where the outlets are."""

    of_days: Sequence[FieldEvent]
    twins: Sequence[FieldEvent]
    positions: dict[int, Position]


async def check_ins_of_days(session: AsyncSession, rep_id: int, days: Collection[date]) -> list[FieldEvent]:
    """The check-ins of a rep's days."""
    rows = await _CHECK_INS_OF_DAYS.rows(session, {"rep_id": rep_id, **_between(days)})
    return [FieldEvent(*_event(row)) for row in rows]


async def check_ins_around(session: AsyncSession, rep_id: int, order: FieldEvent) -> list[FieldEvent]:
    """Those of the day's check-ins that decide whether an order without a fix is remote: three at the most."""
    parameters = {
        "rep_id": rep_id,
        "day": order.business_date,
        "outlet_id": order.outlet_id,
        "at": order.corrected_at,
    }
    return [FieldEvent(*_event(row)) for row in await _CHECK_INS_AROUND.rows(session, parameters)]


async def field_days(
    session: AsyncSession, rep_id: int, days: Collection[date], fixes: Collection[Position]
) -> FieldDays:
    """The check-ins and handheld orders of a rep's days.

    And, from 30 days before the first of them to 30 days after the last, all that have one of `fixes` exactly.
    """
    rows = await _EVENTS.rows(
        session,
        {
            "rep_id": rep_id,
            "channel": Channel.HANDHELD.value,
            "lats": [lat for lat, _ in fixes],
            "lons": [lon for _, lon in fixes],
            "window_first": min(days) - timedelta(days=REPEATED_WITHIN_DAYS),
            "window_last": max(days) + timedelta(days=REPEATED_WITHIN_DAYS),
            **_between(days),
        },
    )
    found = [(FieldEvent(*_event(row)), row[15], row[16]) for row in rows]
    return FieldDays(
        [event for event, _, _ in found if event.business_date in days],
        [event for event, _, _ in found if (event.lat, event.lon) in fixes],
        {event.outlet_id: (lat, lon) for event, lat, lon in found if lat is not None},
    )


def _between(days: Collection[date]) -> dict[str, Any]:
    # the bounds beside the list: they are what keeps PostgreSQL out of the other months
    return {"days": list(days), "first": min(days), "last": max(days)}


def _event(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(row[:15])
