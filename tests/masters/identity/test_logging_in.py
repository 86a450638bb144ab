"""POST /v1/auth/token: the three grants."""

from base64 import b64encode

import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AT_THE_TERMINAL
from app.ground.web.access import Role, Scope
from app.masters.identity import grants, service
from app.masters.identity.login_pace import LoginMarks
from app.masters.identity.models import RefreshFamily, User
from tests.conftest import SavepointDatabase
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.territories import make_territory
from tests.masters.identity.logins import PASSWORD, make_anna


@pytest.fixture
async def anna(session: AsyncSession) -> User:
    territory = await make_territory(session)
    return await make_anna(session, Role.SUPERVISOR, territory.code)


async def log_in(api: httpx.AsyncClient, password: str = PASSWORD, username: str = "anna") -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    return await api.post("/v1/auth/token", data=form)


async def test_a_member_of_staff_logs_in_and_is_known(api: httpx.AsyncClient, anna: User) -> None:
    answer = await log_in(api, username=" Anna ")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert "scope" not in body
    assert answer.headers["cache-control"] == "no-store"
    me = await api.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert (me.json()["name"], me.json()["role"]) == ("anna", "supervisor")


@pytest.mark.parametrize(("username", "password"), [("anna", "wrong password"), ("nobody", PASSWORD), ("anna", "")])
async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    api: httpx.AsyncClient, anna: User, username: str, password: str
) -> None:
    answer = await log_in(api, password or "x", username)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
    assert answer.json()["error_description"] == "The username or the password is wrong."
    assert answer.json()["type"] == "/problems#wrong-credentials"
    assert answer.json()["detail"] == "The username or the password is wrong."


async def test_an_inactive_user_does_not_log_in(api: httpx.AsyncClient, session: AsyncSession, anna: User) -> None:
    anna.active = False
    await session.flush()
    assert (await log_in(api)).status_code == 400


async def test_a_user_whose_hash_fits_no_password_does_not_log_in(
    api: httpx.AsyncClient, session: AsyncSession
) -> None:
    await make_user(session, Role.ADMIN, username="ghost")
    assert (await log_in(api, "none", "ghost")).status_code == 400


async def test_a_password_hashed_with_older_parameters_is_hashed_anew(
    api: httpx.AsyncClient, session: AsyncSession, anna: User
) -> None:
    anna.password_hash = older = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024),)).hash(PASSWORD)
    await session.flush()
    assert (await log_in(api)).status_code == 200
    await session.refresh(anna)
    assert anna.password_hash != older
    assert (await log_in(api)).status_code == 200


