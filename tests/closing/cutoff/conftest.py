"""A day to close, and masters for days that Hypothesis draws."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.closing.cutoff.worlds import AFTER, CUTOFF, OUTLETS, REPS, Day, Masters, close
from tests.factories.identity import make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """One rep with one outlet, seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    return Day(territory, await make_rep(session, territory), await make_outlet(session, territory))


@pytest.fixture
async def closed(session: AsyncSession, day: Day) -> Day:
    """The day, with one planned visit, closed: the rep has −10."""
    await make_visit(session, day.rep, day.outlet)
    await close(session, day)
    return day


@pytest.fixture
async def masters(session: AsyncSession, the_clock: clock.SetClock) -> Masters:
    """Two reps with their devices and three outlets, a minute after the cutoff."""
    the_clock.move_to(AFTER)
    territory = await make_territory(session)
    reps = [await make_rep(session, territory) for _ in range(REPS)]
    outlets = [await make_outlet(session, territory, terms={}) for _ in range(OUTLETS)]
    return Masters(
        territory, reps, outlets, [await make_device(session, rep) for rep in reps], await make_territory(session)
    )
