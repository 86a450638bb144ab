"""Users, integration clients, and what is pruned."""

import dataclasses
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.service import AT_THE_TERMINAL, AuditKind, Change, ChangeAuthor, record
from app.ground.errors import FieldProblem, Invalid, NotFound
from app.ground.events import service as events
from app.ground.web.access import Caller, CallerKind, Role, Scope
from app.masters.identity import family_queries, login_queries, oidc_bindings, queries, staff_queries
from app.masters.identity.errors import LastAdmin, UsernameTaken
from app.masters.identity.login_pace import PLACE_KEPT
from app.masters.identity.models import Client, User
from app.masters.identity.passwords import Passwords
from app.masters.identity.rules import normal_username, password_problems
from app.masters.identity.staff_queries import StaffMember
from app.masters.identity.tokens import token_hash

PACES_A_TURN = 100_000
KEEP_REVOKED = timedelta(days=30)
"""How long a revoked login can still be looked up, for whoever asks why a phone was logged out."""


async def create_user(
    session: AsyncSession,
    username: str,
    password: str,
    role: Role,
    territory_codes: Collection[str],
    *,
    passwords: Passwords | None = None,
    author: ChangeAuthor = AT_THE_TERMINAL,
) -> StaffMember:
    """Make a member of staff. Raises Invalid with every problem at once, and UsernameTaken.

    `passwords` is the process's hasher; a process that has none (the command line) leaves it out. `author` is told to
    the outbox and the audit trail, with what it did.
    """
    username = normal_username(username)
    problems = [*_username_problems(username), *password_problems(username, password)]
    territory_ids = await staff_queries.territory_ids(session, territory_codes)
    problems += _territory_problems(territory_codes, territory_ids)
    if problems:
        raise Invalid("The user cannot be made like this.", errors=problems)
    if await staff_queries.staff_member(session, username) is not None:
        raise UsernameTaken(f"There is a user {username} already.")
    password_hash = await (passwords or Passwords(threads=1)).hash(password)
    user = User(username=username, password_hash=password_hash, role=role.value)
    session.add(user)
    await session.flush()
    await staff_queries.set_territories(session, user.id, territory_ids.values())
    payload = {"username": username, "role": role.value, "territory_codes": sorted(territory_ids), "by": author.actor}
    at = clock.now()
    await events.record(session, "user.created", None, payload, at)
    member = await get_user(session, username)
    await record(session, [Change(AuditKind.USER, username, None, _told(member))], author, at)
    return member


@dataclass(frozen=True, slots=True)
class UserChange:
    """What to change of a user; None leaves it as it is."""

    active: bool | None = None
    role: Role | None = None
    territory_codes: Collection[str] | None = None
    password: str | None = field(default=None, repr=False)
    oidc: bool | None = None
    """Whether the user may sign in by the organisation's provider."""


async def change_user(
    session: AsyncSession, username: str, change: UserChange, passwords: Passwords, author: ChangeAuthor
) -> StaffMember:
    """Change a user. Deactivation, another password or no provider any more logs the user out everywhere.

    Raises NotFound, Invalid with every problem at once, and LastAdmin.
    """
    username = normal_username(username)
    admins = await staff_queries.lock_active_admins(session)
    user = await staff_queries.lock_user(session, username)
    if user is None:
        raise NotFound("No such user.")
    before = _told(await get_user(session, username))
    role = change.role or Role(user.role)
    if admins == [user.id] and (role is not Role.ADMIN or change.active is False):
        raise LastAdmin("Make another admin first.")
    territories = await _checked(session, username, change)
    if change.password is not None:
        user.password_hash = await passwords.hash(change.password)
    user.role = role.value
    user.active = user.active if change.active is None else change.active
    await session.flush()
    await staff_queries.set_territories(session, user.id, territories)
    if change.password is not None or change.active is False:
        because = "deactivated" if change.active is False else "password_changed"
        await family_queries.revoke_families(session, because, clock.now(), user_id=user.id)
    if change.oidc is not None:
        await oidc_bindings.switch(session, user.id, on=change.oidc, at=clock.now())
    fields = [name for name, value in dataclasses.asdict(change).items() if value is not None]
    payload = {"username": username, "changed": fields, "by": author.actor}
    at = clock.now()
    await events.record(session, "user.changed", None, payload, at)
    member = await get_user(session, username)
    after = _told(member) | ({} if change.password is None else {"password_changed_at": at})
    await record(session, [Change(AuditKind.USER, username, before, after)], author, at)
    return member


