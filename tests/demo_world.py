"""The demo, played once for all tests of a worker, in a database that nobody changes: tests take copies."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from rich.console import Console

from app.demo.day import play
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from tests.conftest import settings_in
from tests.databases import copy_database, create_database, drop_database

SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
"""The demo day is the Friday before."""


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """The demo of seed 1: its tables, its settings, and the database to copy."""

    tables: str
    settings: Settings
    url: str

    @asynccontextmanager
    async def copied(self) -> AsyncIterator[Database]:
        """A database of one's own in which the demo was played."""
        url = await copy_database(self.url)
        database = Database(url, pool_size=4)
        try:
            yield database
        finally:
            await database.close()
            await drop_database(url)


async def play_demo(settings: Settings, database: Database) -> str:
    """Play it on Saturday; the tables that it prints."""
    console = Console(file=io.StringIO(), width=80)
    with clock.fixed(SATURDAY):
        await play(settings, database, seed=1, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture(scope="session")
async def demo_world(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> DemoWorld:
    settings = settings_in(tmp_path_factory.mktemp("home"))
    url = await create_database(cluster_url)
    database = Database(url, pool_size=4)
    tables = await play_demo(settings, database)
    await database.close()
    return DemoWorld(tables, settings, url)
