"""Logins as their owners see and end them."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.models import AuditEntry
from app.ground.db.session import Database
from app.ground.web.access import CallerKind, Role
from app.masters.identity import family_queries, login_uses, logins
from app.masters.identity.authenticator import Authenticator
from app.masters.identity.login_uses import LoginUses
from app.masters.identity.models import RefreshFamily, User
from app.masters.identity.refresh_families import IssuedTokens
from app.masters.identity.rules import USER_AGENT_MAX, LoginDoor, program_name
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def user(session: AsyncSession) -> User:
    return await make_user(session, Role.OPERATOR)


async def open_login(app: FastAPI, session: AsyncSession, user: User, **fields: object) -> IssuedTokens:
    issued: IssuedTokens = await app.state.issuer.open_family(session, clock.now(), user_id=user.id, **fields)
    return issued


def headers(login: IssuedTokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {login.access_token}"}


async def is_good(api: httpx.AsyncClient, login: IssuedTokens) -> bool:
    return (await api.get("/v1/me", headers=headers(login))).status_code == 200


async def last_used_at(session: AsyncSession, login_id: UUID | None) -> object:
    statement = select(RefreshFamily.last_used_at).where(RefreshFamily.id == login_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def test_a_user_sees_the_own_logins_that_stand_the_newest_first(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User, the_clock: clock.SetClock
) -> None:
    await open_login(app, session, await make_user(session, Role.ADMIN))
    ended = await open_login(app, session, user)
    await app.state.issuer.end(session, ended.refresh_token, the_clock.at)
    older = await open_login(app, session, user, door=LoginDoor.CONSOLE, user_agent="Firefox")
    the_clock.move_to(the_clock.at + timedelta(minutes=10))
    newer = await open_login(app, session, user)
    first, second = (await api.get("/v1/me/logins", headers=headers(older))).json()["items"]
    assert (first["id"], first["current"], first["door"], first["user_agent"]) == (
        str(newer.login_id),
        False,
        "api",
        None,
    )
    assert (second["id"], second["current"], second["door"], second["user_agent"]) == (
        str(older.login_id),
        True,
        "console",
        "Firefox",
    )


async def test_logins_are_told_page_by_page(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User
) -> None:
    opened = {str((await open_login(app, session, user)).login_id) for _ in range(3)}
    seen, url = [], "/v1/me/logins?limit=2"
    while url:
        answer = await api.get(url, headers=bearer(app, user))
        seen += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert (len(seen), set(seen)) == (3, opened)


async def test_a_login_that_has_expired_is_neither_listed_nor_good(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User, the_clock: clock.SetClock
) -> None:
    login = await open_login(app, session, user)
    the_clock.move_to(the_clock.at + timedelta(days=90))
    assert (await api.get("/v1/me/logins", headers=bearer(app, user))).json()["items"] == []
    token = app.state.tokens.issue(CallerKind.USER, user.id, login=login.login_id)
    assert (await api.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401


async def test_a_password_login_tells_with_what_program_it_was_opened(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User
) -> None:
    user.password_hash = await app.state.passwords.hash("correct horse battery")
    await session.flush()
    form = {"grant_type": "password", "username": user.username, "password": "correct horse battery"}
    token = (await api.post("/v1/auth/token", data=form, headers={"User-Agent": "curl/8"})).json()["access_token"]
    answer = await api.get("/v1/me/logins", headers={"Authorization": f"Bearer {token}"})
    assert [(item["user_agent"], item["current"]) for item in answer.json()["items"]] == [("curl/8", True)]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, None),
        ("", None),
        (" \t\x00", None),
        ("cu\x00rl\n", "curl"),
        ("x" * 5_000, "x" * USER_AGENT_MAX),
        ("<script>", "<script>"),
    ],
)
def test_what_a_program_says_of_itself_is_bounded_text(sent: str | None, stored: str | None) -> None:
    assert program_name(sent) == stored


async def test_ending_a_login_ends_that_one_alone_and_again_is_no_error(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User
) -> None:
    here, there = [await open_login(app, session, user) for _ in range(2)]
    for _ in range(2):
        answer = await api.post(f"/v1/me/logins/{there.login_id}/end", headers=headers(here))
        assert answer.status_code == 204
    assert [await is_good(api, login) for login in (here, there)] == [True, False]


async def test_nobody_ends_another_ones_login(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User
) -> None:
    login = await open_login(app, session, user)
    device = await make_device(session, await make_rep(session, await make_territory(session)))
    of_device = await app.state.issuer.open_family(session, clock.now(), device_id=device.id)
    admin = await make_user(session, Role.ADMIN)
    for login_id in (login.login_id, of_device.login_id, uuid4()):
        answer = await api.post(f"/v1/me/logins/{login_id}/end", headers=bearer(app, admin))
        assert answer.status_code == 404
    assert await is_good(api, login)


async def test_signing_out_everywhere_ends_every_login_of_ones_own_and_no_other(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User
) -> None:
    own = [await open_login(app, session, user) for _ in range(2)]
    other = await open_login(app, session, await make_user(session, Role.ADMIN))
    assert (await api.post("/v1/me/logins/end-all", headers=headers(own[0]))).status_code == 204
    assert [await is_good(api, login) for login in (*own, other)] == [False, False, True]


async def test_an_admin_signs_somebody_out_everywhere_and_the_trail_tells_it(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User
) -> None:
    login = await open_login(app, session, user)
    admin = await make_user(session, Role.ADMIN)
    answer = await api.post(f"/v1/users/{user.username}/logins/end-all", headers=bearer(app, admin))
    assert answer.status_code == 204
    assert not await is_good(api, login)
    entry = await session.scalar(select(AuditEntry).where(AuditEntry.code == user.username))
    assert entry is not None
    assert (entry.actor, set(entry.after)) == (f"user:{admin.username}", {"logins_ended_at"})
    assert (await api.post("/v1/users/nobody/logins/end-all", headers=bearer(app, admin))).status_code == 404


async def test_no_login_is_opened_while_all_of_them_end(committed: Database) -> None:
    async with committed.transaction() as session:
        user = await make_user(session, Role.OPERATOR)
    held_by_a_login = select(User.id).where(User.id == user.id).with_for_update(read=True, nowait=True)
    async with committed.transaction() as session, committed.transaction() as other:
        await logins.end_all_logins(session, user.id, clock.now())
        with pytest.raises(DBAPIError, match="could not obtain lock"):
            await other.execute(held_by_a_login)


class TestUses:
    async def test_a_use_is_written_beside_the_request_and_at_most_every_five_minutes(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, user: User, the_clock: clock.SetClock
    ) -> None:
        login, opened_at = await open_login(app, session, user), the_clock.at
        uses: LoginUses = app.state.authenticate.uses
        for minutes, written in ((4, 0), (8, 0), (9, 9), (13, 9), (14, 14)):
            the_clock.move_to(opened_at + timedelta(minutes=minutes))
            assert await is_good(api, login)
            await uses.write()
            assert await last_used_at(session, login.login_id) == opened_at + timedelta(minutes=written)

    async def test_of_two_processes_only_the_first_writes(
        self, database: Database, app: FastAPI, session: AsyncSession, user: User, the_clock: clock.SetClock
    ) -> None:
        login = await open_login(app, session, user)
        first, second = LoginUses(database), LoginUses(database)
        assert login.login_id
        the_clock.move_to(the_clock.at + timedelta(minutes=6))
        used_at = the_clock.at
        first.note(login.login_id)
        await first.write()
        the_clock.move_to(the_clock.at + timedelta(minutes=4))
        second.note(login.login_id)
        await second.write()
        assert await last_used_at(session, login.login_id) == used_at

    async def test_what_handhelds_send_is_no_note(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
    ) -> None:
        device = await make_device(session, await make_rep(session, await make_territory(session)))
        login = await app.state.issuer.open_family(session, clock.now(), device_id=device.id)
        assert await is_good(api, login)
        assert app.state.authenticate.uses._unwritten == {}
        assert await last_used_at(session, login.login_id) is None

    async def test_a_refused_token_is_no_use(self, app: FastAPI, api: httpx.AsyncClient, user: User) -> None:
        token = app.state.tokens.issue(CallerKind.USER, user.id, login=uuid4())
        assert (await api.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401
        assert app.state.authenticate.uses._unwritten == {}

    async def test_a_refresh_is_a_use(
        self, app: FastAPI, session: AsyncSession, user: User, the_clock: clock.SetClock
    ) -> None:
        login = await open_login(app, session, user)
        the_clock.move_to(the_clock.at + timedelta(minutes=1))
        await app.state.issuer.refresh(session, login.refresh_token, the_clock.at)
        await session.flush()
        assert await last_used_at(session, login.login_id) == the_clock.at

    def test_what_is_remembered_is_bounded(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(login_uses, "MOST_REMEMBERED", 2)
        uses = LoginUses(database)
        for _ in range(5):
            uses.note(uuid4())
        assert len(uses._noted_at) == 2

    async def test_a_database_that_is_away_stops_no_writing(
        self, app: FastAPI, session: AsyncSession, database: Database, monkeypatch: pytest.MonkeyPatch, user: User
    ) -> None:
        monkeypatch.setattr(login_uses, "TOGETHER_SECONDS", 0.0)
        login, uses, outages = await open_login(app, session, user), LoginUses(database), 1
        written = asyncio.Event()

        async def fails_once(*_: object) -> None:
            nonlocal outages
            if outages:
                outages = 0
                uses.note(uuid4())
                raise ConnectionRefusedError
            written.set()

        monkeypatch.setattr(family_queries, "note_uses", fails_once)
        writing = asyncio.create_task(uses.keep_writing())
        assert login.login_id
        uses.note(login.login_id)
        async with asyncio.timeout(10):
            await written.wait()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def test_the_console_finds_a_caller_by_its_user_and_login(
    app: FastAPI, session: AsyncSession, user: User
) -> None:
    login = await open_login(app, session, user)
    authenticate: Authenticator = app.state.authenticate
    caller = await authenticate.caller((CallerKind.USER, str(login.user_id), login.login_id))
    assert (caller.name, caller.login_id) == (user.username, login.login_id)
    assert login.login_id in authenticate.uses._unwritten
