"""The demo day at a terminal: it is played, and what is to be seen then is told."""

import asyncio
from collections.abc import Awaitable, Callable

from rich.console import Console

from app.demo import day as demo_day
from app.demo.guide import guide
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web import logs


def play_demo(settings: Settings, url: str, seed: int) -> None:
    """Play the demo day on the database at `url`, and print its table. Raises Conflict where it is not empty."""
    _log_only_trouble(settings)
    asyncio.run(_with_database(url, lambda database: demo_day.play(settings, database, seed)))


def play_demo_where_empty(settings: Settings, url: str) -> None:
    """Play the demo day if the database has no territory yet and the settings want it."""
    _log_only_trouble(settings)

    async def play(database: Database) -> None:
        if settings.demo and await demo_day.is_empty(database):
            await demo_day.play(settings, database, seed=1)

    asyncio.run(_with_database(url, play))


def _log_only_trouble(settings: Settings) -> None:
    """A line for each of the demo's requests would bury its table."""
    logs.configure(settings.model_copy(update={"log_level": "warning", "log_format": "console"}))


async def _with_database(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    database = Database(url, pool_size=4)
    try:
        await work(database)
    finally:
        await database.close()


def greet(settings: Settings, host: str, port: int) -> None:
    """Say what runs where, and what to look at next."""
    at = f"http://{host}:{port}"
    console = Console()
    console.print(f"\n[bold]Fieldproof[/bold] serves on {at}  (Ctrl-C ends it)")
    for line in guide(settings, at):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
