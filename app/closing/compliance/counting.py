"""What has to be known before anything of an extent can be counted."""

import asyncio
from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.accountability import places_then
from app.closing.compliance.deadlines import deadlines_of
from app.closing.compliance.extents import Extent
from app.closing.compliance.kpi_queries import Counting, own_due_times
from app.masters.territories.calendar import TerritoryFacts


async def counting_of(session: AsyncSession, extent: Extent, territories: Collection[TerritoryFacts]) -> Counting:
    """The deadlines of an extent, and where outlets and reps were then. At most seven statements."""
    due_times = await own_due_times(session, extent)
    places = await places_then(session, extent.first)
    # in a thread: a year of a company that works by many calendars would keep everyone else waiting
    deadlines = await asyncio.to_thread(deadlines_of, territories, due_times, extent.first, extent.last)
    return Counting(extent, deadlines, places)
