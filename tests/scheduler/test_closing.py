"""Closing what is due: one that cannot be closed stops no other."""

from datetime import UTC, datetime, timedelta

import pytest

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.ground import clock
from app.ground.db.session import Database
from scheduler.closing import DAYS_A_TURN, DayCloser, Failure, failed_again
from tests.scheduler.worlds import make_due_territory, of_days, what_is_closed

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wall_clock(the_clock: clock.SetClock) -> None:
    the_clock.move_to(datetime.now(UTC))


async def test_a_territory_that_cannot_be_closed_does_not_keep_the_others_open(
    committed: Database, monkeypatch: pytest.MonkeyPatch, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        broken, *_ = [await make_due_territory(session, days=2) for _ in range(3)]
    attempts = 0
    really_close = cutoff.close_or_find

    async def close(*args: object, **named: object) -> tuple[CutoffRun, bool]:
        nonlocal attempts
        if args[1] == broken:
            attempts += 1
            raise RuntimeError("broken")
        return await really_close(*args, **named)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr(cutoff, "close_or_find", close)
    closer = DayCloser()
    assert await closer.close_due(committed) == 4
    assert await what_is_closed(committed) == of_days(4)
    # not tried again before its delay is over
    assert (await closer.close_due(committed), attempts) == (0, 2)
    the_clock.move_to(clock.now() + timedelta(seconds=3))
    assert (await closer.close_due(committed), attempts) == (0, 4)
    monkeypatch.setattr(cutoff, "close_or_find", really_close)
    the_clock.move_to(clock.now() + timedelta(seconds=5))
    assert await closer.close_due(committed) == 2
    assert await what_is_closed(committed) == of_days(6)


async def test_a_long_catch_up_is_done_in_turns(committed: Database) -> None:
    async with committed.transaction() as session:
        await make_due_territory(session, days=DAYS_A_TURN + 3)
    closer = DayCloser()
    assert await closer.close_due(committed) == DAYS_A_TURN
    assert await closer.close_due(committed) == 3
    assert await what_is_closed(committed) == of_days(DAYS_A_TURN + 3)


def test_the_delay_after_a_failure_doubles_up_to_five_minutes() -> None:
    failure: Failure | None = None
    delays = []
    for _ in range(9):
        failure = failed_again(failure, NOW)
        delays.append(int((failure.retry_at - NOW).total_seconds()))
    assert delays == [2, 4, 8, 16, 32, 64, 128, 256, 300]
