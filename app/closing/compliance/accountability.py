"""Which planned visits count: not those of a day off, of an outlet that was closed, or of a rep who had left (C7).

All as of the day's cutoff, by the audit trail: what rep and outlet are today says nothing about last month. A rep who
belonged to another territory than the outlet could not have ordered there either (decision 19).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, DateTime, Integer, cast, column, func, literal
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.places import Spell, places_since

LOOK_BACK = timedelta(days=62)
"""Plans are made a few weeks ahead: a change that lies longer back was known when the visit was planned."""


@dataclass(frozen=True, slots=True)
class Absences:
    """When outlets and reps were not active, and where those belonged that have changed hands."""

    closed_outlets: Collection[Spell]
    reps_who_left: Collection[Spell]
    moved_outlets: Collection[Spell]
    moved_reps: Collection[Spell]


async def absences(session: AsyncSession, territory_ids: Collection[int], first: date) -> Absences:
    """Of the outlets and reps that matter to these territories from `first` on. At most four statements."""
    since = datetime(first.year, first.month, first.day, tzinfo=UTC) - LOOK_BACK
    places = await places_since(session, since, territory_ids)
    return Absences(_inactive(places.outlets), _inactive(places.reps), _moved(places.outlets), _moved(places.reps))


def _inactive(spells: Iterable[Spell]) -> list[Spell]:
    return [spell for spell in spells if not spell.active]


def _moved(spells: Collection[Spell]) -> list[Spell]:
    homes: dict[int, set[int]] = {}
    for spell in spells:
        homes.setdefault(spell.id, set()).add(spell.territory_id)
    return [spell for spell in spells if len(homes[spell.id]) > 1]


def relation(spells: Collection[Spell], name: str) -> Any:
    """Spells as a table of id, begin, end and territory."""
    instants = ARRAY(DateTime(timezone=True))
    return (
        func.unnest(
            cast(literal([spell.id for spell in spells], ARRAY(Integer)), ARRAY(Integer)),
            cast(literal([spell.begin for spell in spells], instants), instants),
            cast(literal([spell.end for spell in spells], instants), instants),
            cast(literal([spell.territory_id for spell in spells], ARRAY(Integer)), ARRAY(Integer)),
        )
        .table_valued(
            column("id", Integer),
            column("begin_at", DateTime(timezone=True)),
            column("end_at", DateTime(timezone=True)),
            column("territory_id", Integer),
            name=name,
        )
        .render_derived()
    )
