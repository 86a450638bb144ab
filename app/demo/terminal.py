"""The demo day at a terminal."""

import asyncio

from app.demo import day as demo_day
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web import logs


def play_demo(settings: Settings, url: str, seed: int) -> None:
    """Play the demo day on the database at `url`, and print its table. Raises Conflict where it is not empty."""
    # a line for each of the demo's requests would bury its table
    logs.configure(settings.model_copy(update={"log_level": "warning", "log_format": "console"}))

    async def play() -> None:
        database = Database(url, pool_size=4)
        try:
            await demo_day.play(settings, database, seed)
        finally:
            await database.close()

    asyncio.run(play())
