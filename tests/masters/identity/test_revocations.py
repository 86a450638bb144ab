"""Whatever takes rights away does so in every worker within a second: two on one database, each with a cache."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.rules import AT_THE_TERMINAL
from app.ground.db import notifications
from app.ground.db.session import Database
from app.ground.errors import Unauthenticated
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.identity import authenticator, devices, logins, second_factors, service
from app.masters.identity.authenticator import Authenticator
from app.masters.identity.models import Client, Device, SecondFactor, User
from app.masters.identity.passwords import Passwords
from app.masters.identity.queries import CallerKey, find_callers
from app.masters.identity.refresh_families import IssuedTokens, TokenIssuer
from app.masters.identity.service import UserChange
from app.masters.identity.tokens import AccessTokens
from app.masters.territories.models import Rep, Territory
from tests.conftest import SavepointDatabase
from tests.factories.identity import make_client, make_device, make_user
from tests.factories.territories import make_rep, make_territory

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEY = b"k" * 40
NO_ID = UUID(int=0)
ISSUER = TokenIssuer(AccessTokens(KEY, timedelta(minutes=15)), KEY, timedelta(days=90))


class Worker:
    """One worker's cache, which hears of changes."""

    def __init__(self, database: Database) -> None:
        self.authenticate = Authenticator(ISSUER.access, database, cache_seconds=3600)
        self.heard, self.lost = asyncio.Event(), asyncio.Event()
        told = self.authenticate.notifications
        drop, forget = told._heard, told._lost

        def heard(name: str) -> None:
            drop(name)
            self.heard.set()

        def lost() -> None:
            forget()
            self.lost.set()

        told._heard, told._lost = heard, lost

    async def caller(self, token: str) -> Caller:
        """Who a token speaks for: from the cache, where it is there."""
        request: Any = None
        return await self.authenticate(request, token)

    async def remembers(self, token: str) -> Caller:
        """Ask until the answer is from the cache: what is still told of another caller may have come between."""
        async with asyncio.timeout(10):
            while (caller := await self.caller(token)) is not await self.caller(token):
                pass
        return caller

    async def listens(self) -> None:
        """Wait until it hears."""
        self.authenticate.notifications.beaten.clear()
        self.authenticate.notifications.rely()
        async with asyncio.timeout(10):
            await self.authenticate.notifications.beaten.wait()


@asynccontextmanager
async def listening(*databases: Database) -> AsyncIterator[list[Worker]]:
    workers = [Worker(database) for database in databases]
    tasks = [asyncio.create_task(worker.authenticate.listen()) for worker in workers]
    await asyncio.gather(*(worker.listens() for worker in workers))
    yield workers
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class People:
    """Who calls, with the tokens of each."""

    here: Territory
    there: Territory
    rep: Rep
    device: Device
    user: User
    client: Client
    tokens: dict[str, IssuedTokens] = field(default_factory=dict)


async def people(session: AsyncSession) -> People:
    here, there = await make_territory(session), await make_territory(session)
    rep = await make_rep(session, here)
    device = await make_device(session, rep)
    user = await make_user(session, Role.SUPERVISOR, here)
    client = await make_client(session, "orders:read", "master:read")
    factor = {"sealed_secret": "", "begun_at": NOW, "confirmed_at": NOW, "last_step": 0, "recovery_hashes": []}
    session.add(SecondFactor(user_id=user.id, **factor))
    found = People(here, there, rep, device, user, client)
    found.tokens["user"] = await ISSUER.open_family(session, NOW, user_id=user.id)
    found.tokens["device"] = await ISSUER.open_family(session, NOW, device_id=device.id)
    found.tokens["client"] = ISSUER.issue_to_client(client.id, client.scopes, None)
    return found


Change = Callable[[AsyncSession, People], Awaitable[object]]


async def reuse(session: AsyncSession, who: People) -> None:
    token = who.tokens["device"].refresh_token or ""
    for _ in range(2):
        issued = await ISSUER.refresh(session, token, NOW)
        assert issued
        token = issued.refresh_token or ""
    assert await ISSUER.refresh(session, who.tokens["device"].refresh_token or "", NOW) is None


def change_of_user(**changes: Any) -> Change:
    async def change(session: AsyncSession, who: People) -> None:
        await service.change_user(session, who.user.username, UserChange(**changes), Passwords(1), AT_THE_TERMINAL)

    return change


def by_hand(statement: str) -> Change:
    return lambda session, who: session.execute(text(statement).bindparams(rep=who.rep.id, there=who.there.id))


async def move_user(session: AsyncSession, who: People) -> None:
    await change_of_user(territory_codes=[who.there.code])(session, who)


ENDS: dict[str, tuple[str, Change]] = {
    "a revoked device": (
        "device",
        lambda session, who: devices.revoke(session, who.device.id, None, NOW, AT_THE_TERMINAL),
    ),
    "a rep who has left": ("device", by_hand("UPDATE reps SET active = false WHERE id = :rep AND :there > 0")),
    "a stolen refresh token": ("device", reuse),
    "a logout": ("user", lambda session, who: ISSUER.end(session, who.tokens["user"].refresh_token or "", NOW)),
    "a login that was ended": (
        "user",
        lambda session, who: logins.end_login(session, who.user.id, who.tokens["user"].login_id or NO_ID, NOW),
    ),
    "signing out everywhere": ("user", lambda session, who: logins.end_all_logins(session, who.user.id, NOW)),
    "another password": ("user", change_of_user(password="walks by the sea")),
    "a deactivated user": ("user", change_of_user(active=False)),
    "a revoked client": ("client", lambda session, who: service.revoke_client(session, who.client.id, AT_THE_TERMINAL)),
}
"""What ends a caller's rights, and whose."""

