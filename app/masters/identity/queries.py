"""The SQL of callers and what they log in with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Integer,
    Result,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.statements import DirectStatement, array_parameter
from app.ground.web.access import Caller, CallerKind, Role, territories_in_sight
from app.masters.identity.models import Client, Device, EnrolmentCode, RefreshFamily, SecondFactor, User, UserTerritory
from app.masters.territories.models import Rep

CallerKey = tuple[CallerKind, str, UUID | None]
"""A caller as its token names it: kind, subject, and the login that it came with, if any."""


def _asked(subject_type: Any) -> Any:
    """The subjects that are asked for, each with its login, as a relation: parameters `subjects`, `logins`."""
    subjects, logins = array_parameter("subjects", subject_type), array_parameter("logins", Uuid())
    rows = func.unnest(subjects, logins).table_valued(column("subject", subject_type), column("login", Uuid()))
    return rows.render_derived(name="asked")


def _login_stands(asked: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the login that a token came with has not ended; a token of none ends by itself."""
    of_login = (RefreshFamily.id == asked.c.login, RefreshFamily.revoked_at.is_(None), *conditions)
    return or_(asked.c.login.is_(None), select(RefreshFamily.id).where(*of_login).exists())


_DEVICES = _asked(Uuid())
_REPS_OF_DEVICES = DirectStatement(
    select(_DEVICES.c.login, Device.id.label("device_id"), Rep.id.label("rep_id"), Rep.code, Rep.territory_id)
    .join(Device, Device.id == _DEVICES.c.subject)
    .join(Rep, Device.rep_id == Rep.id)
    .where(Device.revoked_at.is_(None), Rep.active, _login_stands(_DEVICES))
)
_USERS = _asked(Integer())
HAS_SECOND_FACTOR = (
    select(SecondFactor.user_id).where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None)).exists()
)
_RUNS = RefreshFamily.expires_at > bindparam("at", type_=DateTime(timezone=True))
_STAFF = (
    select(
        _USERS.c.login,
        User.id,
        User.username,
        User.role,
        select(func.array_agg(UserTerritory.territory_id))
        .where(UserTerritory.user_id == User.id)
        .scalar_subquery()
        .label("territory_ids"),
        HAS_SECOND_FACTOR.label("second_factor"),
        select(RefreshFamily.id)
        .where(RefreshFamily.id == _USERS.c.login, RefreshFamily.by_provider)
        .exists()
        .label("by_provider"),
    )
    .join(User, User.id == _USERS.c.subject)
    .where(User.active, _login_stands(_USERS, _RUNS))
)


async def user_callers(
    session: AsyncSession, logins: Collection[tuple[int, UUID | None]]
) -> dict[tuple[int, UUID | None], Caller]:
    """The active members of staff among these, by user id and login: with the territories that they work for.

    None for who has logged out since, or was, and for whose login has run out: a console has no short tokens.
    """
    rows = await session.execute(_STAFF, _columns_of(logins) | {"at": clock.now()})
    return {
        (row.id, row.login): Caller(
            kind=CallerKind.USER,
            subject=str(row.id),
            name=row.username,
            role=Role(row.role),
            user_id=row.id,
            territory_ids=territories_in_sight(Role(row.role), row.territory_ids or ()),
            login_id=row.login,
            second_factor=row.second_factor,
            by_provider=row.by_provider,
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


async def device_callers(
    session: AsyncSession, logins: Collection[tuple[UUID, UUID | None]]
) -> dict[tuple[UUID, UUID | None], Caller]:
    """Those of the devices that are not revoked and whose reps are active, by device id and login that stands."""
    rows = await _REPS_OF_DEVICES.rows(session, _columns_of(logins))
    return {
        (row["device_id"], row["login"]): Caller(
            kind=CallerKind.DEVICE,
            subject=str(row["device_id"]),
            name=row["code"],
            device_id=row["device_id"],
            rep_id=row["rep_id"],
            rep_code=row["code"],
            territory_ids=frozenset({row["territory_id"]}),
            login_id=row["login"],
        )
        for row in rows
    }


def _columns_of(logins: Collection[tuple[Any, UUID | None]]) -> dict[str, Any]:
    return {"subjects": [subject for subject, _ in logins], "logins": [login for _, login in logins]}


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """What is stored of an active user's password."""

    user_id: int
    password_hash: str


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


async def active_client(session: AsyncSession, client_id: UUID) -> Client | None:
    """An active client by its id."""
    return await session.scalar(select(Client).where(Client.id == client_id, Client.active))


async def delete_codes(session: AsyncSession, before: datetime) -> int:
    """Delete the enrolment codes that expired before."""
    return _rows(await session.execute(delete(EnrolmentCode).where(EnrolmentCode.expires_at <= before)))


def _rows(result: Result[Any]) -> int:
    return cast("CursorResult[Any]", result).rowcount


async def find_callers(session: AsyncSession, keys: Collection[CallerKey]) -> dict[CallerKey, Caller]:
    """The callers as they stand now, by one statement for each kind; none for unknown, inactive or revoked ones."""
    users = [(int(subject), login) for kind, subject, login in keys if kind is CallerKind.USER]
    clients = [UUID(subject) for kind, subject, _ in keys if kind is CallerKind.CLIENT]
    devices = [(UUID(subject), login) for kind, subject, login in keys if kind is CallerKind.DEVICE]
    callers: dict[CallerKey, Caller] = {}
    if users:
        of_staff = await user_callers(session, users)
        callers |= {(CallerKind.USER, caller.subject, login): caller for (_, login), caller in of_staff.items()}
    if clients:
        of_clients = await client_callers(session, clients)
        callers |= {(CallerKind.CLIENT, caller.subject, None): caller for caller in of_clients.values()}
    if devices:
        of_devices = await device_callers(session, devices)
        callers |= {(CallerKind.DEVICE, caller.subject, login): caller for (_, login), caller in of_devices.items()}
    return callers


async def find_caller(session: AsyncSession, kind: CallerKind, subject: str) -> Caller | None:
    """One caller as it stands now; None where it is unknown, inactive or revoked."""
    return (await find_callers(session, [(kind, subject, None)])).get((kind, subject, None))
