"""The world of the access tests before the console: its staff as browsers without a browser.

Fixtures, for modules that undo what their tests do: `pytestmark = pytest.mark.usefixtures("undone")`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.main import hold
from tests.architecture.access_world import HALF_PAST_FIVE, World, make_world
from tests.conftest import SavepointDatabase, rolled_back, settings_in
from tests.doors.console.console_sessions import log_in

Visitors = tuple[World, dict[str, dict[str, str]]]
ROLES = {
    "admin": Role.ADMIN,
    "supervisor_a": Role.SUPERVISOR,
    "supervisor_b": Role.SUPERVISOR,
    "operator_a": Role.OPERATOR,
}


class ReadingDatabase(SavepointDatabase):
    """Notes whether a transaction was opened that could write."""

    has_written = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        self.has_written = True
        async with super().transaction() as session:
            yield session

    @asynccontextmanager
    async def read_only(self) -> AsyncIterator[AsyncSession]:
        async with super().transaction() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        async with super().transaction() as session:
            yield session

    @asynccontextmanager
    async def single_statement(self) -> AsyncIterator[AsyncSession]:
        async with super().transaction() as session:
            yield session


@pytest.fixture(scope="module")
async def world_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One for all tests here, which undo what they do: the world is made once."""
    async with rolled_back(engine) as connection:
        yield connection


@pytest.fixture(scope="module")
async def visitors(
    world_connection: AsyncConnection, built_app: FastAPI, tmp_path_factory: pytest.TempPathFactory
) -> Visitors:
    """The world, and the cookies of its staff."""
    hold(built_app, settings_in(tmp_path_factory.mktemp("home")), SavepointDatabase(world_connection))
    cookies: dict[str, dict[str, str]] = {}
    async with AsyncSession(bind=world_connection, join_transaction_mode="create_savepoint") as session:
        with clock.fixed(HALF_PAST_FIVE):
            world = await make_world(session, built_app)
            for name in ROLES:
                token = world.headers[name]["Authorization"].removeprefix("Bearer ")
                cookies[name] = await log_in(session, built_app, int(built_app.state.tokens.read(token).subject))
        await session.commit()
    return world, cookies


@pytest.fixture
async def http(built_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(built_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        yield client


@pytest.fixture
async def undone(world_connection: AsyncConnection, saturday: None, the_clock: clock.SetClock) -> AsyncIterator[None]:
    """The world's own day, and not the demo's; nothing remains of what a test does."""
    the_clock.move_to(HALF_PAST_FIVE)
    savepoint = await world_connection.begin_nested()
    yield
    await savepoint.rollback()
