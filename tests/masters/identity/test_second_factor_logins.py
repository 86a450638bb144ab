"""Logging in with a second factor: codes, guesses, who must have one, another signing key."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import TooManyAttempts
from app.ground.web.access import Role
from app.main import hold
from app.masters.identity import grants, second_factors, service
from app.masters.identity.errors import WrongCode
from app.masters.identity.grants import PasswordDoor
from app.masters.identity.login_pace import PACES, LoginMarks, PaceKind
from app.masters.identity.models import SecondFactor, User
from app.masters.identity.one_time_codes import recovery_hash
from app.masters.identity.passwords import Passwords
from app.masters.identity.refresh_families import TokenIssuer
from app.masters.identity.secret_seal import SecretSeal
from app.masters.identity.tokens import AccessTokens
from tests.conftest import Statements
from tests.factories.identity import bearer, make_user
from tests.factories.second_factors import SECRET, code_at, make_second_factor, wrong_code
from tests.masters.identity.logins import (
    HOME,
    PASSWORD,
    PLAIN_RECOVERY,
    RECOVERY,
    SECOND_FACTOR_NEEDED,
    WRONG_CODE,
    WRONG_PASSWORD,
    attempt_of,
    have_failed,
    kind_of,
    log_in_with,
    make_anna,
    still_counted,
)


@pytest.fixture
async def anna(session: AsyncSession) -> User:
    """An operator with a password, and no second factor yet."""
    return await make_anna(session, Role.OPERATOR)


@pytest.fixture
async def factor(session: AsyncSession, app: FastAPI, anna: User) -> SecondFactor:
    """Anna's, with one recovery code."""
    return await make_second_factor(session, app, anna, recovery_hash(anna.id, PLAIN_RECOVERY))


