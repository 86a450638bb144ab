"""Whatever is due leaves at least once, on real connections: retried, given up, by several at once, after a kill."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing import Pipe

import pytest

from app.ground import clock, outbox
from app.ground.db.session import Database
from app.ground.outbox import NotDelivered, RetryPolicy, Turn
from tests.conftest import MONDAY_NOON
from tests.ground.outbox import killed_worker
from tests.ground.outbox.parcels import POLICY, Parcel, ParcelOutbox, make_parcels, parcels
from tests.processes import exit_code_of, start_fork

NOW, MINUTE = MONDAY_NOON, timedelta(minutes=1)


async def turn(database: Database, deliver: Callable[[int], Awaitable[None]], policy: RetryPolicy = POLICY) -> Turn:
    return await outbox.deliver_due(database, ParcelOutbox(), deliver, policy, asyncio.Event())


class Courier:
    """Delivers, but for the parcels that a test names."""

    def __init__(self, failures: dict[int, Exception] | None = None) -> None:
        self.failures = failures or {}
        self.delivered: list[int] = []

    async def __call__(self, number: int) -> None:
        if number in self.failures:
            raise self.failures[number]
        self.delivered.append(number)


AWAY = NotDelivered("away", for_good=False)
GONE = NotDelivered("gone", for_good=True)


async def test_what_is_due_leaves_the_longest_due_first(committed: Database) -> None:
    await make_parcels(committed, [NOW, NOW - MINUTE, NOW + MINUTE])
    courier = Courier()
    assert await turn(committed, courier) == Turn(delivered=2, failed=0)
    assert courier.delivered == [2, 1]
    assert (await parcels(committed))[0] == Parcel(1, None, NOW, None)
    assert (await parcels(committed))[2] == Parcel(0, NOW + MINUTE, None, None)


async def test_a_failure_is_tried_again_later_each_time_and_given_up_at_last(
    committed: Database, the_clock: clock.SetClock
) -> None:
    await make_parcels(committed, [NOW])
    courier = Courier({1: AWAY})
    for minutes, due_in in ((0, MINUTE), (1, 2 * MINUTE)):
        the_clock.move_to(the_clock.at + minutes * MINUTE)
        assert await turn(committed, courier) == Turn(0, 1)
        assert await turn(committed, courier) == Turn(0, 0)
        assert (await parcels(committed))[0].due_at == the_clock.at + due_in
    the_clock.move_to(the_clock.at + 2 * MINUTE)
    assert await turn(committed, courier) == Turn(0, 1)
    assert await parcels(committed) == [Parcel(3, None, None, "away")]


async def test_a_message_over_which_every_process_died_is_given_up_untried(
    committed: Database, the_clock: clock.SetClock
) -> None:
    await make_parcels(committed, [NOW])
    for _ in range(POLICY.most_attempts):
        async with committed.transaction() as session:
            await ParcelOutbox().claim(session, the_clock.at, the_clock.at + POLICY.claim_lasts)
        the_clock.move_to(the_clock.at + POLICY.claim_lasts)
    courier = Courier()
    assert await turn(committed, courier) == Turn(0, 1)
    assert courier.delivered == []
    assert (await parcels(committed))[0].failure == "the last attempt came to no end"


async def test_what_is_refused_for_good_is_given_up_at_once_and_keeps_no_others(committed: Database) -> None:
    await make_parcels(committed, [NOW, NOW])
    assert await turn(committed, Courier({1: GONE}), replace(POLICY, one_way_out=True)) == Turn(1, 1)
    assert await parcels(committed) == [Parcel(1, None, None, "gone"), Parcel(1, None, NOW, None)]


@pytest.mark.parametrize(("one_way_out", "result"), [(True, Turn(0, 1)), (False, Turn(1, 1))])
async def test_where_all_leave_by_one_server_its_failure_ends_the_turn(
    committed: Database, one_way_out: bool, result: Turn
) -> None:
    await make_parcels(committed, [NOW, NOW])
    assert await turn(committed, Courier({1: AWAY}), replace(POLICY, one_way_out=one_way_out)) == result


async def test_a_bug_is_the_failure_of_its_message_alone(committed: Database) -> None:
    await make_parcels(committed, [NOW, NOW])
    assert await turn(committed, Courier({1: ZeroDivisionError()})) == Turn(1, 1)
    assert (await parcels(committed))[0] == Parcel(1, NOW + MINUTE, None, "ZeroDivisionError in this program")


async def test_a_delivery_that_takes_too_long_is_broken_off(committed: Database) -> None:
    await make_parcels(committed, [NOW])

    async def deliver(number: int) -> None:
        await asyncio.Event().wait()

    policy = replace(POLICY, longest_delivery=timedelta(milliseconds=5))
    assert await turn(committed, deliver, policy) == Turn(0, 1)
    assert (await parcels(committed))[0].failure == "it took longer than 0 s"


async def test_no_connection_to_the_database_is_held_while_a_message_is_delivered(committed: Database) -> None:
    await make_parcels(committed, [NOW])
    held = []

    async def deliver(number: int) -> None:
        held.append(committed.engine.pool.status())

    await turn(committed, deliver)
    assert "Current Checked out connections: 0" in held[0]


async def test_many_at_once_deliver_each_message_once(committed: Database) -> None:
    await make_parcels(committed, [NOW] * 60)
    courier = Courier()
    turns = await asyncio.gather(*(turn(committed, courier) for _ in range(4)))
    assert Counter(courier.delivered) == dict.fromkeys(range(1, 61), 1)
    assert sum(one.delivered for one in turns) == 60


async def test_who_is_told_to_stop_ends_after_the_message_that_it_is_at(committed: Database) -> None:
    await make_parcels(committed, [NOW, NOW])
    stopping = asyncio.Event()

    async def deliver(number: int) -> None:
        stopping.set()

    assert await outbox.deliver_due(committed, ParcelOutbox(), deliver, POLICY, stopping) == Turn(1, 0)


async def test_what_a_killed_process_was_delivering_is_delivered_by_the_next(
    committed: Database, committed_url: str, the_clock: clock.SetClock
) -> None:
    await make_parcels(committed, [NOW])
    told, begun = Pipe(duplex=False)
    process = start_fork(killed_worker.deliver_for_ever, committed_url, begun)
    assert await asyncio.to_thread(told.recv) == 1
    process.kill()
    await exit_code_of(process)
    courier = Courier()
    the_clock.move_to(clock.wall())
    assert await turn(committed, courier) == Turn(0, 0)
    the_clock.move_to(clock.wall() + POLICY.claim_lasts)
    assert await turn(committed, courier) == Turn(1, 0)
    assert (await parcels(committed))[0].attempts == 2
    for end in (told, begun):
        end.close()


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 240), (2_000, 240)])
def test_each_delay_is_twice_the_one_before_up_to_a_limit(attempts: int, minutes: int) -> None:
    assert POLICY.delay_after(attempts) == minutes * MINUTE
