"""Users and integration clients: made, listed, changed, revoked."""

import asyncio
from collections.abc import Collection
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.errors import Invalid
from app.ground.events.models import Event
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.identity import authenticator, service
from app.masters.identity.models import RefreshFamily, User
from app.masters.identity.queries import CallerKey, find_callers
from app.masters.territories.models import Territory
from tests.conftest import SavepointDatabase
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.territories import make_rep, make_territory

PASSWORD = "correct horse battery"


@pytest.fixture
async def admin(session: AsyncSession) -> User:
    return await make_user(session, Role.ADMIN)


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


def anna(territory: Territory, **fields: object) -> dict[str, object]:
    sound = {"username": "Anna", "password": PASSWORD, "role": "supervisor", "territory_codes": [territory.code]}
    return sound | fields


async def test_an_admin_makes_a_user_who_can_log_in(
    api: httpx.AsyncClient, app: FastAPI, admin: User, territory: Territory
) -> None:
    answer = await api.post("/v1/users", json=anna(territory), headers=bearer(app, admin))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["username"], body["territory_codes"], body["active"]) == ("anna", [territory.code], True)
    assert "password" not in answer.text
    form = {"grant_type": "password", "username": "anna", "password": PASSWORD}
    assert (await api.post("/v1/auth/token", data=form)).status_code == 200


async def test_a_password_is_stored_as_argon2id(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, territory: Territory
) -> None:
    await api.post("/v1/users", json=anna(territory), headers=bearer(app, admin))
    stored = await session.scalar(select(User.password_hash).where(User.username == "anna"))
    assert stored is not None
    assert stored.startswith("$argon2id$")


def test_whoever_guesses_a_password_needs_64_mib_and_three_passes_for_each_try(
    production_passwords: PasswordHash,
) -> None:
    assert production_passwords.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_username_is_taken_in_any_case(
    api: httpx.AsyncClient, app: FastAPI, admin: User, territory: Territory
) -> None:
    await api.post("/v1/users", json=anna(territory), headers=bearer(app, admin))
    again = await api.post("/v1/users", json=anna(territory, username="ANNA"), headers=bearer(app, admin))
    assert (again.status_code, again.json()["type"]) == (409, "/problems#username-taken")


async def test_every_problem_of_a_new_user_is_told_at_once(session: AsyncSession) -> None:
    with pytest.raises(Invalid) as refused:
        await service.create_user(session, "an na", "short", Role.OPERATOR, ["NOWHERE"])
    assert [problem.pointer for problem in refused.value.errors] == ["/username", "/password", "/territory_codes/0"]


@pytest.mark.parametrize(("role", "sees"), [("supervisor", []), ("operator", None), ("admin", None)])
async def test_a_user_needs_no_territory_and_then_sees_none_or_all_by_its_role(
    api: httpx.AsyncClient, app: FastAPI, admin: User, session: AsyncSession, role: str, sees: list[str] | None
) -> None:
    answer = await api.post(
        "/v1/users", json=anna(await make_territory(session), role=role, territory_codes=[]), headers=bearer(app, admin)
    )
    assert (answer.status_code, answer.json()["territory_codes"]) == (201, [])
    form = {"grant_type": "password", "username": "anna", "password": PASSWORD}
    token = (await api.post("/v1/auth/token", data=form)).json()["access_token"]
    me = await api.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (me.json()["username"], me.json()["territory_codes"]) == ("anna", sees)


