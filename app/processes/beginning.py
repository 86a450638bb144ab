"""What is looked after before serving, by a process that holds a database's driver."""

import asyncio
import signal

from app.ground.loading import loaded
from app.ground.settings import Settings
from app.ground.web import logs


def begin(url: str) -> None:
    """See `app.ground.db.beginning.begin`: in the process that is to serve, or in a fork for all that are."""
    asyncio.run(loaded("app.ground.db.beginning:begin")(url))


def begin_apart(url: str) -> None:
    """The same as a process of its own, which has no logs yet, and which its parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.configure(Settings())
    begin(url)
