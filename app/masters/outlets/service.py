"""Use cases of outlets. One statement each: nearly all are on the way of every upload."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, Values, earlier_members, record
from app.masters.outlets import inserts, queries
from app.masters.outlets.listings import outlets_like
from app.masters.outlets.rules import FieldOutlet, MustStock
from app.masters.outlets.upserts import upsert_outlets
from app.masters.territories.calendar import TerritoryFacts
from app.masters.territories.service import territories_by_code

__all__ = [
    "FieldOutlet",
    "MustStock",
    "assign",
    "departures",
    "exceptions",
    "outlets_as_agreed",
    "outlets_as_of",
    "outlets_by_code",
    "outlets_by_id",
    "outlets_like",
    "territories_that_took_over",
    "upsert_outlets",
]

NO_TERMS = {
    "order_due_time": None,
    "must_stock": (),
    "min_order_value": None,
    "credit_hold": False,
    "terms_valid_from": None,
}
"""What a `FieldOutlet` has that has agreed on nothing."""


async def outlets_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, FieldOutlet]:
    """Those of the outlets that exist, active or not, by one statement."""
    return {outlet.code: outlet for outlet in await queries.field_outlets_by_code(session, codes)}


async def outlets_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, FieldOutlet]:
    """Those of the outlets that exist, active or not, by one statement."""
    return {outlet.id: outlet for outlet in await queries.field_outlets_by_id(session, ids)}


async def language_of(session: AsyncSession, outlet_id: int) -> str:
    """The language in which an outlet is written to: its own, or its territory's."""
    return await queries.language_of(session, outlet_id)


async def outlets_as_agreed(
    session: AsyncSession, moments: Collection[tuple[FieldOutlet, datetime]]
) -> dict[tuple[str, datetime], FieldOutlet]:
    """Outlets with the terms that held at moments, by code and moment (M1); only those whose terms were others then.

    One statement, and none where all moments lie within the present terms.
    """
    earlier = {
        (outlet.id, at): outlet
        for outlet, at in moments
        if outlet.terms_valid_from is not None and at < outlet.terms_valid_from
    }
    if not earlier:
        return {}
    terms = await queries.terms_at(session, earlier)
    return {
        (outlet.code, at): replace(outlet, **terms.get((outlet.id, at), NO_TERMS))
        for (_, at), outlet in earlier.items()
    }


async def outlets_as_of(
    session: AsyncSession, moments: Collection[tuple[FieldOutlet, datetime]]
) -> dict[tuple[str, datetime], FieldOutlet | None]:
    """Outlets as they were at moments, by code and moment: name, territory, active, trade channel and terms (M1), a
    credit hold among them; where they are is as it stands.

    Only those that were otherwise then: one that is not in the answer was as given. None: it was not made yet. By the
    audit trail, which begins when Fieldproof was upgraded to it: what was changed before that is as it stands. At most
    three statements, whatever the number; meant for what has to be judged anew, not for the way of every order.
    """
    agreed = await outlets_as_agreed(session, moments)
    outlets = {(outlet.code, at): outlet for outlet, at in moments}
    members = await earlier_members(session, AuditKind.OUTLET, outlets)
    codes = {row["territory_code"] for row in members.values() if row and "territory_code" in row}
    territories = await territories_by_code(session, codes) if codes else {}
    earlier: dict[tuple[str, datetime], FieldOutlet | None] = dict(agreed)
    for moment, row in members.items():
        earlier[moment] = None if row is None else _as_of(agreed.get(moment, outlets[moment]), row, territories)
    return earlier


def _as_of(outlet: FieldOutlet, members: Values, territories: Mapping[str, TerritoryFacts]) -> FieldOutlet:
    """The outlet with the members that it had."""
    territory = territories.get(members.get("territory_code", ""))
    return replace(
        outlet,
        name=members.get("name", outlet.name),
        active=members.get("active", outlet.active),
        trade_channel=members.get("channel", outlet.trade_channel),
        territory_id=outlet.territory_id if territory is None else territory.id,
    )


async def assign(session: AsyncSession, rep_ids: Mapping[int, int], at: datetime, author: ChangeAuthor) -> None:
    """Let reps look after outlets (rep id by outlet id) as if somebody had put them so; at most three statements.

    What is theirs already stays as it is, version and all.
    """
    changes = [
        Change(AuditKind.OUTLET, code, {"rep_code": before}, {"rep_code": after})
        for code, before, after in await inserts.assign(session, rep_ids, at)
    ]
    await record(session, changes, author, at)


async def departures(session: AsyncSession, territory_id: int, since: int) -> list[str]:
    """The codes of the outlets that left a territory in a transaction from `since` on, and have not come back.

    By one statement.
    """
    return await queries.departures(session, territory_id, since)


async def territories_that_took_over(session: AsyncSession, territory_id: int) -> list[int]:
    """The ids of the territories to which outlets of this one have gone and still belong, by one statement.

    What is recorded for such an outlet is recorded under its present territory, its visits of the day stay where they
    were planned.
    """
    return await queries.territories_that_took_over(session, territory_id)


async def has_taken_over(session: AsyncSession, territory_id: int) -> bool:
    """Whether a territory has outlets that once left another one, by one statement."""
    return await queries.has_taken_over(session, territory_id)


async def exceptions(session: AsyncSession, territory_id: int) -> dict[int, int | None]:
    """Which outlets of a territory are not, or have not always been, active and its own: by one statement.

    By outlet id where each belongs now, None where it is closed. Every other outlet that it ever had in plan is active,
    in this territory, and never was in another since.
    """
    return await queries.exceptions(session, territory_id)
