"""The SQL of users and integration clients."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.statements import record_of, records_of
from app.ground.web.access import Role
from app.masters.identity.models import Client, User, UserTerritory
from app.masters.identity.oidc_queries import state_of_user
from app.masters.identity.queries import HAS_SECOND_FACTOR
from app.masters.identity.rules import OIDC_ALLOWED_FOR
from app.masters.territories.models import Territory


async def territory_ids(session: AsyncSession, codes: Collection[str]) -> dict[str, int]:
    """Territories' ids by code, of those that exist."""
    rows = await session.execute(select(Territory.code, Territory.id).where(Territory.code.in_(set(codes))))
    return dict(rows.all())


async def territory_codes(session: AsyncSession, ids: Collection[int]) -> list[str]:
    """Territories' codes in order."""
    return list(await session.scalars(select(Territory.code).where(Territory.id.in_(ids)).order_by(Territory.code)))


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A user with the codes of its territories."""

    id: int
    username: str
    role: str
    active: bool
    created_at: datetime
    second_factor: bool
    oidc: str
    territory_codes: list[str]


def _staff() -> Select[int, str, str, bool, datetime, bool, str, list[str]]:
    codes = (
        select(func.coalesce(func.array_agg(aggregate_order_by(Territory.code, Territory.code)), text("'{}'::text[]")))
        .join(UserTerritory, UserTerritory.territory_id == Territory.id)
        .where(UserTerritory.user_id == User.id)
        .scalar_subquery()
    )
    return select(
        User.id,
        User.username,
        User.role,
        User.active,
        User.created_at,
        HAS_SECOND_FACTOR.label("second_factor"),
        state_of_user(clock.now() - OIDC_ALLOWED_FOR).label("oidc"),
        codes.label("territory_codes"),
    )


async def staff_page(session: AsyncSession, after: str | None, limit: int) -> list[StaffMember]:
    """Users by name, one more than `limit`."""
    statement = _staff().order_by(User.username).limit(limit + 1)
    if after is not None:
        statement = statement.where(User.username > after)
    return records_of(StaffMember, await session.execute(statement))


async def staff_member(session: AsyncSession, username: str) -> StaffMember | None:
    """One user."""
    return record_of(StaffMember, await session.execute(_staff().where(User.username == username)))


async def lock_user(session: AsyncSession, username: str) -> User | None:
    """A user, held until the transaction ends."""
    return await session.scalar(select(User).where(User.username == username).with_for_update())


async def lock_account(session: AsyncSession, user_id: int) -> None:
    """Hold a user until the transaction ends: no login of it is opened meanwhile."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())


async def lock_active_admins(session: AsyncSession) -> list[int]:
    """The ids of the active admins, held until the transaction ends: two who dismiss each other take turns."""
    statement = select(User.id).where(User.role == Role.ADMIN.value, User.active).order_by(User.id).with_for_update()
    return list(await session.scalars(statement))


async def set_territories(session: AsyncSession, user_id: int, territory_ids: Collection[int]) -> None:
    """Let a user work for exactly these territories."""
    await session.execute(delete(UserTerritory).where(UserTerritory.user_id == user_id))
    if territory_ids:
        rows = [{"user_id": user_id, "territory_id": id_} for id_ in sorted(territory_ids)]
        await session.execute(insert(UserTerritory), rows)


async def clients_page(session: AsyncSession, after: str | None, limit: int) -> list[Client]:
    """Integration clients by name, one more than `limit`."""
    statement = select(Client).order_by(Client.name).limit(limit + 1)
    if after is not None:
        statement = statement.where(Client.name > after)
    return list(await session.scalars(statement))
