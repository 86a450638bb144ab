"""From tokens' subjects to Callers, as the database has them now."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller, CallerKind
from app.masters.identity import queries

Named = tuple[CallerKind, str]
"""A caller as its token names it: kind and subject."""


async def find_callers(session: AsyncSession, named: Collection[Named]) -> dict[Named, Caller]:
    """The callers as they stand now, by one statement for each kind; no entry for one unknown, inactive or revoked."""
    users = [int(subject) for kind, subject in named if kind is CallerKind.USER]
    clients = [UUID(subject) for kind, subject in named if kind is CallerKind.CLIENT]
    devices = [UUID(subject) for kind, subject in named if kind is CallerKind.DEVICE]
    found: list[Caller] = []
    if users:
        found += (await queries.user_callers(session, users)).values()
    if clients:
        found += (await queries.client_callers(session, clients)).values()
    if devices:
        found += (await queries.device_callers(session, devices)).values()
    return {(caller.kind, caller.subject): caller for caller in found}


async def find_caller(session: AsyncSession, kind: CallerKind, subject: str) -> Caller | None:
    """One caller as it stands now; None where it is unknown, inactive or revoked."""
    return (await find_callers(session, [(kind, subject)])).get((kind, subject))
