"""The processes behind the command line, and how they end."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from app.demo.server_starts import unused_port
from tests.processes import ENDING_WITH_US

PATIENCE = 60.0


async def test_ctrl_c_is_heard_by_the_api_which_ends_the_scheduler_beside_it(
    committed_url: str, tmp_path: Path
) -> None:
    port = str(unused_port())
    api = await asyncio.create_subprocess_exec(
        *(*ENDING_WITH_US, sys.executable, "-m", "app.cli", "serve", "--port", port, "--with-scheduler"),
        env=os.environ | {"FIELDPROOF_DATABASE_URL": committed_url, "FIELDPROOF_HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not (scheduler := child_of(api.pid, "scheduler")):  # noqa: ASYNC110 # another process sets no event here
                await asyncio.sleep(0.02)
            assert os.getsid(scheduler) == scheduler
            os.killpg(api.pid, signal.SIGINT)  # what a terminal does: everybody in the foreground hears it
            printed, _ = await api.communicate()
            while Path(f"/proc/{scheduler}").exists():  # noqa: ASYNC110, ASYNC240 # maybe too early for the API to wait
                await asyncio.sleep(0.02)
    finally:
        if api.returncode is None:
            api.kill()
            await api.wait()
    assert b"Traceback" not in printed


def child_of(pid: int, word: str) -> int | None:
    """The child whose command line has `word`, once it is that program."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if word.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
            return int(child)
    return None
