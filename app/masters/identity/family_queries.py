"""The SQL of refresh families: one login each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import records_of
from app.masters.identity.models import Device, RefreshFamily, User
from app.masters.territories.models import Rep

# Whoever holds a row of these is using it, or ends it: the use is written then, or need not be.
_NOTE_USES = text("""
    WITH uses AS (
        SELECT family.id, used.at
        FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS used (id, at)
        JOIN refresh_families AS family USING (id)
        WHERE family.last_used_at <= used.at - CAST(:every AS interval)
        FOR NO KEY UPDATE OF family SKIP LOCKED
    )
    UPDATE refresh_families AS family SET last_used_at = uses.at FROM uses WHERE family.id = uses.id
""")


@dataclass(frozen=True, slots=True)
class LoginOwner:
    """Whose a login is: a user's name or a device's rep's code. `territory_id`: of the device's rep."""

    name: str
    device_id: str | None = None
    territory_id: int | None = None


async def owner_of(session: AsyncSession, family: RefreshFamily) -> LoginOwner:
    """Whose a login is."""
    if family.device_id is None:
        name = await session.scalar(select(User.username).where(User.id == family.user_id))
        return LoginOwner(name or "")
    row = (
        await session.execute(
            select(Rep.code, Rep.territory_id)
            .join(Device, Device.rep_id == Rep.id)
            .where(Device.id == family.device_id)
        )
    ).one()
    return LoginOwner(row.code, str(family.device_id), row.territory_id)


async def lock_family(session: AsyncSession, family_id: UUID) -> RefreshFamily | None:
    """A refresh family, held until the transaction ends."""
    return await session.scalar(select(RefreshFamily).where(RefreshFamily.id == family_id).with_for_update())


async def revoke_families(
    session: AsyncSession,
    because: str,
    at: datetime,
    *,
    user_id: int | None = None,
    device_id: UUID | None = None,
    but: UUID | None = None,
) -> None:
    """End every login of a user or of a device, but for one."""
    owner = RefreshFamily.user_id == user_id if user_id is not None else RefreshFamily.device_id == device_id
    if but is not None:
        owner &= RefreshFamily.id != but
    await session.execute(
        update(RefreshFamily)
        .where(owner, RefreshFamily.revoked_at.is_(None))
        .values(revoked_at=at, revoked_because=because)
    )


@dataclass(frozen=True, slots=True)
class ListedLogin:
    """A login of a user that stands. `last_used_at`: some minutes behind."""

    id: UUID
    door: str
    user_agent: str | None
    by_provider: bool
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


async def logins_page(
    session: AsyncSession, user_id: int, at: datetime, after: Sequence[object] | None, limit: int
) -> list[ListedLogin]:
    """A user's logins that stand, the newest first, one more than `limit`. `after`: when one was opened, and its id."""
    key = (RefreshFamily.created_at, RefreshFamily.id)
    statement = (
        select(
            RefreshFamily.id,
            RefreshFamily.door,
            RefreshFamily.user_agent,
            RefreshFamily.by_provider,
            RefreshFamily.created_at,
            RefreshFamily.last_used_at,
            RefreshFamily.expires_at,
        )
        .where(RefreshFamily.user_id == user_id, RefreshFamily.revoked_at.is_(None), RefreshFamily.expires_at > at)
        .order_by(*(column.desc() for column in key))
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(tuple_(*key) < tuple(after))
    return records_of(ListedLogin, await session.execute(statement))


async def lock_login(session: AsyncSession, user_id: int, login_id: UUID) -> RefreshFamily | None:
    """A user's login, held until the transaction ends."""
    statement = select(RefreshFamily).where(RefreshFamily.id == login_id, RefreshFamily.user_id == user_id)
    return await session.scalar(statement.with_for_update())


async def note_uses(session: AsyncSession, uses: Mapping[UUID, datetime], every: timedelta) -> None:
    """Write when users' logins were used last, but for those where it was written within `every`. One statement."""
    parameters = {"ids": list(uses), "moments": list(uses.values()), "every": every}
    await session.execute(_NOTE_USES, parameters)


async def delete_families(session: AsyncSession, at: datetime, keep_revoked: timedelta) -> int:
    """Delete families that have expired, and those that were revoked longer ago than `keep_revoked`."""
    over = or_(RefreshFamily.expires_at <= at, RefreshFamily.revoked_at <= at - keep_revoked)
    return cast("CursorResult[Any]", await session.execute(delete(RefreshFamily).where(over))).rowcount
