"""Whose account of the provider is whose here: bound once, by an admin's leave, and never taken over."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.models import AuditEntry
from app.ground.audit.service import AT_THE_TERMINAL
from app.ground.db.session import Database
from app.ground.web.access import Role
from app.main import hold
from app.masters.identity import grants, service
from app.masters.identity.errors import NobodyHere
from app.masters.identity.models import OidcBinding, RefreshFamily, User
from app.masters.identity.refresh_families import IssuedTokens
from app.masters.identity.rules import LoginDoor
from app.masters.identity.service import UserChange
from app.masters.identity.sign_ins import OidcClaims
from tests.conftest import SavepointDatabase
from tests.factories.identity import bearer, make_user
from tests.factories.second_factors import make_second_factor
from tests.masters.identity.made_up_provider import ISSUER

ACCOUNT = OidcClaims(ISSUER, "subject-1", "anna")


@pytest.fixture
async def anna(session: AsyncSession) -> User:
    return await make_user(session, Role.OPERATOR, username="anna")


@pytest.fixture
async def admin(session: AsyncSession) -> User:
    return await make_user(session, Role.ADMIN, username="root")


async def sign_in(
    app: FastAPI, database: Database, subject: str = "subject-1", username: str | None = "anna", issuer: str = ISSUER
) -> IssuedTokens:
    claims = OidcClaims(issuer, subject, username)
    return await grants.by_oidc(database, app.state.issuer, claims, user_agent="Firefox")


async def switch(api: httpx.AsyncClient, app: FastAPI, admin: User, to: str, username: str = "anna") -> str:
    answer = await api.patch(f"/v1/users/{username}", json={"oidc": to}, headers=bearer(app, admin))
    assert answer.status_code == 200, answer.text
    state: str = answer.json()["oidc"]
    return state


def headers(login: IssuedTokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {login.access_token}"}


async def test_an_admin_allows_it_and_the_first_account_of_that_name_is_the_users_from_then_on(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, session: AsyncSession, anna: User, admin: User
) -> None:
    assert await switch(api, app, admin, "on") == "on"
    login = await sign_in(app, database)
    me = (await api.get("/v1/me", headers=headers(login))).json()
    assert (me["username"], me["oidc"]) == ("anna", "bound")
    [listed] = (await api.get("/v1/me/logins", headers=headers(login))).json()["items"]
    assert listed["by_provider"]
    assert await switch(api, app, admin, "on") == "bound"
    again = await sign_in(app, database, username="anna.married")
    assert again.user_id == anna.id
    with pytest.raises(NobodyHere):
        await sign_in(app, database, subject="another of the same name")
    family = await session.get(RefreshFamily, again.login_id)
    assert family
    assert (family.door, family.user_agent, family.by_provider) == (LoginDoor.CONSOLE, "Firefox", True)


async def test_a_name_alone_opens_nothing_that_no_admin_allowed(
    app: FastAPI, database: SavepointDatabase, session: AsyncSession, anna: User
) -> None:
    with pytest.raises(NobodyHere):
        await sign_in(app, database)
    assert await session.scalar(select(OidcBinding)) is None


async def test_nobody_is_made(app: FastAPI, database: SavepointDatabase, session: AsyncSession) -> None:
    with pytest.raises(NobodyHere):
        await sign_in(app, database, username="a stranger")
    assert await session.scalar(select(User)) is None


@pytest.mark.parametrize("username", [None, "", "ann", "other"])
async def test_an_account_of_another_name_or_of_none_is_nobodys(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, anna: User, admin: User, username: str | None
) -> None:
    await switch(api, app, admin, "on")
    with pytest.raises(NobodyHere):
        await sign_in(app, database, username=username)


async def test_a_leave_is_good_for_two_weeks(
    api: httpx.AsyncClient,
    app: FastAPI,
    database: SavepointDatabase,
    anna: User,
    admin: User,
    the_clock: clock.SetClock,
) -> None:
    await switch(api, app, admin, "on")
    the_clock.move_to(the_clock.at + timedelta(days=14))
    with pytest.raises(NobodyHere):
        await sign_in(app, database)
    items = (await api.get("/v1/users", headers=bearer(app, admin))).json()["items"]
    assert {item["username"]: item["oidc"] for item in items} == {"anna": "off", "root": "off"}
    assert await switch(api, app, admin, "on") == "on"
    assert (await sign_in(app, database)).user_id == anna.id


async def test_a_binding_has_no_end_of_its_own(
    api: httpx.AsyncClient,
    app: FastAPI,
    database: SavepointDatabase,
    anna: User,
    admin: User,
    the_clock: clock.SetClock,
) -> None:
    await switch(api, app, admin, "on")
    await sign_in(app, database)
    the_clock.move_to(the_clock.at + timedelta(days=400))
    assert (await sign_in(app, database, username=None)).user_id == anna.id


async def test_the_same_subject_of_another_provider_is_somebody_else(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, anna: User, admin: User
) -> None:
    await switch(api, app, admin, "on")
    await sign_in(app, database)
    with pytest.raises(NobodyHere):
        await sign_in(app, database, issuer="https://another.example")


async def test_a_bound_account_takes_no_second_user_by_another_name(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, session: AsyncSession, anna: User, admin: User
) -> None:
    await make_user(session, Role.ADMIN, username="boss")
    for username in ("anna", "boss"):
        await switch(api, app, admin, "on", username)
    await sign_in(app, database)
    assert (await sign_in(app, database, username="boss")).user_id == anna.id


async def test_who_has_left_signs_in_by_no_provider(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, session: AsyncSession, anna: User, admin: User
) -> None:
    await switch(api, app, admin, "on")
    await sign_in(app, database)
    anna.active = False
    await session.flush()
    with pytest.raises(NobodyHere):
        await sign_in(app, database)


async def test_an_admin_takes_it_back_which_ends_the_logins_and_frees_the_account(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, anna: User, admin: User
) -> None:
    await switch(api, app, admin, "on")
    login = await sign_in(app, database)
    assert await switch(api, app, admin, "off") == "off"
    assert (await api.get("/v1/me", headers=headers(login))).status_code == 401
    with pytest.raises(NobodyHere):
        await sign_in(app, database)
    assert await switch(api, app, admin, "on") == "on"
    assert (await sign_in(app, database, subject="the new account")).user_id == anna.id


async def test_taking_back_what_was_never_allowed_ends_no_login(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User, admin: User
) -> None:
    login = await app.state.issuer.open_family(session, clock.now(), user_id=anna.id)
    assert await switch(api, app, admin, "off") == "off"
    assert (await api.get("/v1/me", headers=headers(login))).status_code == 200


async def test_the_trail_tells_who_allowed_it_who_was_bound_and_who_took_it_back(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, session: AsyncSession, anna: User, admin: User
) -> None:
    await switch(api, app, admin, "on")
    await sign_in(app, database)
    await switch(api, app, admin, "off")
    entries = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert [(entry.actor, entry.before, entry.after) for entry in entries] == [
        ("user:root", {"oidc": "off"}, {"oidc": "on"}),
        ("user:anna", {"oidc": "on"}, {"oidc": "bound"}),
        ("user:root", {"oidc": "bound"}, {"oidc": "off"}),
    ]


@pytest.mark.parametrize("to", ["maybe", True, ""])
async def test_it_is_on_or_off(api: httpx.AsyncClient, app: FastAPI, anna: User, admin: User, to: object) -> None:
    answer = await api.patch("/v1/users/anna", json={"oidc": to}, headers=bearer(app, admin))
    assert answer.status_code == 422


async def test_second_factors_are_the_providers_matter(
    api: httpx.AsyncClient, app: FastAPI, database: SavepointDatabase, session: AsyncSession, anna: User, admin: User
) -> None:
    hold(app, app.state.settings.model_copy(update={"second_factor": "required"}), database)
    await make_second_factor(session, app, admin)
    await switch(api, app, admin, "on")
    by_provider = await sign_in(app, database)
    by_password = await app.state.issuer.open_family(session, clock.now(), user_id=anna.id)
    assert (await api.get("/v1/orders", headers=headers(by_provider))).status_code == 200
    assert (await api.get("/v1/orders", headers=headers(by_password))).status_code == 403


async def test_of_two_accounts_of_one_name_at_once_one_becomes_the_users(committed: Database, app: FastAPI) -> None:
    async with committed.transaction() as session:
        await make_user(session, Role.OPERATOR, username="anna")
        change = UserChange(oidc=True)
        await service.change_user(session, "anna", change, app.state.passwords, AT_THE_TERMINAL)
    outcomes = await asyncio.gather(
        *(sign_in(app, committed, subject=f"subject-{number}") for number in range(6)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IssuedTokens", *5 * ["NobodyHere"]]


async def test_one_account_that_comes_twice_at_once_comes_in_twice(committed: Database, app: FastAPI) -> None:
    async with committed.transaction() as session:
        await make_user(session, Role.OPERATOR, username="anna")
        change = UserChange(oidc=True)
        await service.change_user(session, "anna", change, app.state.passwords, AT_THE_TERMINAL)
    logins = await asyncio.gather(*(sign_in(app, committed) for _ in range(4)), return_exceptions=True)
    assert [type(login).__name__ for login in logins] == 4 * ["IssuedTokens"]
