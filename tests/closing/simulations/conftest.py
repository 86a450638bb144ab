"""A day with an outlet whose orders are due before the cutoff."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.closing.cutoff.worlds import CUTOFF, Day
from tests.closing.punctuality.worlds import make_due_day


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """Seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    return await make_due_day(session)
