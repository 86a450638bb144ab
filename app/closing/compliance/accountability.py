"""Which planned visits count: not those of a day off, of an outlet that was closed, or of a rep who had left (C7).

All as of the day's cutoff, by the audit trail: what rep and outlet are today says nothing about last month. A rep who
belonged to another territory than the outlet could not have ordered there either (decision 19).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ARRAY, DateTime, Integer, cast, column, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit import service as audit
from app.ground.audit.service import AuditKind, PastMembers
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

_MEMBERS = ("active", "territory_code")
LOOK_BACK = timedelta(days=62)
"""Plans are made a few weeks ahead: a change that lies longer back was known when the visit was planned."""
EVER = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spell:
    """A time, its begin included and its end not, for which a master was in a state."""

    id: int
    begin: datetime
    end: datetime
    active: bool
    territory_id: int


@dataclass(frozen=True, slots=True)
class Absences:
    """When outlets and reps were not active, and where those belonged that have changed hands."""

    closed_outlets: Collection[Spell]
    reps_who_left: Collection[Spell]
    moved_outlets: Collection[Spell]
    moved_reps: Collection[Spell]


@dataclass(frozen=True, slots=True)
class _Master:
    id: int
    code: str
    active: bool
    territory_id: int


async def absences(session: AsyncSession, territory_ids: Collection[int], first: date) -> Absences:
    """Of the outlets and reps that matter to these territories from `first` on. At most five statements."""
    since = datetime(first.year, first.month, first.day, tzinfo=UTC) - LOOK_BACK
    history = await audit.past_members(session, (AuditKind.OUTLET, AuditKind.REP), _MEMBERS, since)
    territories: dict[str, int] = {}
    if history:
        rows = await session.execute(select(Territory.code, Territory.id))
        territories = {row.code: row.id for row in rows}
    outlets = await _spells(session, Outlet, AuditKind.OUTLET, history, territories, territory_ids)
    reps = await _spells(session, Rep, AuditKind.REP, history, territories, territory_ids)
    return Absences(_inactive(outlets), _inactive(reps), _moved(outlets), _moved(reps))


async def _spells(
    session: AsyncSession,
    table: type[Outlet | Rep],
    kind: AuditKind,
    history: Mapping[tuple[AuditKind, str], PastMembers],
    territories: Mapping[str, int],
    territory_ids: Collection[int],
) -> list[Spell]:
    """Every spell of the masters that have changed, or are not active."""
    codes = [code for of, code in history if of is kind]
    inactive = table.territory_id.in_(territory_ids) & ~table.active
    query = select(table.id, table.code, table.active, table.territory_id).where(inactive | table.code.in_(codes))
    masters = [_Master(row.id, row.code, row.active, row.territory_id) for row in await session.execute(query)]
    return [
        spell for master in masters for spell in _spells_of(master, history.get((kind, master.code), ()), territories)
    ]


def _spells_of(master: _Master, changes: PastMembers, territories: Mapping[str, int]) -> Iterable[Spell]:
    """The spells of one master, the last first: each change tells what was before it."""
    active, territory_id = master.active, master.territory_id
    moments = [EVER, *(at for at, _ in changes), NEVER]
    befores = [before for _, before in changes]
    for (begin, end), before in zip(reversed(list(pairwise(moments))), [*reversed(befores), None], strict=True):
        yield Spell(master.id, begin, end, active, territory_id)
        if before is not None:
            active = before.get("active", active)
            territory_id = territories.get(before.get("territory_code", ""), territory_id)


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
