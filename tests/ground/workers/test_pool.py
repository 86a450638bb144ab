"""Calculations in processes of their own."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from app.ground.errors import Conflict
from app.ground.workers.pool import WorkerLost, Workers


def process_of(_: int) -> int:
    return os.getpid()


def fail(reason: str) -> None:
    raise Conflict(reason)


def vanish() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def talk(word: str) -> str:
    os.write(1, word.encode())
    return word


def secrets_in_sight() -> list[str]:
    return [name for name in os.environ if name.startswith("FIELDPROOF")]


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with Workers(1) as workers:
        yield workers


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_call_is_answered_by_another_process_the_same_each_time(workers: Workers) -> None:
    first, second = [await workers.run(process_of, 0) for _ in range(2)]
    assert first == second != os.getpid()


async def test_what_a_call_raises_is_raised_here(workers: Workers) -> None:
    with pytest.raises(Conflict, match="never"):
        await workers.run(fail, "never")


async def test_a_process_that_is_killed_is_told_of_and_the_next_call_has_a_new_one(workers: Workers) -> None:
    with pytest.raises(WorkerLost):
        await workers.run(vanish)
    assert await workers.run(process_of, 0) > 0


async def test_what_a_library_prints_is_no_answer(workers: Workers) -> None:
    assert await workers.run(talk, "progress: 1 %") == "progress: 1 %"


async def test_a_call_that_is_cancelled_ends_its_process(workers: Workers) -> None:
    process = await workers.run(process_of, 0)
    waiting = asyncio.create_task(workers.run(time.sleep, 3600))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not is_alive(process)
    assert await workers.run(process_of, 0) != process


async def test_a_worker_knows_no_secret(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_TOKEN_SECRET", "x" * 40)
    assert await workers.run(secrets_in_sight) == []


async def test_a_worker_ends_with_its_pool() -> None:
    async with Workers(2) as workers:
        processes = await asyncio.gather(*(workers.run(process_of, number) for number in range(2)))
    assert not any(is_alive(process) for process in processes)
