"""A second factor: setting it up, logging in with it, and losing it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground import clock
from app.ground.audit.models import AuditEntry
from app.ground.db.session import Database
from app.ground.web.access import Role
from app.masters.identity.models import RefreshFamily, SecondFactor, User
from app.masters.identity.one_time_codes import recovery_hash
from tests.factories.identity import bearer, make_user
from tests.factories.second_factors import code_at, make_second_factor, wrong_code
from tests.masters.identity.logins import (
    PASSWORD,
    PLAIN_RECOVERY,
    RECOVERY,
    SECOND_FACTOR_NEEDED,
    WRONG_CODE,
    kind_of,
    log_in_with,
    make_anna,
)


@pytest.fixture
async def anna(session: AsyncSession) -> User:
    """An operator with a password, and no second factor yet."""
    return await make_anna(session, Role.OPERATOR)


@pytest.fixture
async def factor(session: AsyncSession, app: FastAPI, anna: User) -> SecondFactor:
    """Anna's, with one recovery code."""
    return await make_second_factor(session, app, anna, recovery_hash(anna.id, PLAIN_RECOVERY))


class TestSettingUp:
    async def test_it_takes_the_password_and_a_code_and_answers_ten_recovery_codes(
        self, api: httpx.AsyncClient, app: FastAPI, anna: User
    ) -> None:
        own = bearer(app, anna)
        begun = await api.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=own)
        secret, uri = begun.json()["secret"], begun.json()["uri"]
        assert (begun.status_code, begun.headers["cache-control"]) == (200, "no-store")
        assert f"secret={secret}" in uri
        assert "Fieldproof:anna" in uri
        assert (await api.get("/v1/me/second-factor", headers=own)).json()["second_factor"] is False
        spaced = f"{code_at(secret=secret)[:3]} {code_at(secret=secret)[3:]}"
        confirmed = await api.post("/v1/me/second-factor/confirm", json={"code": spaced}, headers=own)
        codes = confirmed.json()["recovery_codes"]
        assert (confirmed.headers["cache-control"], len(set(codes))) == ("no-store", 10)
        state = (await api.get("/v1/me/second-factor", headers=own)).json()
        assert (state["second_factor"], state["recovery_codes_left"]) == (True, 10)
        assert kind_of(await log_in_with(app)) == SECOND_FACTOR_NEEDED
        assert (await log_in_with(app, codes[3].lower())).status_code == 200
        assert (await api.get("/v1/me/second-factor", headers=own)).json()["recovery_codes_left"] == 9

    async def test_a_wrong_password_begins_nothing(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        answer = await api.post("/v1/me/second-factor", json={"current_password": "x"}, headers=bearer(app, anna))
        assert answer.status_code == 401
        assert await session.scalar(select(SecondFactor)) is None

    async def test_what_is_not_confirmed_holds_for_nothing(
        self, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        await make_second_factor(session, app, anna, confirmed=False)
        assert (await log_in_with(app)).status_code == 200

    async def test_a_wrong_code_confirms_nothing_and_the_next_one_may_be_right(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        await make_second_factor(session, app, anna, confirmed=False)
        for code in (wrong_code(), RECOVERY, "x", "12345"):
            answer = await api.post("/v1/me/second-factor/confirm", json={"code": code}, headers=bearer(app, anna))
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/code")
        right = {"code": code_at()}
        assert (await api.post("/v1/me/second-factor/confirm", json=right, headers=bearer(app, anna))).is_success

    @pytest.mark.parametrize("code", ["", "x" * 65, "1\x00", 123456, None])
    async def test_what_cannot_be_a_code_is_refused_by_its_form(
        self, api: httpx.AsyncClient, app: FastAPI, anna: User, code: Any
    ) -> None:
        answer = await api.post("/v1/me/second-factor/confirm", json={"code": code}, headers=bearer(app, anna))
        assert answer.status_code == 422

    async def test_the_code_that_confirmed_it_opens_no_login(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        await make_second_factor(session, app, anna, confirmed=False)
        await api.post("/v1/me/second-factor/confirm", json={"code": code_at()}, headers=bearer(app, anna))
        assert kind_of(await log_in_with(app, code_at())) == WRONG_CODE

    async def test_beginning_anew_forgets_the_secret_before(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        await make_second_factor(session, app, anna, confirmed=False)
        await api.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=bearer(app, anna))
        answer = await api.post("/v1/me/second-factor/confirm", json={"code": code_at()}, headers=bearer(app, anna))
        assert answer.status_code == 422

    async def test_a_secret_that_was_shown_an_hour_ago_is_good_for_nothing(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User, the_clock: clock.SetClock
    ) -> None:
        await make_second_factor(session, app, anna, confirmed=False)
        the_clock.move_to(the_clock.at + timedelta(hours=1))
        answer = await api.post("/v1/me/second-factor/confirm", json={"code": code_at()}, headers=bearer(app, anna))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems#second-factor-not-begun")

    async def test_who_has_one_begins_and_confirms_no_other(
        self, api: httpx.AsyncClient, app: FastAPI, anna: User, factor: SecondFactor
    ) -> None:
        own = bearer(app, anna)
        begun = await api.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=own)
        assert (begun.status_code, begun.json()["type"]) == (409, "/problems#second-factor-exists")
        confirmed = await api.post("/v1/me/second-factor/confirm", json={"code": code_at()}, headers=own)
        assert (confirmed.status_code, confirmed.json()["type"]) == (409, "/problems#second-factor-not-begun")
        assert (await log_in_with(app, code_at())).status_code == 200

    async def test_every_other_login_ends_for_a_password_alone_has_opened_it(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        await make_second_factor(session, app, anna, confirmed=False)
        own, other = [await app.state.issuer.open_family(session, clock.now(), user_id=anna.id) for _ in range(2)]
        headers = {"Authorization": f"Bearer {own.access_token}"}
        await api.post("/v1/me/second-factor/confirm", json={"code": code_at()}, headers=headers)
        rows = await session.execute(select(RefreshFamily.id, RefreshFamily.revoked_because))
        assert dict(rows.all()) == {own.login_id: None, other.login_id: "second_factor_set_up"}

    async def test_the_secret_and_the_codes_are_stored_sealed_and_hashed(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        own = bearer(app, anna)
        begun = await api.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=own)
        secret = begun.json()["secret"]
        answer = await api.post("/v1/me/second-factor/confirm", json={"code": code_at(secret=secret)}, headers=own)
        stored = await session.scalar(select(SecondFactor))
        assert stored
        assert secret not in stored.sealed_secret
        assert {len(digest) for digest in stored.recovery_hashes} == {32}
        assert not [code for code in answer.json()["recovery_codes"] if code.encode() in stored.recovery_hashes]

    async def test_the_trail_and_the_list_of_users_tell_that_there_is_one_and_no_more(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
    ) -> None:
        admin = await make_user(session, Role.ADMIN)
        await make_second_factor(session, app, anna, confirmed=False)
        shown = [(await api.get("/v1/users", headers=bearer(app, admin))).json()["items"][0]["second_factor"]]
        await api.post("/v1/me/second-factor/confirm", json={"code": code_at()}, headers=bearer(app, anna))
        shown.append((await api.get("/v1/users", headers=bearer(app, admin))).json()["items"][0]["second_factor"])
        assert shown == [False, True]
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.code == "anna").order_by(AuditEntry.id))
        newest = list(entries)[-1]
        assert (newest.actor, newest.before, newest.after) == (
            "user:anna",
            {"second_factor": False},
            {"second_factor": True},
        )


class TestRemoving:
    async def test_ones_own_takes_the_password_and_a_code(
        self, api: httpx.AsyncClient, app: FastAPI, anna: User, factor: SecondFactor
    ) -> None:
        async def remove(password: str, code: str) -> tuple[int, str]:
            body = {"current_password": password, "code": code}
            answer = await api.post("/v1/me/second-factor/remove", json=body, headers=bearer(app, anna))
            return answer.status_code, answer.json()["type"] if answer.content else ""

        assert await remove("not this one", code_at()) == (401, "/problems#wrong-credentials")
        assert await remove(PASSWORD, wrong_code()) == (401, "/problems#wrong-code")
        assert await remove(PASSWORD, " ") == (401, "/problems#second-factor-needed")
        assert await remove(PASSWORD, code_at()) == (204, "")
        assert (await log_in_with(app)).status_code == 200
        assert await remove(PASSWORD, code_at()) == (409, "/problems#no-second-factor")

    async def test_codes_for_removing_it_are_counted_too(
        self, api: httpx.AsyncClient, app: FastAPI, anna: User, factor: SecondFactor
    ) -> None:
        body = {"current_password": PASSWORD, "code": wrong_code()}
        answers = [
            await api.post("/v1/me/second-factor/remove", json=body, headers=bearer(app, anna)) for _ in range(11)
        ]
        assert [answer.status_code for answer in answers] == [*10 * [401], 429]

    async def test_an_admin_removes_that_of_who_has_lost_it_and_the_trail_tells_it(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User, factor: SecondFactor
    ) -> None:
        admin = await make_user(session, Role.ADMIN)
        for _ in range(2):
            answer = await api.post("/v1/users/Anna/second-factor/remove", headers=bearer(app, admin))
            assert answer.status_code == 204
        assert (await log_in_with(app)).status_code == 200
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.actor == f"user:{admin.username}"))
        assert [entry.after for entry in entries] == [{"second_factor": False}]
        unknown = await api.post("/v1/users/nobody/second-factor/remove", headers=bearer(app, admin))
        assert unknown.status_code == 404

    async def test_an_admins_open_browser_removes_not_the_admins_own(
        self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
    ) -> None:
        admin = await make_user(session, Role.ADMIN)
        await make_second_factor(session, app, admin)
        answer = await api.post(f"/v1/users/{admin.username}/second-factor/remove", headers=bearer(app, admin))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems#own-second-factor")


async def test_the_last_admin_who_has_lost_everything_is_helped_at_the_terminal(
    app: FastAPI, committed_url: str, committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    async with committed.transaction() as session:
        await make_second_factor(session, app, await make_user(session, Role.ADMIN, username="anna"))

    async def run(username: str) -> Result:
        command = ["remove-second-factor", "--username", username]
        return await asyncio.to_thread(lambda: CliRunner().invoke(cli, command))

    unknown, known = await run("nobody"), await run("Anna")
    assert (unknown.exit_code, known.exit_code) == (1, 0)
    assert "No such user." in unknown.stderr
    async with committed.read_only() as session:
        assert await session.scalar(select(SecondFactor)) is None
        assert await session.scalar(select(AuditEntry.actor)) == "cli"
