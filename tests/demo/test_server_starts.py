"""Waiting for a server that was started."""

import subprocess
from collections.abc import Callable

import pytest

from app.demo.server_starts import NotStarted, wait_until_ready

LONG = 60.0


def never() -> bool:
    return False


def third_time() -> Callable[[], bool]:
    answers = iter([False, False, True])
    return lambda: next(answers)


def test_it_is_asked_until_it_answers() -> None:
    with subprocess.Popen(["sleep", "60"]) as server:
        wait_until_ready(server, third_time(), LONG)
        assert server.poll() is None
        server.kill()


def test_one_that_ends_before_it_answers_is_told_with_its_status() -> None:
    with subprocess.Popen(["sh", "-c", "exit 3"]) as server, pytest.raises(NotStarted, match="status 3"):
        wait_until_ready(server, never, LONG)


def test_one_that_is_silent_is_given_up_and_not_ended() -> None:
    with subprocess.Popen(["sleep", "60"]) as server:
        with pytest.raises(NotStarted, match="within 0 s"):
            wait_until_ready(server, never, 0)
        assert server.poll() is None
        server.kill()