def _told(member: StaffMember) -> dict[str, Any]:
    """A user as the audit trail tells it: nothing that anybody could log in with."""
    return {
        "role": member.role,
        "active": member.active,
        "territory_codes": member.territory_codes,
        "oidc": member.oidc,
    }


async def _checked(session: AsyncSession, username: str, change: UserChange) -> Collection[int]:
    """The ids of the territories that a changed user works for. Raises Invalid where the change is not sound."""
    codes = change.territory_codes
    if codes is None:
        codes = (await get_user(session, username)).territory_codes
    territory_ids = await staff_queries.territory_ids(session, codes)
    problems = _territory_problems(codes, territory_ids)
    if change.password is not None:
        problems += password_problems(username, change.password)
    if problems:
        raise Invalid("The user cannot be changed like this.", errors=problems)
    return territory_ids.values()


async def get_user(session: AsyncSession, username: str) -> StaffMember:
    """One user. Raises NotFound."""
    member = await staff_queries.staff_member(session, normal_username(username))
    if member is None:
        raise NotFound("No such user.")
    return member


@dataclass(frozen=True, slots=True)
class NewClient:
    """An integration client with its secret, which can be told only now."""

    client: Client
    secret: str


async def create_client(session: AsyncSession, name: str, scopes: Collection[Scope], author: ChangeAuthor) -> NewClient:
    """Make an integration client. ClientNameTaken by the unique constraint."""
    secret = secrets.token_urlsafe(32)
    client = Client(
        id=uuid4(),
        name=name,
        secret_hash=token_hash(secret),
        scopes=sorted(scope.value for scope in set(scopes)),
        created_at=clock.now(),
    )
    session.add(client)
    await session.flush()
    payload = {"client_id": str(client.id), "name": name, "scopes": client.scopes, "by": author.actor}
    await events.record(session, "client.created", None, payload, client.created_at)
    after = {"name": name, "scopes": client.scopes, "active": True}
    await record(session, [Change(AuditKind.CLIENT, str(client.id), None, after)], author, client.created_at)
    return NewClient(client, secret)


async def revoke_client(session: AsyncSession, client_id: UUID, author: ChangeAuthor) -> Client:
    """Revoke an integration client; again is no error. Raises NotFound."""
    client = await session.get(Client, client_id)
    if client is None:
        raise NotFound("No such client.")
    if client.active:
        client.active = False
        await session.flush()
        payload = {"client_id": str(client.id), "name": client.name, "by": author.actor}
        at = clock.now()
        await events.record(session, "client.revoked", None, payload, at)
        change = Change(AuditKind.CLIENT, str(client.id), {"active": True}, {"active": False})
        await record(session, [change], author, at)
    return client


async def prune_refresh_families(session: AsyncSession, at: datetime) -> int:
    """Delete logins that have expired, or were revoked 30 days ago; answers how many."""
    return await family_queries.delete_families(session, at, KEEP_REVOKED)


async def prune_login_attempts(session: AsyncSession, at: datetime) -> int:
    """Delete what counts of login attempts no longer, some at a time, and places of 90 days ago; answers how many."""
    paces = await login_queries.delete_paces(session, at, PACES_A_TURN)
    return paces + await login_queries.delete_places(session, at - PLACE_KEPT)


async def prune_enrolment_codes(session: AsyncSession, at: datetime) -> int:
    """Delete enrolment codes that expired 30 days ago; answers how many."""
    return await queries.delete_codes(session, at - KEEP_REVOKED)


def _username_problems(username: str) -> list[FieldProblem]:
    if username and username.isprintable() and len(username) <= 64 and not any(c.isspace() for c in username):
        return []
    return [FieldProblem("/username", "form", "Use 1 to 64 characters without spaces.")]


def _territory_problems(codes: Collection[str], existing: Collection[str]) -> list[FieldProblem]:
    return [
        FieldProblem(f"/territory_codes/{index}", "unknown_territory", f"There is no territory {code}.")
        for index, code in enumerate(codes)
        if code not in existing
    ]


async def caller_now(session: AsyncSession, kind: CallerKind, subject: str) -> Caller | None:
    """Who this is by now, and what it may see; None where it is unknown, inactive or revoked."""
    return await queries.find_caller(session, kind, subject)
