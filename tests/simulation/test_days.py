"""The same facts come to the same end, whatever the order of arrival and the hour of the run (C4, C6).

FIELDPROOF_SIMULATED_DAYS=5000 pytest -n 2 tests/simulation        # as many days as there is time for
FIELDPROOF_SIMULATED_DAYS=1 FIELDPROOF_FIRST_SIMULATED_DAY=27 …    # one that failed
"""

import os

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.simulation.days import CUTOFF, DAY
from tests.simulation.deliveries import contacts, deliver
from tests.simulation.drawing import draw
from tests.simulation.ends import End, ends, hold_that_balances_are_sums
from tests.simulation.figures import hold_that_figures_are_counts
from tests.simulation.oracle import expected_awards, expected_costs, expected_outcomes, expected_quantities
from tests.simulation.play import Closed, play
from tests.simulation.stages import Stage, make_stage
from tests.simulation.stories import story

TOGETHER = 50
"""Days that are played at once, each on a territory of its own."""
FIRST = int(os.environ.get("FIELDPROOF_FIRST_SIMULATED_DAY", "0"))
LAST = FIRST + int(os.environ.get("FIELDPROOF_SIMULATED_DAYS", "200"))
RUN_IN_TIME, RUNS_LATE = CUTOFF + 0.5, [CUTOFF + 240.0, DAY + 13 * 60.0]


@pytest.mark.parametrize("first", range(FIRST, LAST, TOGETHER))
async def test_the_same_facts_come_to_the_same_end(session: AsyncSession, first: int) -> None:
    days = {seed: draw(seed) for seed in range(first, min(first + TOGETHER, LAST))}
    stages = [await make_stage(session, facts) for facts in days.values()]
    expected = [
        End(expected_costs(day), expected_awards(day), expected_outcomes(day), expected_quantities(day))
        for day in days.values()
    ]
    reports = []
    for delivery in range(2):
        runs_at = [RUN_IN_TIME if delivery == 0 else RUNS_LATE[seed % 2] for seed in days]
        news = [contacts(facts) + deliver(facts, seed * 1_000 + delivery) for seed, facts in days.items()]
        async with session.begin_nested() as timeline:
            closed = await play(session, stages, news, runs_at)
            for seed, stage, run, end, its in zip(
                days, stages, closed, await ends(session, stages), expected, strict=True
            ):
                hold_that_the_dry_run_said_the_same(stage, run)
                assert end == its, story(seed, news[seed - first], runs_at[seed - first])
            await hold_that_balances_are_sums(session, stages)
            await hold_that_figures_are_counts(session, stages)
            reports.append([report_of(run) for run in closed])
            await timeline.rollback()
    for seed, one, other in zip(days, *reports, strict=True):
        assert one == other, story(seed)


def report_of(closed: Closed) -> dict[str, object]:
    """What a report says, whenever it was made. How many outlets are phoned is another matter: it may be too late."""
    run = closed.run
    return {"flagged": closed.flagged, "planned": run.planned_visits, "penalties": run.penalties}


def hold_that_the_dry_run_said_the_same(stage: Stage, closed: Closed) -> None:
    assert {row.visit_id: row.cause for row in closed.preview.missing} == closed.flagged, stage
    run, preview = closed.run, closed.preview
    assert (run.planned_visits, run.missing_orders, run.call_tasks, run.penalties) == (
        preview.planned_visits,
        len(preview.missing),
        preview.call_tasks,
        preview.penalties,
    )
