"""Fixtures of the console's tests: the demo behind a server, and browsers before it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright

from app.ground import clock
from app.ground.db.session import Database
from app.main import create_app
from tests.browsers import find_browser
from tests.demo_world import SATURDAY, DemoWorld
from tests.doors.console.browsing import NAMES, Profiles, Visitor, served, visiting_as
from tests.doors.console.console_sessions import cookies_of
from tests.doors.console.visited_world import http, undone, visitors, world_connection  # noqa: F401 # fixtures

SignIn = Callable[..., Awaitable[Visitor]]


@pytest.fixture(autouse=True)
def saturday(the_clock: clock.SetClock) -> None:
    the_clock.move_to(SATURDAY)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, for all tests of a worker: each visitor has a profile of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Profiles:
    return Profiles(browser)


@pytest.fixture(scope="module")
async def demo_database(demo_world: DemoWorld) -> AsyncIterator[Database]:
    """A copy of the demo for the tests of a module: they read it, or each changes what no other looks at."""
    async with demo_world.copied() as database:
        yield database


@pytest.fixture(scope="module")
def console_app(demo_world: DemoWorld, demo_database: Database) -> FastAPI:
    return create_app(demo_world.settings, demo_database)


@pytest.fixture(scope="module")
async def console(console_app: FastAPI) -> AsyncIterator[str]:
    """The address of the service with the demo in it."""
    with clock.fixed(SATURDAY):
        async with served(console_app) as base:
            yield base


@pytest.fixture
async def signed_in(
    profiles: Profiles, console: str, console_app: FastAPI, demo_database: Database
) -> AsyncIterator[SignIn]:
    """`await signed_in("supervisor")`: a browser of one's own on the console, where one has signed in; or nobody."""
    async with AsyncExitStack() as entered:

        async def enter(role: str | None, **options: Any) -> Visitor:
            cookies = await cookies_of(demo_database, console_app, NAMES[role]) if role else {}
            return await entered.enter_async_context(visiting_as(profiles, console, cookies, **options))

        yield enter
