"""Outlets and reps as they were at a cutoff: a day that is closed late goes by what held then (C6, decision 19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import finality_queries
from app.closing.cutoff.rules import ClosingDay
from app.ground.audit import service as audit
from app.ground.audit.service import AuditKind, Values
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.motivation.points.rules import PROVISIONAL_FOR

_MEMBERS = ("active", "territory_code")


@dataclass(frozen=True, slots=True)
class MastersThen:
    """Those that were otherwise at an instant: whether they were active, and in which territory, by their ids."""

    outlets: Mapping[int, tuple[bool, int]]
    reps: Mapping[int, tuple[bool, int]]

    def parameters(self) -> dict[str, Any]:
        """As arrays, for statements."""
        arrays: dict[str, Any] = {}
        for name, masters in (("outlet", self.outlets), ("rep", self.reps)):
            arrays[f"{name}_ids_then"] = list(masters)
            arrays[f"{name}_actives_then"] = [active for active, _ in masters.values()]
            arrays[f"{name}_territories_then"] = [territory_id for _, territory_id in masters.values()]
        return arrays


async def masters_then(session: AsyncSession, at: datetime) -> MastersThen:
    """What was otherwise at an instant, by the audit trail: one statement where nothing was, else four."""
    changes = await audit.past_members(session, (AuditKind.OUTLET, AuditKind.REP), _MEMBERS, at)
    members = {record: audit.earlier(before for _, before in of_record) or {} for record, of_record in changes.items()}
    if not members:
        return MastersThen({}, {})
    rows = await session.execute(select(Territory.code, Territory.id))
    territories = {row.code: row.id for row in rows}
    return MastersThen(
        await _states(session, Outlet, _of(AuditKind.OUTLET, members), territories),
        await _states(session, Rep, _of(AuditKind.REP, members), territories),
    )


def _of(kind: AuditKind, members: Mapping[tuple[AuditKind, str], Values]) -> dict[str, Values]:
    return {code: values for (of, code), values in members.items() if of is kind}


async def _states(
    session: AsyncSession, table: type[Outlet | Rep], members: Mapping[str, Values], territories: Mapping[str, int]
) -> dict[int, tuple[bool, int]]:
    rows = await session.execute(
        select(table.code, table.id, table.active, table.territory_id).where(table.code.in_(members))
    )
    return {
        row.id: (
            members[row.code].get("active", row.active),
            territories.get(members[row.code].get("territory_code", ""), row.territory_id),
        )
        for row in rows
    }


async def closing_day(
    session: AsyncSession, territory_id: int, business_date: date, as_of: datetime, at: datetime
) -> ClosingDay:
    """What a territory's day is judged by as of an instant, its cutoff or earlier; `at` is now. Two statements, as a
    rule.
    """
    synced = await finality_queries.synced_reps(session, territory_id, as_of)
    then = await masters_then(session, as_of)
    return ClosingDay(
        territory_id, business_date, as_of, at <= as_of + PROVISIONAL_FOR, then.parameters(), tuple(synced)
    )
