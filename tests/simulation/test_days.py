"""The same facts come to the same end, whatever the order of arrival and the hour of the run (C4, C6).

FIELDPROOF_SIMULATED_DAYS=5000 pytest -n 2 tests/simulation        # as many days as there is time for
FIELDPROOF_SIMULATED_DAYS=1 FIELDPROOF_FIRST_SIMULATED_DAY=27 …    # one that failed
"""

import os
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.simulation.days import CUTOFF, DAY, draw
from tests.simulation.deliveries import contacts, deliver
from tests.simulation.oracle import expected_costs
from tests.simulation.play import Closed, Stage, costs, make_stage, outlets_with_an_order, play

TOGETHER = 25
"""Days that are played at once, each on a territory of its own."""
FIRST = int(os.environ.get("FIELDPROOF_FIRST_SIMULATED_DAY", "0"))
LAST = FIRST + int(os.environ.get("FIELDPROOF_SIMULATED_DAYS", "200"))
RUNS = [CUTOFF + 0.5, CUTOFF + 240.0, DAY + 13 * 60.0]


@pytest.mark.parametrize("first", range(FIRST, LAST, TOGETHER))
async def test_the_same_facts_come_to_the_same_end(session: AsyncSession, first: int) -> None:
    days = {seed: draw(seed) for seed in range(first, min(first + TOGETHER, LAST))}
    stages = [await make_stage(session, facts) for facts in days.values()]
    ends = []
    for delivery in range(2):
        run_at = RUNS[0] if delivery == 0 else Random(first).choice(RUNS)
        news = [contacts(facts) + deliver(facts, seed * 1_000 + delivery) for seed, facts in days.items()]
        async with session.begin_nested() as timeline:
            for stage, closed in zip(stages, await play(session, stages, news, run_at), strict=True):
                hold_that_the_dry_run_said_the_same(stage, closed)
            ends.append([(await costs(session, each), await outlets_with_an_order(session, each)) for each in stages])
            await timeline.rollback()
    for (seed, facts), one, other in zip(days.items(), *ends, strict=True):
        assert (seed, one[0]) == (seed, expected_costs(facts)), story(seed)
        assert (seed, one) == (seed, other), story(seed)


def story(seed: int) -> str:
    """A day in words, for whoever has to find out what went wrong."""
    facts = draw(seed)
    lines = [f"day {seed}: planned {sorted(facts.visits)}, excused {facts.excuses}", *map(str, facts.phones)]
    for tap in sorted(facts.taps, key=lambda tap: tap.minute):
        arrives = "at once" if tap.id in facts.prompt else "in time" if tap.id in facts.in_time else "late"
        boot = facts.boot_of(tap)
        lines.append(
            f"{tap.minute:7.2f} rep {facts.phones[tap.phone].rep} phone {tap.phone} #{tap.sequence} {tap.kind}"
            f" at {tap.outlet} {tap.place}, arrives {arrives}{', dark' if boot.dark else ''} {tap.id.hex[:8]}"
        )
    return "\n".join([*lines, *map(str, facts.cancellings)])


def hold_that_the_dry_run_said_the_same(stage: Stage, closed: Closed) -> None:
    assert {row.visit_id: row.cause for row in closed.preview.missing} == closed.flagged, stage
    run, preview = closed.run, closed.preview
    assert (run.planned_visits, run.missing_orders, run.call_tasks, run.penalties) == (
        preview.planned_visits,
        len(preview.missing),
        preview.call_tasks,
        preview.penalties,
    )