class TestLoggingIn:
    async def test_a_code_is_asked_for_only_where_the_password_is_right(
        self, app: FastAPI, factor: SecondFactor
    ) -> None:
        assert kind_of(await log_in_with(app)) == SECOND_FACTOR_NEEDED
        assert kind_of(await log_in_with(app, "  ")) == SECOND_FACTOR_NEEDED
        assert kind_of(await log_in_with(app, wrong_code())) == WRONG_CODE
        assert kind_of(await log_in_with(app, password="not this one")) == WRONG_PASSWORD
        assert kind_of(await log_in_with(app, code_at(), password="not this one")) == WRONG_PASSWORD
        assert (await log_in_with(app, code_at())).status_code == 200  # the wrong password has used up no code

    async def test_a_code_is_good_once_and_none_before_it_is_good_after_it(
        self, app: FastAPI, factor: SecondFactor, the_clock: clock.SetClock
    ) -> None:
        before, now, after = (code_at(seconds=seconds) for seconds in (-30, 0, 30))
        assert (await log_in_with(app, now)).status_code == 200
        for used in (now, before):
            assert kind_of(await log_in_with(app, used)) == WRONG_CODE
        assert (await log_in_with(app, after)).status_code == 200
        the_clock.move_to(the_clock.at + timedelta(seconds=30))
        assert kind_of(await log_in_with(app, code_at())) == WRONG_CODE

    async def test_a_recovery_code_is_good_once(self, app: FastAPI, factor: SecondFactor) -> None:
        assert (await log_in_with(app, RECOVERY)).status_code == 200
        assert kind_of(await log_in_with(app, RECOVERY)) == WRONG_CODE

    async def test_another_ones_codes_are_wrong(self, app: FastAPI, session: AsyncSession, anna: User) -> None:
        other = await make_user(session, Role.ADMIN)
        await make_second_factor(session, app, anna, recovery_hash(other.id, PLAIN_RECOVERY))
        assert kind_of(await log_in_with(app, RECOVERY)) == WRONG_CODE

    @pytest.mark.parametrize("code", [SECRET, RECOVERY])
    async def test_of_two_who_send_the_same_code_at_once_one_gets_in(self, committed: Database, code: str) -> None:
        door, issuer = door_and_issuer()
        async with committed.transaction() as session:
            await service.create_user(session, "anna", PASSWORD, Role.OPERATOR, [], passwords=door.hasher)
            user = await session.scalar(select(User))
            assert user
            session.add(
                SecondFactor(
                    user_id=user.id,
                    sealed_secret=issuer.seal.seal(user.id, SECRET),
                    begun_at=clock.now(),
                    confirmed_at=clock.now(),
                    last_step=0,
                    recovery_hashes=[recovery_hash(user.id, PLAIN_RECOVERY)],
                )
            )
        otp = code_at() if code == SECRET else code
        outcomes = await asyncio.gather(
            *(
                grants.by_password(committed, issuer, door, "anna", PASSWORD, address=f"198.51.100.{n}", otp=otp)
                for n in range(4)
            ),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IssuedTokens", *3 * ["WrongCode"]]

    async def test_a_login_takes_a_fixed_number_of_statements(
        self, app: FastAPI, factor: SecondFactor, statements: Statements
    ) -> None:
        await statements.taken()
        assert (await log_in_with(app, code_at())).status_code == 200
        assert len(await statements.taken()) == 10


def door_and_issuer() -> tuple[PasswordDoor, TokenIssuer]:
    key = b"k" * 40
    access = AccessTokens(key, timedelta(minutes=15))
    return PasswordDoor(Passwords(2), LoginMarks(key)), TokenIssuer(access, key, timedelta(days=90))


class TestGuessing:
    async def test_a_right_password_alone_counts_for_nothing_and_forgives_nothing(
        self, app: FastAPI, session: AsyncSession, factor: SecondFactor, the_clock: clock.SetClock
    ) -> None:
        attempt = attempt_of(app, "anna", HOME)
        kinds = (PaceKind.PAIR, PaceKind.ADDRESS, PaceKind.ANYWHERE)
        for kind in kinds:
            await have_failed(session, attempt, kind, 5, the_clock.at)
        for _ in range(3):
            assert kind_of(await log_in_with(app)) == SECOND_FACTOR_NEEDED
        assert [await still_counted(session, attempt, kind, the_clock.at) for kind in kinds] == [5, 5, 5]

    async def test_a_wrong_code_counts_as_a_wrong_password_and_a_right_one_forgives(
        self, app: FastAPI, session: AsyncSession, factor: SecondFactor, the_clock: clock.SetClock
    ) -> None:
        attempt = attempt_of(app, "anna", HOME)
        kinds = (PaceKind.PAIR, PaceKind.ADDRESS, PaceKind.ANYWHERE, PaceKind.CODE)
        for _ in range(3):
            await log_in_with(app, wrong_code())
        assert [await still_counted(session, attempt, kind, the_clock.at) for kind in kinds] == [3, 3, 3, 3]
        await log_in_with(app, code_at())
        assert [await still_counted(session, attempt, kind, the_clock.at) for kind in kinds] == [0, 3, 3, 3]

    async def test_from_one_address_ten_codes_can_be_tried(self, app: FastAPI, factor: SecondFactor) -> None:
        for _ in range(10):
            assert kind_of(await log_in_with(app, wrong_code())) == WRONG_CODE
        answer = await log_in_with(app, code_at())
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "90")

    async def test_from_many_addresses_no_more_can_be_tried_and_recovery_codes_go_on(
        self, app: FastAPI, session: AsyncSession, factor: SecondFactor, the_clock: clock.SetClock
    ) -> None:
        for number in range(10):
            assert kind_of(await log_in_with(app, wrong_code(), address=f"198.51.{number}.1")) == WRONG_CODE
        for _ in range(2):
            answer = await log_in_with(app, code_at())
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1800")
        assert await still_counted(session, attempt_of(app, "anna", HOME), PaceKind.PAIR, the_clock.at) == 0
        assert (await log_in_with(app, RECOVERY)).status_code == 200
        the_clock.move_to(the_clock.at + PACES[PaceKind.CODE].every)
        assert (await log_in_with(app, code_at())).status_code == 200

    async def test_codes_sent_at_once_get_no_more_tries_than_one_after_the_other(self, committed: Database) -> None:
        door, issuer = door_and_issuer()
        async with committed.transaction() as session:
            await service.create_user(session, "anna", PASSWORD, Role.OPERATOR, [], passwords=door.hasher)
            user = await session.scalar(select(User))
            assert user
            seal = issuer.seal.seal(user.id, SECRET)
            at = clock.now()
            session.add(
                SecondFactor(
                    user_id=user.id,
                    sealed_secret=seal,
                    begun_at=at,
                    confirmed_at=at,
                    last_step=0,
                    recovery_hashes=[],
                )
            )
        outcomes = await asyncio.gather(
            *(
                grants.by_password(committed, issuer, door, "anna", PASSWORD, address=f"198.51.{n}.1", otp=wrong_code())
                for n in range(15)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, WrongCode) for outcome in outcomes) == PACES[PaceKind.CODE].most
        assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 5


