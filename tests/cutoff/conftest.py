"""A day to close."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from tests.cutoff.worlds import CUTOFF, Day
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """One rep with one outlet, seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    return Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