async def test_a_password_changed_while_it_was_being_checked_opens_nothing(
    database: SavepointDatabase, app: FastAPI, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def verify(*_: object) -> tuple[bool, str | None]:
        async with database.transaction() as session:
            await session.execute(update(User).values(password_hash="of another password"))
        return True, None

    monkeypatch.setattr(app.state.passwords, "verify", verify)
    door = grants.PasswordDoor(app.state.passwords, LoginMarks(app.state.issuer.signing_key))
    with pytest.raises(Exception, match="wrong"):
        await grants.by_password(database, app.state.issuer, door, "anna", PASSWORD, address="here")


@pytest.mark.parametrize(
    ("form", "pointers", "error"),
    [
        ({}, ["/grant_type"], "invalid_request"),
        ({"grant_type": "magic"}, ["/grant_type"], "unsupported_grant_type"),
        ({"grant_type": "password"}, ["/username", "/password"], "invalid_request"),
        ({"grant_type": "password", "username": "anna", "password": "x" * 129}, ["/password"], "invalid_request"),
        ({"grant_type": "password", "username": "an\x00na", "password": "x"}, ["/username"], "invalid_request"),
        ({"grant_type": "refresh_token"}, ["/refresh_token"], "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "x"}, ["/client_secret"], "invalid_request"),
        ({"grant_type": "password", "scope": "orders:read all"}, ["/scope", "/scope"], "invalid_scope"),
    ],
)
async def test_a_token_request_that_lacks_something_is_told_what(
    api: httpx.AsyncClient, form: dict[str, str], pointers: list[str], error: str
) -> None:
    answer = await api.post("/v1/auth/token", data=form)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert [problem["pointer"] for problem in answer.json()["errors"]] == pointers
    assert answer.json()["error"] == error
    assert answer.json()["error_description"].isascii()


async def test_a_body_that_is_no_form_is_refused_as_a_token_request(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for sent in ({"json": {"grant_type": "password"}}, {"content": b"--x\r\nnonsense", "headers": headers}):
        answer = await api.post("/v1/auth/token", **sent)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text


@pytest.mark.parametrize(
    ("asked", "answered", "told"),
    [
        (None, 200, "master:write orders:read"),
        ("", 200, "master:write orders:read"),
        ("orders:read", 200, "orders:read"),
        (" orders:read  master:write ", 200, "master:write orders:read"),
        ("orders:write", 400, "invalid_scope"),
        ("orders:read everything", 400, "invalid_scope"),
    ],
)
async def test_a_client_gets_the_scopes_that_it_asks_for_and_no_more(
    api: httpx.AsyncClient, session: AsyncSession, asked: str | None, answered: int, told: str
) -> None:
    made = await service.create_client(session, "erp", [Scope.ORDERS_READ, Scope.MASTER_WRITE], AT_THE_TERMINAL)
    form = {"grant_type": "client_credentials", "client_id": str(made.client.id), "client_secret": made.secret}
    answer = await api.post("/v1/auth/token", data=form if asked is None else form | {"scope": asked})
    assert answer.status_code == answered
    assert answer.json()["scope" if answered == 200 else "error"] == told
    if answered == 200:
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert (await api.get("/v1/me", headers=headers)).json()["scopes"] == told.split()
        opened = "master:write" in told
        assert (await api.get("/v1/products", headers=headers)).status_code == (200 if opened else 403)


async def test_a_refused_token_and_a_missing_scope_are_told_as_bearer_tokens_want_it(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
) -> None:
    client = await make_client(session, "visits:read")
    challenges = {
        "": "Bearer",
        "Bearer nonsense": 'Bearer error="invalid_token"',
        bearer(app, client)["Authorization"]: 'Bearer error="insufficient_scope", scope="orders:read"',
    }
    for authorization, challenge in challenges.items():
        headers = {"Authorization": authorization} if authorization else {}
        answer = await api.get("/v1/orders", headers=headers)
        assert answer.headers["www-authenticate"] == challenge
    refused = await api.get("/v1/users", headers=bearer(app, anna))
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


async def test_a_client_logs_in_by_form_and_by_basic_and_gets_its_scopes(
    api: httpx.AsyncClient, session: AsyncSession
) -> None:
    made = await service.create_client(session, "erp", [Scope.ORDERS_READ, Scope.MASTER_WRITE], AT_THE_TERMINAL)
    form = {"grant_type": "client_credentials", "client_id": str(made.client.id), "client_secret": made.secret}
    by_form = await api.post("/v1/auth/token", data=form)
    basic = b64encode(f"{made.client.id}:{made.secret}".encode()).decode()
    by_basic = await api.post(
        "/v1/auth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    for answer in (by_form, by_basic):
        assert answer.status_code == 200
        assert answer.json()["scope"] == "master:write orders:read"
        assert "refresh_token" not in answer.json()


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic eA==", "Basic " + b64encode(b"\xff:x").decode()])
async def test_a_malformed_basic_header_is_401(api: httpx.AsyncClient, header: str) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await api.post("/v1/auth/token", data=form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="fieldproof"'


async def test_a_wrong_secret_an_unknown_client_and_a_revoked_one_are_401(
    api: httpx.AsyncClient, session: AsyncSession
) -> None:
    made = await service.create_client(session, "erp", [Scope.ORDERS_READ], AT_THE_TERMINAL)
    await service.revoke_client(session, made.client.id, AT_THE_TERMINAL)
    for client_id, secret in [(str(made.client.id), made.secret), (str(made.client.id), "wrong"), ("nobody", "x")]:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        answer = await api.post("/v1/auth/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_changing_ones_own_password_needs_the_old_one_and_ends_every_login(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
) -> None:
    await log_in(api)
    wrong = {"current_password": "not this one", "password": "a new password"}
    assert (await api.put("/v1/me/password", json=wrong, headers=bearer(app, anna))).status_code == 401
    right = wrong | {"current_password": PASSWORD}
    assert (await api.put("/v1/me/password", json=right, headers=bearer(app, anna))).status_code == 204
    assert await session.scalar(select(RefreshFamily.revoked_because)) == "password_changed"
    assert (await log_in(api)).status_code == 400
    assert (await log_in(api, "a new password")).status_code == 200
