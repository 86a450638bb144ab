"""Which planned visits count: not those of a day off, of an outlet that was closed, or of a rep who had left (C7).

All as of the day's cutoff, by the audit trail: what rep and outlet are today says nothing about last month. A rep who
belonged to another territory than the outlet could not have ordered there either (decision 19). A day is judged alike
whatever period and territories it is asked with: what has not changed since its cutoff was as it is now.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ARRAY, Boolean, DateTime, Integer, cast, column, func, literal
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.places import Places, Spell, places_since

BEFORE_ANY_CUTOFF = timedelta(days=1)
"""No day begins, anywhere, as long before its date does by UTC."""


async def places_then(session: AsyncSession, first: date) -> Places:
    """The outlets and reps that were otherwise at some time since `first` began. At most four statements."""
    return await places_since(session, datetime.combine(first, time(), UTC) - BEFORE_ANY_CUTOFF)


def relation(spells: Collection[Spell], name: str) -> Any:
    """Spells as a table of id, begin, end, active and territory."""
    instants = ARRAY(DateTime(timezone=True))
    columns: list[tuple[str, Any, list[Any]]] = [
        ("id", ARRAY(Integer), [spell.id for spell in spells]),
        ("begin_at", instants, [spell.begin for spell in spells]),
        ("end_at", instants, [spell.end for spell in spells]),
        ("active", ARRAY(Boolean), [spell.active for spell in spells]),
        ("territory_id", ARRAY(Integer), [spell.territory_id for spell in spells]),
    ]
    return (
        func.unnest(*(cast(literal(values, type_), type_) for _, type_, values in columns))
        .table_valued(*(column(called, type_.item_type) for called, type_, _ in columns), name=name)
        .render_derived()
    )
