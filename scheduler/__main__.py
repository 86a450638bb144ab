"""`python -m scheduler`: the process. SIGTERM and SIGINT end it once what runs has ended."""

import asyncio
import signal

from app.db.address import database_url
from app.db.session import Database
from app.settings import Settings
from app.web import logs
from scheduler.leadership import CONNECTION_SETTINGS
from scheduler.runner import run_scheduler

POOL_SIZE = 8


async def serve(url: str) -> None:
    """Run the scheduler over the database at `url` until a signal ends it."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    database = Database(url, pool_size=POOL_SIZE, server_settings=CONNECTION_SETTINGS)
    try:
        await run_scheduler(database, stop)
    finally:
        await database.close()


def main() -> None:
    """Read the settings, then serve."""
    settings = Settings()
    logs.configure(settings)
    asyncio.run(serve(database_url(settings)))


if __name__ == "__main__":
    main()
