"""A day that is closed late goes by what rep and outlet were at its cutoff, whatever became of them since (C6)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.ground import clock
from tests.closing.cutoff.worlds import AFTER, CUTOFF, Day, change, charged, close
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY, make_visit

LATER = CUTOFF + timedelta(minutes=30)
BEFORE = CUTOFF - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("changes", "missing", "points"),
    [
        ([("outlet", LATER, False)], 1, -10),
        ([("outlet", BEFORE, False)], 0, 0),
        ([("outlet", BEFORE, False), ("outlet", LATER, True)], 0, 0),
        ([("outlet", BEFORE, False), ("outlet", BEFORE, True), ("outlet", LATER, False)], 1, -10),
        ([("rep", LATER, False)], 1, -10),
        ([("rep", BEFORE, False)], 1, 0),
        ([("rep", BEFORE, False), ("rep", LATER, True)], 1, 0),
    ],
)
async def test_whether_they_were_active_is_asked_as_of_the_cutoff(
    session: AsyncSession, day: Day, the_clock: clock.SetClock, changes: list[Any], missing: int, points: int
) -> None:
    await make_visit(session, day.rep, day.outlet)
    for kind, at, active in changes:
        await change(session, day.outlet if kind == "outlet" else day.rep, kind, at, active=active)
    the_clock.move_to(CUTOFF + timedelta(hours=1))
    async with session.begin_nested() as trial:
        preview = await cutoff.preview(session, day.territory.id, MONDAY)
        await trial.rollback()
    run = await close(session, day)
    assert (run.missing_orders, await charged(session)) == (missing, points)
    assert (len(preview.missing), preview.penalties) == (missing, run.penalties)


@pytest.mark.parametrize(
    ("moves", "points"),
    [
        ([("rep", LATER, "there")], -10),
        ([("outlet", LATER, "there")], -10),
        ([("rep", BEFORE, "there")], 0),
        ([("rep", BEFORE, "there"), ("rep", LATER, "back")], 0),
        ([("rep", BEFORE, "there"), ("outlet", BEFORE, "there")], -10),
        ([("rep", BEFORE, "there"), ("outlet", LATER, "there")], 0),
    ],
)
async def test_whether_the_rep_could_order_for_the_outlet_is_asked_as_of_the_cutoff(
    session: AsyncSession, day: Day, the_clock: clock.SetClock, moves: list[Any], points: int
) -> None:
    await make_visit(session, day.rep, day.outlet)
    elsewhere = await make_territory(session)
    for kind, at, where in moves:
        master = day.outlet if kind == "outlet" else day.rep
        await change(session, master, kind, at, territory_code=elsewhere if where == "there" else day.territory)
    the_clock.move_to(AFTER + timedelta(hours=1))
    await close(session, day)
    assert await charged(session) == points