async def test_users_are_listed_by_name_page_by_page(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, territory: Territory
) -> None:
    for name in ("carl", "berta", "dora"):
        await make_user(session, Role.OPERATOR, territory, username=name)
    found: list[str] = []
    url = "/v1/users?limit=2"
    while url:
        answer = await api.get(url, headers=bearer(app, admin))
        found += [item["username"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert found == sorted(["berta", "carl", "dora", admin.username])


async def patch(api: httpx.AsyncClient, app: FastAPI, admin: User, username: str, **change: object) -> httpx.Response:
    return await api.patch(f"/v1/users/{username}", json=change, headers=bearer(app, admin))


async def test_a_deactivated_user_is_refused_and_logged_out(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, the_clock: clock.SetClock
) -> None:
    user = await make_user(session, Role.ADMIN)
    await app.state.issuer.open_family(session, the_clock.at, user_id=user.id)
    answer = await patch(api, app, admin, user.username, active=False)
    assert answer.json()["active"] is False
    assert (await api.get("/v1/me", headers=bearer(app, user))).status_code == 401
    assert await session.scalar(select(RefreshFamily.revoked_because)) == "deactivated"


async def test_a_user_who_loses_a_territory_sees_it_no_more(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, territory: Territory
) -> None:
    user = await make_user(session, Role.SUPERVISOR, territory)
    other = await make_territory(session)
    device = await make_device(session, await make_rep(session, territory))
    before = await api.get("/v1/devices", headers=bearer(app, user))
    assert [item["id"] for item in before.json()["items"]] == [str(device.id)]
    await patch(api, app, admin, user.username, territory_codes=[other.code])
    assert (await api.get("/v1/me", headers=bearer(app, user))).json()["territory_codes"] == [other.code]
    assert (await api.get("/v1/devices", headers=bearer(app, user))).json()["items"] == []


async def test_what_is_not_sent_stays(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, territory: Territory
) -> None:
    user = await make_user(session, Role.SUPERVISOR, territory)
    answer = await patch(api, app, admin, user.username)
    assert (answer.json()["role"], answer.json()["territory_codes"]) == ("supervisor", [territory.code])


@pytest.mark.parametrize("change", [{"active": False}, {"role": "operator"}])
async def test_the_last_admin_stays_one(
    api: httpx.AsyncClient, app: FastAPI, admin: User, change: dict[str, object]
) -> None:
    answer = await patch(api, app, admin, admin.username, **change)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#last-admin")


@pytest.mark.parametrize("change", [{"password": "short"}, {"role": "god"}, {"active": "maybe"}, {"active": 1}])
async def test_an_unfit_change_is_refused(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, change: dict[str, object]
) -> None:
    user = await make_user(session, Role.ADMIN)
    assert (await patch(api, app, admin, user.username, **change)).status_code == 422


async def test_changing_an_unknown_user_is_404(api: httpx.AsyncClient, app: FastAPI, admin: User) -> None:
    assert (await patch(api, app, admin, "nobody", active=False)).status_code == 404


async def test_a_clients_secret_is_told_once(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User
) -> None:
    body = {"name": "erp", "scopes": ["orders:read", "master:write", "orders:read"]}
    answer = await api.post("/v1/clients", json=body, headers=bearer(app, admin))
    assert answer.status_code == 201
    assert answer.json()["scopes"] == ["master:write", "orders:read"]
    assert len(answer.json()["client_secret"]) == 43
    listed = await api.get("/v1/clients", headers=bearer(app, admin))
    assert [item["name"] for item in listed.json()["items"]] == ["erp"]
    assert "secret" not in listed.text


@pytest.mark.parametrize("scopes", [[], ["orders:burn"]])
async def test_only_known_scopes_are_given(
    api: httpx.AsyncClient, app: FastAPI, admin: User, scopes: list[str]
) -> None:
    body = {"name": "erp", "scopes": scopes}
    assert (await api.post("/v1/clients", json=body, headers=bearer(app, admin))).status_code == 422


async def test_a_clients_name_is_taken_once(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User
) -> None:
    client = await make_client(session, "orders:read")
    body = {"name": client.name, "scopes": ["orders:read"]}
    answer = await api.post("/v1/clients", json=body, headers=bearer(app, admin))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#client-name-taken")


async def test_a_revoked_client_is_refused(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User
) -> None:
    client = await make_client(session, "orders:read")
    answer = await api.post(f"/v1/clients/{client.id}/revoke", headers=bearer(app, admin))
    assert answer.json()["active"] is False
    assert (await api.get("/v1/me", headers=bearer(app, client))).status_code == 401


async def test_what_a_worker_remembers_of_a_caller_counts_for_the_cache_seconds_only(
    app: FastAPI, database: SavepointDatabase, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(session, Role.ADMIN)
    moment = 1000.0
    monkeypatch.setattr("app.masters.identity.authenticator.monotonic", lambda: moment)
    remembers = authenticator.Authenticator(app.state.tokens, database, cache_seconds=10)
    remembers.notifications.current_until = 2000.0
    token = app.state.tokens.issue(CallerKind.USER, user.id)
    assert (await remembers(None, token)).role is Role.ADMIN  # type: ignore[arg-type]  # the request is not looked at
    user.role = Role.OPERATOR.value
    await session.flush()
    moment += 9
    assert (await remembers(None, token)).role is Role.ADMIN  # type: ignore[arg-type]  # as above
    moment += 1
    assert (await remembers(None, token)).role is Role.OPERATOR  # type: ignore[arg-type]  # as above


async def test_requests_that_come_at_once_load_their_caller_once(
    app: FastAPI, database: SavepointDatabase, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(session, Role.ADMIN)
    loads = 0

    async def counting(session: AsyncSession, named: Collection[CallerKey]) -> dict[CallerKey, Caller]:
        nonlocal loads
        loads += len(named)
        return await find_callers(session, named)

    monkeypatch.setattr(authenticator, "find_callers", counting)
    remembers = authenticator.Authenticator(app.state.tokens, database, cache_seconds=10)
    token = app.state.tokens.issue(CallerKind.USER, user.id)
    request: Any = None
    callers = await asyncio.gather(*(remembers(request, token) for _ in range(20)))
    assert {caller.name for caller in callers} == {user.username}
    assert loads == 1


async def test_what_an_admin_did_to_staff_and_clients_is_told_to_the_outbox_without_secrets(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, territory: Territory
) -> None:
    await api.post("/v1/users", json=anna(territory), headers=bearer(app, admin))
    await patch(api, app, admin, "anna", password="another password", active=False)
    body = {"name": "erp", "scopes": ["orders:read"]}
    made = (await api.post("/v1/clients", json=body, headers=bearer(app, admin))).json()
    for _ in range(2):
        await api.post(f"/v1/clients/{made['client_id']}/revoke", headers=bearer(app, admin))
    told = (await session.execute(select(Event.type, Event.payload).order_by(Event.id))).all()
    assert [row.type for row in told] == ["user.created", "user.changed", "client.created", "client.revoked"]
    assert {row.payload["by"] for row in told} == {f"user:{admin.username}"}
    assert told[1].payload["changed"] == ["active", "password"]
    assert "another password" not in str(told)
    assert made["client_secret"] not in str(told)
