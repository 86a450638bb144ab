"""Every route of the OpenAPI document has one access rule, and shows nobody what is not theirs.

The routes are taken from the document; `access_table.ENTRIES` says who may call each of them, and a new route without a
line there fails. Each is called by everyone in a world of two territories and three reps (`access_world`).
"""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import AccessRule, Scope, access_rules
from app.ground.web.openapi import api_routes
from app.main import create_app, hold
from tests.architecture.access_table import ENTRIES, Entry
from tests.architecture.access_world import CALLERS, HALF_PAST_FIVE, World, insiders, make_world
from tests.conftest import SavepointDatabase, rolled_back, settings_in
from tests.contract import contract
from tests.factories.identity import bearer, make_client

UNDOCUMENTED = {"/", "/console", "/docs", "/docs/static", "/openapi.json", "/problems"}
"""Pages for people, without data, and the console, whose own table is tests/doors/console/test_access.py."""


def _app_without_a_database() -> FastAPI:
    settings = Settings(token_secret="x" * 40)  # type: ignore[arg-type]  # parsed
    return create_app(settings, Database("postgresql://nowhere"))


_APP = _app_without_a_database()
ROUTES = [f"{method.upper()} {path}" for path, item in contract()["paths"].items() for method in item]
RULES = {
    f"{method} {route.path_format}": access_rules(route.dependant)
    for route in api_routes(_APP)
    for method in route.methods or ()
}


@pytest.fixture(scope="module")
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One for all tests here, which undo what they do: the world is made once."""
    async with rolled_back(engine) as connection:
        yield connection


@pytest.fixture(scope="module")
async def world(connection: AsyncConnection, built_app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> World:
    hold(built_app, settings_in(tmp_path_factory.mktemp("home")), SavepointDatabase(connection))
    async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
        with clock.fixed(HALF_PAST_FIVE):
            world = await make_world(session, built_app)
        await session.commit()
    return world


@pytest.fixture(autouse=True)
def half_past_five(the_clock: clock.SetClock) -> None:
    the_clock.move_to(HALF_PAST_FIVE)


class Try:
    """Calls one route as this caller or that, and undoes what it did."""

    def __init__(self, api: httpx.AsyncClient, connection: AsyncConnection, world: World, route: str) -> None:
        self.api, self.connection, self.world = api, connection, world
        self.entry = entry_of(route)
        self.method, _, template = route.partition(" ")
        names = iter(self.entry.path)
        self.path = template.replace("{kpi}", "coverage").replace("{kind}", "reps")
        self.path = re.sub(r"\{\w+\}", lambda _: world[next(names)], self.path)
        assert next(names, None) is None, "the path has fewer parameters than the entry names"
        self.body = self.entry.body(world)

    async def as_(self, headers: dict[str, str]) -> httpx.Response:
        sent = {"data" if self.entry.media_type == "form" else "json": self.body} if self.body is not None else {}
        savepoint = await self.connection.begin_nested()
        try:
            return await self.api.request(self.method, self.path, params=self.entry.query, headers=headers, **sent)
        finally:
            await savepoint.rollback()

    def shown(self, answer: httpx.Response, caller: str) -> list[str]:
        """What the answer holds that the caller may not see, but for what it sent itself."""
        sent = f"{self.path} {self.body}"
        hidden = self.world.hidden_from(caller)
        return [name for name, value in hidden.items() if value in answer.text and value not in sent]


def entry_of(route: str) -> Entry:
    assert route in ENTRIES, f"{route} is new: give it a line in tests/architecture/access_table.py"
    return ENTRIES[route]


@pytest.fixture
async def attempt(
    request: pytest.FixtureRequest, api: httpx.AsyncClient, connection: AsyncConnection, world: World
) -> Try:
    return Try(api, connection, world, request.getfixturevalue("route"))


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_has_exactly_one_access_rule_and_a_line_in_the_table(route: str) -> None:
    rules = RULES[route]
    assert len(rules) == 1, f"{route} has {len(rules)} access rules"
    assert (rules == ["public"]) is (entry_of(route).admits is None)


def test_the_table_has_no_line_for_a_route_that_is_gone() -> None:
    assert set(ENTRIES) <= set(ROUTES)


def test_every_other_address_of_the_app_is_a_page_without_data() -> None:
    documented = {route.path for route in api_routes(_APP)}
    addresses = {route.path for route in iter_route_contexts(_APP.routes) if route.path is not None}
    assert addresses - documented == UNDOCUMENTED


def test_every_scope_opens_a_route() -> None:
    opened = {rule.scope for rules in RULES.values() for rule in rules if isinstance(rule, AccessRule)}
    assert set(Scope) - opened <= {Scope.PLANS_OVERRIDE}, "plans:override is a right within the import of visits"


def test_who_has_yet_to_set_up_a_second_factor_is_let_in_to_what_is_their_own_alone() -> None:
    opened = [route for route, [rule] in RULES.items() if isinstance(rule, AccessRule) and rule.restricted]
    assert {route for route in opened if not route.partition(" ")[2].startswith("/v1/me")} == set()
    assert opened


@pytest.mark.parametrize("route", ROUTES)
async def test_a_route_admits_whom_it_should_and_shows_nobody_what_is_not_theirs(
    route: str, attempt: Try, world: World
) -> None:
    entry = attempt.entry
    without_token = await attempt.as_({})
    assert without_token.status_code in ({401} if entry.admits is not None else entry.answers), without_token.text
    for caller in CALLERS:
        answer = await attempt.as_(world.headers[caller])
        assert answer.status_code in _expected(entry, caller), f"{caller} got {answer.status_code}: {answer.text}"
        assert not attempt.shown(answer, caller), f"{caller} was shown what is not theirs: {answer.text}"
        if entry.lists and answer.status_code < 300 and caller in insiders(entry.lists):
            assert world[entry.lists] in answer.text, f"{caller} was not shown {entry.lists}: {answer.text}"


def _expected(entry: Entry, caller: str) -> frozenset[int]:
    if entry.admits is None:
        return entry.answers
    if caller not in entry.admits:
        return frozenset({403})
    if all(caller in insiders(name) for name in entry.path):
        return entry.answers
    return frozenset({404})


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if any(isinstance(rule, AccessRule) and rule.scope for rule in RULES[route])]
)
async def test_a_client_with_every_scope_but_those_that_open_the_route_is_refused(
    route: str, attempt: Try, session: AsyncSession, app: FastAPI
) -> None:
    [rule] = RULES[route]
    assert isinstance(rule, AccessRule)
    client = await make_client(session, *(scope for scope in Scope if scope not in rule.opened_by()))
    answer = await attempt.as_(bearer(app, client))
    assert answer.status_code == 403
    assert str(rule.scope) in answer.json()["detail"]


def test_a_scope_that_reads_is_included_in_the_one_that_writes_the_same_and_in_no_other() -> None:
    opened = {scope: AccessRule(frozenset(), device=False, scope=scope).opened_by() for scope in Scope}
    several = {scope: scopes for scope, scopes in opened.items() if scopes != [scope]}
    assert several == {
        Scope.MASTER_READ: [Scope.MASTER_READ, Scope.MASTER_WRITE],
        Scope.CUTOFF_READ: [Scope.CUTOFF_READ, Scope.CUTOFF_RUN],
        Scope.DELIVERIES_READ: [Scope.DELIVERIES_READ, Scope.DELIVERIES_WRITE],
    }