CHANGES: dict[str, tuple[str, Change, Callable[[Caller, People], bool]]] = {
    "another role": (
        "user",
        change_of_user(role=Role.OPERATOR),
        lambda caller, _: caller.role is Role.OPERATOR,
    ),
    "another territory": ("user", move_user, lambda caller, who: caller.territory_ids == frozenset({who.there.id})),
    "a second factor": (
        "user",
        lambda session, who: second_factors.remove_of(session, who.user.username, AT_THE_TERMINAL, NOW),
        lambda caller, _: not caller.second_factor,
    ),
    "a rep who moves": (
        "device",
        by_hand("UPDATE reps SET territory_id = :there WHERE id = :rep"),
        lambda caller, who: caller.territory_ids == frozenset({who.there.id}),
    ),
}
"""What changes them, and to what."""


@pytest.fixture
async def workers(committed_url: str, committed: Database) -> AsyncIterator[list[Worker]]:
    other = Database(committed_url, pool_size=2)
    async with listening(committed, other) as both:
        yield both
    await other.close()


async def test_whatever_changes_rights_is_heard_by_every_worker_within_a_second(
    workers: list[Worker], committed: Database
) -> None:
    for name, (kind, change, *expected) in (ENDS | CHANGES).items():
        async with committed.transaction() as session:
            who = await people(session)
        token = who.tokens[kind].access_token
        for worker in workers:
            await worker.remembers(token)
            worker.heard.clear()
        async with committed.transaction() as session:
            await change(session, who)
        async with asyncio.timeout(1):
            await asyncio.gather(*(worker.heard.wait() for worker in workers))
        for worker in workers:
            if expected:
                assert expected[0](await worker.caller(token), who), name
            else:
                with pytest.raises(Unauthenticated):
                    await worker.caller(token)


async def test_what_leaves_rights_as_they_are_tells_nothing(workers: list[Worker], committed: Database) -> None:
    async with committed.transaction() as session:
        who = await people(session)
    caller = await workers[0].remembers(who.tokens["device"].access_token)
    workers[0].heard.clear()
    async with committed.transaction() as session:
        await session.execute(text("UPDATE reps SET name = 'New', code = code, active = active"))
        await session.execute(text("UPDATE devices SET app_version = '2'"))
        await ISSUER.refresh(session, who.tokens["device"].refresh_token or "", NOW)
        await session.execute(text("NOTIFY callers, 'nobody'"))
    async with asyncio.timeout(1):
        await workers[0].heard.wait()
    assert await workers[0].caller(who.tokens["device"].access_token) is caller


async def test_a_worker_that_hears_nothing_trusts_nothing_it_remembers_until_it_hears_again(
    workers: list[Worker], committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "RETRY_SECONDS", 0)
    async with committed.transaction() as session:
        token = (await people(session)).tokens["user"].access_token
    worker = workers[0]
    before = await worker.remembers(token)
    worker.lost.clear()
    async with committed.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT 1'"))
    async with asyncio.timeout(10):
        await worker.lost.wait()
    worker.authenticate.notifications.current_until = 0.0
    first, second = await worker.caller(token), await worker.caller(token)
    assert first is not second
    assert first == second == before
    await worker.listens()
    assert await worker.remembers(token) == before


async def test_a_connection_that_says_nothing_for_a_second_is_not_trusted(
    database: SavepointDatabase, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(session, Role.ADMIN)
    worker = Worker(database)
    token = ISSUER.access.issue(CallerKind.USER, user.id)
    moment = 100.0
    monkeypatch.setattr(authenticator, "monotonic", lambda: moment)
    worker.authenticate.notifications.current_until = moment + notifications.CURRENT_SECONDS
    assert await worker.caller(token) is await worker.caller(token)
    moment += notifications.CURRENT_SECONDS
    assert await worker.caller(token) is not await worker.caller(token)


async def test_what_was_read_while_it_changed_is_not_remembered(
    database: SavepointDatabase, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(session, Role.ADMIN)
    worker = Worker(database)
    worker.authenticate.notifications.current_until = float("inf")

    async def overtaken(session: AsyncSession, keys: list[CallerKey]) -> dict[CallerKey, Caller]:
        callers = await find_callers(session, keys)
        worker.authenticate.notifications._heard(f"user:{user.id}")
        return callers

    monkeypatch.setattr(authenticator, "find_callers", overtaken)
    token = ISSUER.access.issue(CallerKind.USER, user.id)
    assert await worker.caller(token) is not await worker.caller(token)


async def test_an_unknown_login_opens_nothing(database: SavepointDatabase, session: AsyncSession) -> None:
    device = await make_device(session, await make_rep(session, await make_territory(session)))
    token = ISSUER.access.issue(CallerKind.DEVICE, device.id, login=UUID(int=5))
    with pytest.raises(Unauthenticated):
        await Worker(database).caller(token)
