"""When a rep's handhelds were in use on a day, from the sums that are kept with each upload (`watermarks`)."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.rules.two_devices import DeviceSpan
from app.ground.db.statements import DirectStatement, maker_of

_SPANS = DirectStatement(
    text("""
    SELECT kept.rep_id, kept.business_date, kept.device_id, kept.timed_events AS events, kept.first_at, kept.first_id,
        kept.last_at, kept.last_id
    FROM unnest(CAST(:rep_ids AS int[]), CAST(:days AS date[])) AS asked (rep_id, business_date)
    JOIN device_days AS kept ON kept.rep_id = asked.rep_id AND kept.business_date = asked.business_date
    WHERE kept.timed_events > 0
""")
)


_span_of = maker_of(DeviceSpan)


async def device_spans(
    session: AsyncSession, days: Collection[tuple[int, date]]
) -> dict[int, dict[date, list[DeviceSpan]]]:
    """By rep: the spans of the handhelds on each business date that is asked for. One statement."""
    parameters = {"rep_ids": [rep_id for rep_id, _ in days], "days": [day for _, day in days]}
    spans: dict[int, dict[date, list[DeviceSpan]]] = {}
    for row in await _SPANS.rows(session, parameters):
        spans.setdefault(row["rep_id"], {}).setdefault(row["business_date"], []).append(_span_of(row))
    return spans
