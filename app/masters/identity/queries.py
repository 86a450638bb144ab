"""The SQL of callers, logins and refresh families."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, CursorResult, Result, Uuid, any_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement
from app.ground.web.access import Caller, CallerKind, Role, territories_in_sight
from app.masters.identity.models import Client, Device, EnrolmentCode, LoginFailure, RefreshFamily, User, UserTerritory
from app.masters.territories.models import Rep

MOST_COUNTED = 1_000_000
"""A name's attempts are counted no further than this: whoever keeps trying overflows no column."""

CallerKey = tuple[CallerKind, str]
"""A caller as its token names it: kind and subject."""

_REPS_OF_DEVICES = DirectStatement(
    select(Device.id.label("device_id"), Rep.id.label("rep_id"), Rep.code, Rep.territory_id)
    .join(Rep, Device.rep_id == Rep.id)
    .where(Device.id == any_(bindparam("device_ids", type_=ARRAY(Uuid))), Device.revoked_at.is_(None), Rep.active)
)


async def user_callers(session: AsyncSession, user_ids: Collection[int]) -> dict[int, Caller]:
    """The active members of staff among these, with the territories that they work for: an admin for all of them."""
    territories = select(func.array_agg(UserTerritory.territory_id)).where(UserTerritory.user_id == User.id)
    rows = await session.execute(
        select(User.id, User.username, User.role, territories.scalar_subquery().label("territory_ids")).where(
            User.id.in_(user_ids), User.active
        )
    )
    return {
        row.id: Caller(
            kind=CallerKind.USER,
            subject=str(row.id),
            name=row.username,
            role=Role(row.role),
            user_id=row.id,
            territory_ids=territories_in_sight(Role(row.role), row.territory_ids or ()),
        )
        for row in rows
    }


async def client_callers(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, Caller]:
    """The active integration clients among these with their scopes; they see every territory."""
    clients = await session.scalars(select(Client).where(Client.id.in_(client_ids), Client.active))
    return {
        client.id: Caller(
            kind=CallerKind.CLIENT,
            subject=str(client.id),
            name=client.name,
            territory_ids=None,
            scopes=frozenset(client.scopes),
        )
        for client in clients
    }


