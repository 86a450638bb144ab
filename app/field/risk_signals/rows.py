"""Recorded check-ins and orders as the rules look at them."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.signals import FieldEvent
from app.ground.db.statements import DirectStatement, maker_of

event_of = maker_of(FieldEvent)
"""The event of a row that has its columns; the code of its outlet comes from beside it."""

_BY_ID = DirectStatement(
    text("""
    SELECT event.*, outlet.code AS outlet_code
    FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS asked (event_id, day)
    CROSS JOIN LATERAL (
        SELECT c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date,
            c.captured_at, c.corrected_at, c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m,
            c.fix_at, c.mock, c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict,
            c.distance_m, c.kind = 'arrival' AS arrival
        FROM check_ins AS c
        WHERE c.business_date = asked.day AND c.id = asked.event_id AND c.business_date BETWEEN :first AND :last
        UNION ALL
        SELECT o.rep_id, o.id, 'order' AS kind, o.outlet_id, o.business_date,
            o.captured_at, o.corrected_at, o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m,
            o.fix_at, o.mock, o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict,
            o.distance_m, false AS arrival
        FROM orders AS o
        WHERE o.business_date = asked.day AND o.id = asked.event_id AND o.business_date BETWEEN :first AND :last
        OFFSET 0
    ) AS event
    JOIN outlets AS outlet ON outlet.id = event.outlet_id
""")
)


async def events_by_id(session: AsyncSession, days: Mapping[UUID, date]) -> dict[UUID, FieldEvent]:
    """Check-ins and orders by id; `days`: their business dates. One statement, none for none."""
    if not days:
        return {}
    dates = list(days.values())
    rows = await _BY_ID.rows(session, {"ids": list(days), "days": dates, "first": min(dates), "last": max(dates)})
    return {row["id"]: event_of(row) for row in rows}
