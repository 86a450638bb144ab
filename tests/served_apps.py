"""Apps that workers serve in tests, in a module that is loaded at once: each worker does that anew."""

import os
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send


async def tell_pid(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers the pid of its process."""
    if scope["type"] == "http":
        await PlainTextResponse(str(os.getpid()))(scope, receive, send)


async def fail_to_begin(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that cannot start."""
    raise RuntimeError(scope["type"])


def note_pid(path: Path) -> None:
    """What is prepared in a process of its own."""
    path.write_text(str(os.getpid()))
