"""All SQL of identity."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.models import Client, Device, User, UserTerritory
from app.territories.models import Rep
from app.web.access import Caller, CallerKind, Role


async def user_caller(session: AsyncSession, user_id: int) -> Caller | None:
    """An active member of staff with the territories that it works for (all of them for an admin)."""
    territories = select(func.array_agg(UserTerritory.territory_id)).where(UserTerritory.user_id == User.id)
    row = (
        await session.execute(
            select(User.username, User.role, territories.scalar_subquery()).where(User.id == user_id, User.active)
        )
    ).one_or_none()
    if row is None:
        return None
    username, role, territory_ids = row
    return Caller(
        kind=CallerKind.USER,
        subject=str(user_id),
        name=username,
        role=Role(role),
        user_id=user_id,
        territory_ids=None if role == Role.ADMIN else frozenset(territory_ids or ()),
    )


async def client_caller(session: AsyncSession, client_id: UUID) -> Caller | None:
    """An active integration client with its scopes; it sees every territory."""
    client = await session.get(Client, client_id)
    if client is None or not client.active:
        return None
    return Caller(
        kind=CallerKind.CLIENT,
        subject=str(client_id),
        name=client.name,
        territory_ids=None,
        scopes=frozenset(client.scopes),
    )


async def device_caller(session: AsyncSession, device_id: UUID) -> Caller | None:
    """A device that is not revoked, of a rep who is active."""
    row = (
        await session.execute(
            select(Rep.id, Rep.code, Rep.territory_id)
            .join(Device, Device.rep_id == Rep.id)
            .where(Device.id == device_id, Device.revoked_at.is_(None), Rep.active)
        )
    ).one_or_none()
    if row is None:
        return None
    return Caller(
        kind=CallerKind.DEVICE,
        subject=str(device_id),
        name=row.code,
        device_id=device_id,
        rep_id=row.id,
        rep_code=row.code,
        territory_ids=frozenset({row.territory_id}),
    )
