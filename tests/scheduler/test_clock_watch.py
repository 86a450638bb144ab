"""A clock that jumps closes nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from app.ground import clock
from app.ground.db.session import Database
from app.ground.events.models import Event
from app.ground.settings import Settings
from scheduler.clock_watch import LASTS_SECONDS, ClockReading, ClockWatch, Trust, judge
from scheduler.jobs import Job, all_jobs
from scheduler.runner import run_scheduler

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)


def reading(seconds: float, *, ahead: float = 0, database_ahead: float | None = None) -> ClockReading:
    """So many seconds after noon, by a clock that is so many hours ahead; the database's shows the same, or its own."""
    true = NOON + timedelta(seconds=seconds)
    theirs = ahead if database_ahead is None else database_ahead
    return ClockReading(true + timedelta(hours=ahead), true + timedelta(hours=theirs), 1000.0 + seconds)


@pytest.mark.parametrize(
    ("readings", "trusted"),
    [
        ([reading(0)], [True]),
        ([reading(0), reading(86_400)], [True, True]),
        ([reading(0), reading(5, ahead=0.9)], [True, True]),
        # not the database's, from the first look on and however long
        ([reading(0, ahead=26, database_ahead=0), reading(9_999, ahead=26, database_ahead=0)], [False, False]),
        ([reading(0, ahead=-26, database_ahead=0)], [False]),
        ([reading(0, ahead=1.1, database_ahead=0)], [False]),
        # ahead for 15 seconds, the machine's other processes with it
        ([reading(0), reading(5, ahead=26), reading(15, ahead=26), reading(20)], [True, False, False, True]),
        ([reading(0), reading(5, ahead=-26), reading(20)], [True, False, True]),
        # put right for good
        (
            [reading(0), reading(5, ahead=2), reading(LASTS_SECONDS, ahead=2), reading(LASTS_SECONDS + 5, ahead=2)],
            [True, False, False, True],
        ),
        # a jump that the database did not make does not begin to last
        (
            [reading(0), reading(5, ahead=2, database_ahead=0), reading(LASTS_SECONDS + 5, ahead=2)],
            [True, False, False],
        ),
    ],
)
def test_a_jump_of_more_than_an_hour_is_doubted_until_it_has_lasted_and_the_database_agrees(
    readings: list[ClockReading], trusted: list[bool]
) -> None:
    trust, found = Trust(), []
    for one in readings:
        trust = judge(trust, one)
        found.append(trust.doubt is None)
    assert found == trusted


async def test_a_doubt_and_its_end_are_told_once_each(committed: Database, the_clock: clock.SetClock) -> None:
    watch, told = ClockWatch(), []
    for ahead in (0, 26, 26, 0, 0):
        the_clock.move_to(datetime.now(UTC) + timedelta(hours=ahead))
        told.append((await watch.trusts(committed), REGISTRY.get_sample_value("fieldproof_clock_doubted")))
    assert told == [(True, 0), (False, 1), (False, 1), (True, 0), (True, 0)]
    async with committed.read_only() as session:
        types = list(await session.scalars(select(Event.type).order_by(Event.id)))
    assert types == ["clock.doubted", "clock.trusted"]


async def test_the_leader_does_nothing_by_a_clock_that_is_doubted_and_the_rest_as_ever(
    committed: Database, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(datetime.now(UTC) + timedelta(hours=26))
    stop, ran = asyncio.Event(), []

    def job(name: str, *, by_the_clock: bool) -> Job:
        async def run(_: Database) -> None:
            ran.append(name)
            if name == "reads mails" and ran.count(name) > 2:
                the_clock.move_to(datetime.now(UTC))
            if name == "closes":
                stop.set()

        return Job(name, 0.05, run, by_the_clock=by_the_clock)

    async with asyncio.timeout(20):
        jobs = [job("closes", by_the_clock=True), job("reads mails", by_the_clock=False)]
        await run_scheduler(committed, stop, lambda: jobs)
    assert ran.index("closes") >= 3


def test_what_cannot_be_undone_waits_for_a_sound_clock(settings: Settings) -> None:
    by_the_clock = {job.id for job in all_jobs(settings) if job.by_the_clock}
    assert by_the_clock >= {"close_due_days", "expire_call_tasks", "make_penalties_final", "remind_of_week_plans"}
    assert {job.id for job in all_jobs(settings) if job.id.startswith("prune_")} <= by_the_clock