async def device_callers(session: AsyncSession, device_ids: Collection[UUID]) -> dict[UUID, Caller]:
    """Those of the devices that are not revoked and whose reps are active."""
    rows = await _REPS_OF_DEVICES.rows(session, {"device_ids": list(device_ids)})
    return {
        row["device_id"]: Caller(
            kind=CallerKind.DEVICE,
            subject=str(row["device_id"]),
            name=row["code"],
            device_id=row["device_id"],
            rep_id=row["rep_id"],
            rep_code=row["code"],
            territory_ids=frozenset({row["territory_id"]}),
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """What is stored of an active user's password."""

    user_id: int
    password_hash: str


async def stored_password(session: AsyncSession, username: str) -> StoredPassword | None:
    """The password of an active user."""
    row = (
        await session.execute(select(User.id, User.password_hash).where(User.username == username, User.active))
    ).one_or_none()
    return None if row is None else StoredPassword(row.id, row.password_hash)


async def hold_password(session: AsyncSession, stored: StoredPassword) -> bool:
    """Whether the password is still this one, of a user still active; both stay so until the transaction ends."""
    user_id = await session.scalar(
        select(User.id)
        .where(User.id == stored.user_id, User.password_hash == stored.password_hash, User.active)
        .with_for_update(read=True)
    )
    return user_id is not None


async def replace_password_hash(session: AsyncSession, stored: StoredPassword, password_hash: str) -> bool:
    """Store the same password hashed anew; whether it was still the same password."""
    statement = (
        update(User)
        .where(User.id == stored.user_id, User.password_hash == stored.password_hash)
        .values(password_hash=password_hash)
    )
    return _rows(await session.execute(statement)) == 1


async def count_attempt(session: AsyncSession, key: str, window: timedelta, at: datetime) -> tuple[int, datetime]:
    """Count one more attempt under a key of `rules.attempt_keys`; how many its window has now, and when it began."""
    over = LoginFailure.window_started_at <= at - window
    statement = (
        insert(LoginFailure)
        .values(name=key, failures=1, window_started_at=at)
        .on_conflict_do_update(
            index_elements=[LoginFailure.name],
            set_={
                "failures": case((over, 1), else_=func.least(LoginFailure.failures + 1, MOST_COUNTED)),
                "window_started_at": case((over, at), else_=LoginFailure.window_started_at),
            },
        )
        .returning(LoginFailure.failures, LoginFailure.window_started_at)
    )
    attempts, window_started_at = (await session.execute(statement)).one()
    return attempts, window_started_at


async def forget_attempts(session: AsyncSession, keys: Collection[str]) -> None:
    """Begin to count anew: the name has logged in."""
    await session.execute(delete(LoginFailure).where(LoginFailure.name.in_(keys)))


async def active_client(session: AsyncSession, client_id: UUID) -> Client | None:
    """An active client by its id."""
    return await session.scalar(select(Client).where(Client.id == client_id, Client.active))


async def lock_family(session: AsyncSession, family_id: UUID) -> RefreshFamily | None:
    """A refresh family, held until the transaction ends."""
    return await session.scalar(select(RefreshFamily).where(RefreshFamily.id == family_id).with_for_update())


async def revoke_families(
    session: AsyncSession, because: str, at: datetime, *, user_id: int | None = None, device_id: UUID | None = None
) -> None:
    """End every login of a user or of a device."""
    owner = RefreshFamily.user_id == user_id if user_id is not None else RefreshFamily.device_id == device_id
    await session.execute(
        update(RefreshFamily)
        .where(owner, RefreshFamily.revoked_at.is_(None))
        .values(revoked_at=at, revoked_because=because)
    )


async def delete_families(session: AsyncSession, at: datetime, keep_revoked: timedelta) -> int:
    """Delete families that have expired, and those that were revoked longer ago than `keep_revoked`."""
    over = or_(RefreshFamily.expires_at <= at, RefreshFamily.revoked_at <= at - keep_revoked)
    return _rows(await session.execute(delete(RefreshFamily).where(over)))


async def delete_attempts(session: AsyncSession, before: datetime) -> int:
    """Delete the counts of login attempts whose window began before."""
    return _rows(await session.execute(delete(LoginFailure).where(LoginFailure.window_started_at <= before)))


async def delete_codes(session: AsyncSession, before: datetime) -> int:
    """Delete the enrolment codes that expired before."""
    return _rows(await session.execute(delete(EnrolmentCode).where(EnrolmentCode.expires_at <= before)))


def _rows(result: Result[Any]) -> int:
    return cast("CursorResult[Any]", result).rowcount


async def find_callers(session: AsyncSession, keys: Collection[CallerKey]) -> dict[CallerKey, Caller]:
    """The callers as they stand now, by one statement for each kind; none for unknown, inactive or revoked ones."""
    users = [int(subject) for kind, subject in keys if kind is CallerKind.USER]
    clients = [UUID(subject) for kind, subject in keys if kind is CallerKind.CLIENT]
    devices = [UUID(subject) for kind, subject in keys if kind is CallerKind.DEVICE]
    callers: list[Caller] = []
    if users:
        callers += (await user_callers(session, users)).values()
    if clients:
        callers += (await client_callers(session, clients)).values()
    if devices:
        callers += (await device_callers(session, devices)).values()
    return {(caller.kind, caller.subject): caller for caller in callers}


async def find_caller(session: AsyncSession, kind: CallerKind, subject: str) -> Caller | None:
    """One caller as it stands now; None where it is unknown, inactive or revoked."""
    return (await find_callers(session, [(kind, subject)])).get((kind, subject))
