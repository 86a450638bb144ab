"""A filled company on a database that commits, for requests that nobody would send."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from schemathesis.python.asgi import shutdown_lifespans
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from tests.architecture.access_world import HALF_PAST_FIVE, World, make_world
from tests.databases import create_database, drop_database
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

EXAMPLE = "PAT-0042"
"""The code that stands in the document's examples: here everything has it, so that examples are about something."""


@dataclass
class Company:
    """The app over a filled database, the names of its records, and what each caller sends as headers."""

    app: FastAPI
    world: World


@pytest.fixture(scope="module")
def company(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), token_secret="x" * 40)  # type: ignore[arg-type] # parsed
    url = asyncio.run(create_database(cluster_url))
    app = create_app(settings, Database(url, pool_size=2))
    with clock.fixed(HALF_PAST_FIVE):
        yield Company(app, asyncio.run(_fill(app, url)))
    shutdown_lifespans()
    asyncio.run(drop_database(url))


@pytest.fixture(autouse=True)
def half_past_five(the_clock: clock.SetClock) -> None:
    the_clock.move_to(HALF_PAST_FIVE)


async def _fill(app: FastAPI, url: str) -> World:
    database = Database(url, pool_size=1)
    async with database.transaction() as session:
        world = await make_world(session, app)
        world.headers["nobody"] = {}
        world.headers |= await _make_what_examples_name(session, app)
    await database.close()
    return world


async def _make_what_examples_name(session: AsyncSession, app: FastAPI) -> dict[str, dict[str, str]]:
    territory = await make_territory(session, code=EXAMPLE)
    rep = await make_rep(session, territory, code=EXAMPLE)
    await make_outlet(session, territory, code=EXAMPLE)
    await make_product(session, code=EXAMPLE)
    return {
        "device": bearer(app, await make_device(session, rep)),
        "supervisor": bearer(app, await make_user(session, Role.SUPERVISOR, territory)),
    }
