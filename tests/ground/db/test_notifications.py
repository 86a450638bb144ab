"""How often the connection over which the database tells is asked whether it lives."""

import asyncio
from typing import Any

import pytest

from app.ground.db import notifications
from app.ground.db.notifications import Notifications
from app.ground.db.session import Database

LONG = 3600.0


class Listening:
    """A connection that answers at once, and counts how often it was asked."""

    asked = 0

    async def add_listener(self, channel: str, callback: Any) -> None:
        """It hears nothing."""

    async def execute(self, statement: str, **_: Any) -> None:
        self.asked += 1


@pytest.fixture
def heard() -> Notifications:
    return Notifications(Database("postgresql://nowhere"), "callers", lambda _: None, lambda: None)


async def turns_of_the_loop() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that nobody relies on is asked once, and not again."""
    monkeypatch.setattr(notifications, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(notifications, "IDLE_BEAT_SECONDS", LONG)


async def listening_on(heard: Notifications, connection: Any) -> asyncio.Task[None]:
    listening = asyncio.create_task(heard._listen_on(connection))
    await turns_of_the_loop()
    return listening


@pytest.mark.usefixtures("idle")
async def test_a_connection_that_nobody_relies_on_is_asked_once_in_a_while(heard: Notifications) -> None:
    connection = Listening()
    listening = await listening_on(heard, connection)
    assert connection.asked == 1
    for times in (2, 3):  # at once, and no more often than it is relied on
        heard.rely()
        await turns_of_the_loop()
        assert connection.asked == times
    listening.cancel()


async def test_a_connection_that_is_relied_on_is_asked_four_times_a_second(
    heard: Notifications, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        heard.rely()  # somebody does, all the time
        if len(slept) == 8:
            raise asyncio.CancelledError

    monkeypatch.setattr("app.ground.db.notifications.asyncio.sleep", sleep)
    connection: Any = Listening()
    with pytest.raises(asyncio.CancelledError):
        await heard._listen_on(connection)
    assert (sum(slept), connection.asked) == (2.0, 8)


async def test_what_is_not_confirmed_for_a_second_counts_for_nothing_however_rarely_it_is_asked() -> None:
    assert notifications.CURRENT_SECONDS <= 1.0
    assert notifications.BEAT_SECONDS < notifications.CURRENT_SECONDS < notifications.IDLE_BEAT_SECONDS


@pytest.mark.usefixtures("idle")
async def test_who_listens_ends_when_cancelled_also_just_as_somebody_relies_on_it(heard: Notifications) -> None:
    listening = await listening_on(heard, Listening())
    heard.rely()
    listening.cancel()
    await turns_of_the_loop()
    assert listening.cancelled()
