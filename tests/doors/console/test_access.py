"""Every page lets in whom it is for, shows nobody what is not theirs, and takes no form that is not its own."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.doors.console.pages import PageAccess
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app, hold
from tests.architecture.access_world import HALF_PAST_FIVE, World, make_world
from tests.conftest import SavepointDatabase, rolled_back, settings_in
from tests.doors.console.console_sessions import forgery_token, log_in

OPEN = {
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/provider",
    "GET /sign-in/provider/callback",
    "POST /language",
    "POST /theme",
    "GET /static/{digest}/{name}",
    "GET /favicon.ico",
}
"""What whoever has not signed in may call: nothing of it shows a record."""
STREAMS = {"/today/live", "/calls/{task_id}/live"}
"""Pages that go on for as long as one looks."""
ROLES = {
    "admin": Role.ADMIN,
    "supervisor_a": Role.SUPERVISOR,
    "supervisor_b": Role.SUPERVISOR,
    "operator_a": Role.OPERATOR,
}


def _routes() -> list[Any]:
    app = create_app(Settings(token_secret="x" * 40), Database("postgresql://nowhere"))  # type: ignore[arg-type] # parsed
    return [route for route in iter_route_contexts(app.state.console.routes) if route.methods]


def _named(route: Any) -> str:
    return f"{next(iter(route.methods or ()))} {route.path_format}"


def admissions(route: Any) -> list[PageAccess]:
    return [each.call for each in route.dependant.dependencies if isinstance(each.call, PageAccess)]


ROUTES = {_named(route): route for route in _routes()}
CLOSED = sorted(ROUTES.keys() - OPEN)
PARAMETERS = {
    "visit_id": "visit_1",
    "outlet_code": "outlet_a",
    "rep_code": "rep_1",
    "signal_id": "signal_1",
    "order_id": "order_1",
    "code": "outlet_a",
    "task_id": "task_a",
    "week": "week",
    "day": "route_day",
    "generation_id": "generation_a",
    "request_id": "request_1",
    "link_id": "calendar_1",
}
"""What of the world a parameter of a path names; all else names nothing that there is."""


@pytest.fixture(scope="module")
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One for all tests here, which undo what they do: the world is made once."""
    async with rolled_back(engine) as connection:
        yield connection


@pytest.fixture(scope="module")
async def visitors(
    connection: AsyncConnection, built_app: FastAPI, tmp_path_factory: pytest.TempPathFactory
) -> tuple[World, dict[str, dict[str, str]]]:
    """The world, and the cookies of its staff."""
    hold(built_app, settings_in(tmp_path_factory.mktemp("home")), SavepointDatabase(connection))
    cookies: dict[str, dict[str, str]] = {}
    async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
        with clock.fixed(HALF_PAST_FIVE):
            world = await make_world(session, built_app)
            for name in ROLES:
                token = world.headers[name]["Authorization"].removeprefix("Bearer ")
                cookies[name] = await log_in(session, built_app, int(built_app.state.tokens.read(token).subject))
        await session.commit()
    return world, cookies


@pytest.fixture(autouse=True)
def saturday(the_clock: clock.SetClock) -> None:
    """The world's own day, and not the demo's."""
    the_clock.move_to(HALF_PAST_FIVE)


@pytest.fixture
async def http(built_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(built_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        yield client


@pytest.fixture(autouse=True)
async def undone(connection: AsyncConnection) -> AsyncIterator[None]:
    savepoint = await connection.begin_nested()
    yield
    await savepoint.rollback()


def address(route: str, world: World) -> str:
    return "/console" + re.sub(
        r"\{(\w+)(?::\w+)?\}",
        lambda part: world[PARAMETERS[part[1]]] if part[1] in PARAMETERS else "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
        route.partition(" ")[2],
    )


def _reads() -> list[str]:
    return [route for route in CLOSED if route.startswith("GET") and route.partition(" ")[2] not in STREAMS]


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_says_for_whom_it_is_unless_it_is_open_to_all(route: str) -> None:
    assert len(admissions(ROUTES[route])) == (0 if route in OPEN else 1)


@pytest.mark.parametrize("route", CLOSED)
async def test_whoever_has_not_signed_in_is_led_to_where_one_does(
    route: str, http: httpx.AsyncClient, visitors: tuple[World, dict[str, dict[str, str]]]
) -> None:
    world, _ = visitors
    answer = await http.request(route.partition(" ")[0], address(route, world))
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/console/sign-in")


@pytest.mark.parametrize("route", [route for route in CLOSED if not route.startswith("GET")])
async def test_a_form_that_the_console_has_not_made_changes_nothing(
    route: str, http: httpx.AsyncClient, built_app: FastAPI, visitors: tuple[World, dict[str, dict[str, str]]]
) -> None:
    world, cookies = visitors
    [admission] = admissions(ROUTES[route])
    name = "operator_a" if Role.OPERATOR in admission.roles else "admin"
    method, to = route.partition(" ")[0], address(route, world)
    own = {"_forgery_token": forgery_token(built_app, cookies[name])}
    of_another = {"_forgery_token": forgery_token(built_app, cookies["supervisor_b"])}
    for form, headers in (
        ({}, {}),
        (of_another, {}),
        (own, {"Sec-Fetch-Site": "cross-site"}),
        (own, {"Origin": "https://elsewhere.example"}),
    ):
        http.cookies = httpx.Cookies(cookies[name])
        answer = await http.request(method, to, data=form, headers=headers)
        assert answer.status_code == 403, (form, headers)


@pytest.mark.parametrize("route", _reads())
async def test_a_page_lets_in_its_roles_and_shows_nobody_what_is_not_theirs(
    route: str, http: httpx.AsyncClient, visitors: tuple[World, dict[str, dict[str, str]]]
) -> None:
    world, cookies = visitors
    [admission] = admissions(ROUTES[route])
    for name, role in ROLES.items():
        http.cookies = httpx.Cookies(cookies[name])
        answer = await http.get(address(route, world))
        if role not in admission.roles:
            assert answer.status_code == 403, name
        assert answer.status_code < 500, answer.text
        asked = address(route, world)
        shown = [key for key, value in world.hidden_from(name).items() if value in answer.text and value not in asked]
        assert shown == [], f"{name} was shown what is not theirs"
