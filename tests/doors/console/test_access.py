"""Every page lets in whom it is for, shows nobody what is not theirs, and takes no form that is not its own."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncConnection

from app.doors.console.pages import PageAccess
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from app.masters.identity.one_time_codes import SecondFactorPolicy
from tests.architecture.access_world import World
from tests.doors.console.console_sessions import forgery_token
from tests.doors.console.visited_world import ROLES, ReadingDatabase, Visitors

pytestmark = pytest.mark.usefixtures("undone")

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
SET_UP = {
    "GET /me/second-factor",
    "POST /me/second-factor",
    "POST /me/second-factor/confirm",
    "POST /sign-out",
}
"""What is open to who must have a second factor, and has none."""


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
    "delivery_id": "delivery_1",
    "return_id": "return_1",
    "run_id": "run_a",
    "entry_id": "entry_1",
    "appeal_id": "appeal_1",
    "device_id": "device_1",
    "proposal_id": "proposal_a",
    "message_id": "mail_a",
    "client_id": "client",
    "number": "rep_statement_1",
    "month": "month",
    "quarter": "quarter",
}
"""What of the world a parameter of a path names."""
WORDS = {"step": "submit", "suffix": "csv", "ending": "csv", "kpi": "coverage"}
"""And what else of it is no name of a record."""
NO_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"
"""Names nothing that there is."""


EVERY_FIELD = {
    "outcome": "confirmed",
    "decision": "granted",
    "reason_code": "other",
    "comment": "x",
    "answered_by": "rep",
    "name": "x",
    "decided_because": "x",
}
"""What the forms of most pages would be content with."""
FIELDS_OF = {"POST /setup/location-proposals/{proposal_id}": {"decision": "approved"}}
"""And of the others."""


def address(route: str, world: World) -> str:
    def value(part: re.Match[str]) -> str:
        name = part[1]
        return world[PARAMETERS[name]] if name in PARAMETERS else WORDS.get(name, NO_ID)

    return "/console" + re.sub(r"\{(\w+)(?::\w+)?\}", value, route.partition(" ")[2])


def _reads() -> list[str]:
    return [route for route in CLOSED if route.startswith("GET") and route.partition(" ")[2] not in STREAMS]


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_says_for_whom_it_is_unless_it_is_open_to_all(route: str) -> None:
    assert len(admissions(ROUTES[route])) == (0 if route in OPEN else 1)


@pytest.mark.parametrize("route", CLOSED)
async def test_whoever_has_not_signed_in_is_led_to_where_one_does(
    route: str, http: httpx.AsyncClient, visitors: Visitors
) -> None:
    world, _ = visitors
    answer = await http.request(route.partition(" ")[0], address(route, world))
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/console/sign-in")


@pytest.mark.parametrize("route", [route for route in CLOSED if not route.startswith("GET")])
async def test_a_form_that_the_console_has_not_made_changes_nothing(
    route: str, http: httpx.AsyncClient, built_app: FastAPI, visitors: Visitors
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
    route: str, http: httpx.AsyncClient, visitors: Visitors
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


def _acts() -> list[str]:
    """Routes that do something to a record of territory A, and let supervisors in."""
    names = {name for name, of_world in PARAMETERS.items() if of_world.endswith(("_1", "_a"))}
    return [
        route
        for route in CLOSED
        if not route.startswith("GET")
        and names & set(re.findall(r"\{(\w+)", route))
        and Role.SUPERVISOR in admissions(ROUTES[route])[0].roles
    ]


@pytest.mark.parametrize("route", _acts())
async def test_nobody_does_anything_to_what_is_not_theirs(
    route: str, http: httpx.AsyncClient, built_app: FastAPI, visitors: Visitors
) -> None:
    world, cookies = visitors
    http.cookies = httpx.Cookies(cookies["supervisor_b"])
    form = (
        EVERY_FIELD | FIELDS_OF.get(route, {}) | {"_forgery_token": forgery_token(built_app, cookies["supervisor_b"])}
    )
    answer = await http.post(address(route, world), data=form)
    assert answer.status_code in {403, 404}, answer.text
    shown = [value for value in world.hidden_from("supervisor_b").values() if value in answer.text]
    assert [value for value in shown if value not in address(route, world)] == []


async def test_what_is_read_is_read_in_transactions_that_cannot_write(
    http: httpx.AsyncClient,
    built_app: FastAPI,
    world_connection: AsyncConnection,
    visitors: Visitors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A link on another site, or a picture, has a browser ask for any address: that must change nothing."""
    world, cookies = visitors
    database = ReadingDatabase(world_connection)
    monkeypatch.setitem(built_app.state._state, "database", database)
    http.cookies = httpx.Cookies(cookies["admin"])
    for route in [*_reads(), "GET /sign-in", "GET /sign-in/provider"]:
        await http.get(address(route, world))
        assert not database.has_written, route


async def test_who_must_have_a_second_factor_and_has_none_is_led_to_where_one_is_set_up(
    http: httpx.AsyncClient, built_app: FastAPI, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, cookies = visitors
    monkeypatch.setattr(built_app.state.authenticate, "_policy", SecondFactorPolicy.REQUIRED)
    http.cookies = httpx.Cookies(cookies["admin"])
    form = {"_forgery_token": forgery_token(built_app, cookies["admin"])}
    for route in sorted(set(CLOSED) - SET_UP):
        method = route.partition(" ")[0]
        answer = await http.request(method, address(route, world), data=None if method == "GET" else form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/me/second-factor"), route
