"""Where outlets and reps belonged, and whether they were active, at which time: by the audit trail (decision 41)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit import service as audit
from app.ground.audit.service import AuditKind, PastMembers
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

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
class Places:
    """The spells of outlets and of reps."""

    outlets: Collection[Spell]
    reps: Collection[Spell]


async def places_since(session: AsyncSession, since: datetime) -> Places:
    """Every spell of those that have changed since an instant, the first one from ever on.

    One statement where nothing has changed, else four.
    """
    history = await audit.past_places(session, (AuditKind.OUTLET, AuditKind.REP), since)
    if not history:
        return Places((), ())
    rows = await session.execute(select(Territory.code, Territory.id))
    territories = {row.code: row.id for row in rows}
    return Places(
        await _spells(session, Outlet, _of(AuditKind.OUTLET, history), territories),
        await _spells(session, Rep, _of(AuditKind.REP, history), territories),
    )


def _of(kind: AuditKind, history: Mapping[tuple[AuditKind, str], PastMembers]) -> dict[str, PastMembers]:
    return {code: changes for (of, code), changes in history.items() if of is kind}


async def _spells(
    session: AsyncSession,
    table: type[Outlet | Rep],
    history: Mapping[str, PastMembers],
    territories: Mapping[str, int],
) -> list[Spell]:
    query = select(table.id, table.code, table.active, table.territory_id).where(table.code.in_(history))
    rows = await session.execute(query)
    return [
        spell
        for row in rows
        for spell in _spells_of(
            Spell(row.id, EVER, NEVER, row.active, row.territory_id), history.get(row.code, ()), territories
        )
    ]


def _spells_of(present: Spell, changes: PastMembers, territories: Mapping[str, int]) -> Iterable[Spell]:
    """The spells of one master, the last first: each change tells what was before it."""
    active, territory_id = present.active, present.territory_id
    moments = [EVER, *(at for at, _ in changes), NEVER]
    befores = [before for _, before in changes]
    for (begin, end), before in zip(reversed(list(pairwise(moments))), [*reversed(befores), None], strict=True):
        yield Spell(present.id, begin, end, active, territory_id)
        if before is not None:
            active = before.get("active", active)
            territory_id = territories.get(before.get("territory_code", ""), territory_id)