@pytest.fixture
def demanding(app: FastAPI, request: pytest.FixtureRequest, database: Database) -> None:
    """The app under another policy."""
    hold(app, app.state.settings.model_copy(update={"second_factor": request.param}), database)


class TestPolicy:
    @pytest.mark.parametrize("demanding", ["required"], indirect=True)
    async def test_who_must_have_one_and_has_none_gets_in_to_set_one_up_alone(
        self, api: httpx.AsyncClient, app: FastAPI, demanding: None, anna: User
    ) -> None:
        login = (await log_in_with(app)).json()
        own = {"Authorization": f"Bearer {login['access_token']}"}
        for path in ("/v1/call-tasks", "/v1/orders", "/v1/users"):
            answer = await api.get(path, headers=own)
            assert answer.status_code == 403
        assert (await api.get("/v1/orders", headers=own)).json()["type"] == "/problems#second-factor-required"
        assert (await api.get("/v1/me", headers=own)).json()["restricted"] is True
        assert (await api.get("/v1/me/logins", headers=own)).is_success
        begun = await api.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=own)
        code = code_at(secret=begun.json()["secret"])
        assert (await api.post("/v1/me/second-factor/confirm", json={"code": code}, headers=own)).is_success
        assert (await api.get("/v1/me", headers=own)).json()["restricted"] is False
        assert (await api.get("/v1/orders", headers=own)).is_success

    @pytest.mark.parametrize("demanding", ["required_for_admins"], indirect=True)
    async def test_a_policy_for_admins_leaves_others_alone(
        self, api: httpx.AsyncClient, app: FastAPI, demanding: None, session: AsyncSession, anna: User
    ) -> None:
        admin = await make_user(session, Role.ADMIN)
        assert (await api.get("/v1/orders", headers=bearer(app, anna))).is_success
        assert (await api.get("/v1/orders", headers=bearer(app, admin))).status_code == 403
        await make_second_factor(session, app, admin)
        assert (await api.get("/v1/orders", headers=bearer(app, admin))).is_success

    @pytest.mark.parametrize("demanding", ["required"], indirect=True)
    async def test_who_loses_it_is_restricted_at_once(
        self, api: httpx.AsyncClient, app: FastAPI, demanding: None, session: AsyncSession, anna: User
    ) -> None:
        await make_second_factor(session, app, anna)
        assert (await api.get("/v1/orders", headers=bearer(app, anna))).is_success
        body = {"current_password": PASSWORD, "code": code_at()}
        await api.post("/v1/me/second-factor/remove", json=body, headers=bearer(app, anna))
        assert (await api.get("/v1/orders", headers=bearer(app, anna))).status_code == 403


class TestAnotherSigningKey:
    async def test_codes_stay_good_while_the_older_key_is_named_and_are_sealed_anew_by_their_use(
        self, app: FastAPI, session: AsyncSession, anna: User, factor: SecondFactor
    ) -> None:
        app.state.issuer.seal = SecretSeal([b"n" * 40, b"x" * 40])
        assert (await log_in_with(app, code_at())).status_code == 200
        await session.refresh(factor)
        app.state.issuer.seal = SecretSeal([b"n" * 40])
        assert (await log_in_with(app, code_at(seconds=30))).status_code == 200

    async def test_without_it_a_recovery_code_still_opens_and_no_code_by_time_does(
        self, app: FastAPI, factor: SecondFactor
    ) -> None:
        app.state.issuer.seal = SecretSeal([b"n" * 40])
        assert kind_of(await log_in_with(app, code_at())) == WRONG_CODE
        assert (await log_in_with(app, RECOVERY)).status_code == 200

    async def test_a_job_seals_all_of_them_anew(
        self, app: FastAPI, session: AsyncSession, anna: User, factor: SecondFactor, statements: Statements
    ) -> None:
        await make_second_factor(session, app, await make_user(session, Role.ADMIN))
        both = SecretSeal([b"n" * 40, b"x" * 40])
        await statements.taken()
        assert await second_factors.seal_anew(session, both) == 2
        assert len(await statements.taken()) == 2
        assert await second_factors.seal_anew(session, both) == 0
        await session.refresh(factor)
        opened = SecretSeal([b"n" * 40]).open(anna.id, factor.sealed_secret)
        assert opened
        assert opened.text == SECRET
