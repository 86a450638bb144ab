"""Use cases of territories and reps. One statement each where it says so: uploads and cutoffs ask here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from sqlalchemy import ScalarSelect, Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, Values, earlier_members, record
from app.ground.db.upserts import Master, upsert_by_code
from app.ground.errors import FieldProblem, Forbidden
from app.ground.web.access import Caller, Role
from app.ground.web.bodies import said_in_turn
from app.ground.web.upserts import Batch, Upserted
from app.masters.territories import queries
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.errors import TerritoryNotFound
from app.masters.territories.models import Rep, Territory
from app.masters.territories.queries import calendar_that_was
from app.masters.territories.rules import (
    CalendarChange,
    CalendarStart,
    calendar_differs,
    past_calendar,
    rep_after,
    territory_after,
)
from app.masters.territories.schemas import RepBody, TerritoryBody

__all__ = [
    "RepFacts",
    "TerritoryFacts",
    "active_reps",
    "all_territory_facts",
    "calendar_that_was",
    "must_be_admin_for_today",
    "reps_as_of",
    "reps_by_code",
    "reps_by_id",
    "territories_by_code",
    "territory_changes",
    "territory_facts",
    "unknown_territory",
    "upsert_reps",
    "upsert_territories",
]

TERRITORIES = cast(Table, Territory.__table__)
REPS = cast(Table, Rep.__table__)


def must_be_admin_for_today(caller: Caller, effective: CalendarStart) -> None:
    """Raise Forbidden where anybody but an admin changes the calendar of a day that has begun (T6)."""
    if effective is CalendarStart.TODAY and caller.role is not Role.ADMIN:
        raise Forbidden(
            "Changing the calendar of today is for admins; without effective=today it holds from tomorrow on."
        )


async def upsert_territories(
    session: AsyncSession,
    rows: Sequence[tuple[str, TerritoryBody]],
    at: datetime,
    author: ChangeAuthor,
    effective: CalendarStart = CalendarStart.NEXT_DAY,
) -> list[Upserted]:
    """Make or change territories by code, by a fixed number of statements; each row's fate, in the order given.

    A calendar that changes holds from the next day on, or from today where that is said early enough (T6).
    """
    batch = Batch(rows)
    members = {code: said_in_turn(bodies) for code, bodies in batch.by_key().items()}
    existing = await territories_by_code(session, members)

    def after(before: Values | None, given: Values) -> Values | tuple[FieldProblem, ...]:
        territory = None if before is None else existing.get(before["code"])
        return territory_after(before, given, CalendarChange(at, territory, effective))

    masters = await upsert_by_code(session, TERRITORIES, members, at, after)
    past = [
        past_calendar(master.id, master.before, master.after)
        for master in masters.values()
        if isinstance(master, Master) and master.before is not None and calendar_differs(master.before, master.after)
    ]
    await queries.keep_calendars(session, past, at)
    changes = (
        Change(AuditKind.TERRITORY, code, master.before, master.after)
        for code, master in masters.items()
        if isinstance(master, Master)
    )
    await record(session, changes, author, at)
    batch.settle_masters(masters)
    return batch.outcomes()


async def upsert_reps(
    session: AsyncSession, rows: Sequence[tuple[str, RepBody]], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Make or change reps by code; a rep of an unknown territory is rejected. See `upsert_territories`."""
    batch = Batch(rows)
    codes = {body.territory_code for _, body in rows if body.territory_code is not None}
    territories = await territories_by_code(session, codes) if codes else {}
    for place, body in list(batch.waiting()):
        if body.territory_code is not None and body.territory_code not in territories:
            batch.reject(place, [unknown_territory()])
    members = {code: said_in_turn(bodies) for code, bodies in batch.by_key().items()}
    for row in members.values():
        if "territory_code" in row:
            territory_code = row.pop("territory_code")
            row["territory_id"] = territories[territory_code].id if territory_code is not None else None
    masters = await upsert_by_code(session, REPS, members, at, rep_after)
    await record(session, await _changes_of_reps(session, masters), author, at)
    batch.settle_masters(masters)
    return batch.outcomes()


async def _changes_of_reps(
    session: AsyncSession, masters: Mapping[str, Master | tuple[FieldProblem, ...]]
) -> list[Change]:
    """What reps become, each with the code of its territory."""
    reps = {code: master for code, master in masters.items() if isinstance(master, Master) and master.changed}
    states = [state for master in reps.values() for state in (master.before, master.after) if state is not None]
    territories = await territories_by_id(session, {state["territory_id"] for state in states}) if states else {}

    def told(state: Values) -> Values:
        members = {name: value for name, value in state.items() if name != "territory_id"}
        return members | {"territory_code": territories[state["territory_id"]].code}

    return [
        Change(AuditKind.REP, code, None if master.before is None else told(master.before), told(master.after))
        for code, master in reps.items()
    ]


def unknown_territory() -> FieldProblem:
    """What is wrong with a row whose territory does not exist."""
    return FieldProblem("/territory_code", "unknown_territory", "There is no such territory.")


async def territory_facts(session: AsyncSession, territory_id: int) -> TerritoryFacts:
    """One territory, by one statement. Raises TerritoryNotFound."""
    territories = await queries.territories_by_id(session, [territory_id])
    if not territories:
        raise TerritoryNotFound
    return territories[0]


async def territories_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, TerritoryFacts]:
    """Those of the territories that exist, by one statement."""
    return {territory.id: territory for territory in await queries.territories_by_id(session, list(ids))}


def territory_changes() -> ScalarSelect[Decimal]:
    """A number that is another one after any change of any territory, as a part of a statement."""
    return queries.changes()


async def all_territory_facts(session: AsyncSession) -> list[TerritoryFacts]:
    """Every territory, by id, by one statement."""
    return await queries.all_territories(session)


async def territories_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, TerritoryFacts]:
    """Those of the territories that exist, by one statement."""
    return {territory.code: territory for territory in await queries.territories_by_code(session, codes)}


async def reps_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, RepFacts]:
    """Those of the reps that exist, active or not, by one statement."""
    return {rep.code: rep for rep in await queries.reps_by_code(session, codes)}


async def reps_as_of(
    session: AsyncSession, moments: Collection[tuple[RepFacts, datetime]]
) -> dict[tuple[str, datetime], RepFacts | None]:
    """Reps as they were at moments, by code and moment: name, territory, active.

    Only those that were otherwise then: one that is not in the answer was as given. None: it was not made yet. By two
    statements at most, of the audit trail; see `outlets.service.outlets_as_of`.
    """
    given = {(rep.code, at): rep for rep, at in moments}
    members = await earlier_members(session, AuditKind.REP, given)
    codes = {row["territory_code"] for row in members.values() if row and "territory_code" in row}
    territories = await territories_by_code(session, codes) if codes else {}

    def as_of(rep: RepFacts, row: Values) -> RepFacts:
        territory = territories.get(row.get("territory_code", ""))
        territory_id = rep.territory_id if territory is None else territory.id
        name, active = row.get("name", rep.name), row.get("active", rep.active)
        return RepFacts(rep.id, rep.code, name, territory_id, active)

    return {moment: None if row is None else as_of(given[moment], row) for moment, row in members.items()}


async def active_reps(session: AsyncSession, territory_id: int) -> Sequence[RepFacts]:
    """The active reps of a territory, by code, by one statement."""
    return await queries.active_reps(session, territory_id)


async def reps_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, RepFacts]:
    """Those of the reps that exist, active or not, by one statement."""
    return {rep.id: rep for rep in await queries.reps_by_id(session, ids)}
