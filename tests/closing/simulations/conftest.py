"""A day whose orders may be past their outlet's due time."""

from datetime import time, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.closing.cutoff.worlds import CUTOFF, Day
from tests.factories.identity import make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """A rep with a planned visit at an outlet whose orders are due at noon, seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    await make_device(session, rep)
    outlet = await make_outlet(session, territory, terms={"order_due_time": time(12)})
    await make_visit(session, rep, outlet)
    return Day(territory, rep, outlet)
