"""The SQL of what a download tells to forget."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download.queries import Extent

_DEPARTURES = text("""
    SELECT DISTINCT gone.outlet_code
    FROM outlet_departures AS gone LEFT JOIN outlets AS outlet ON outlet.code = gone.outlet_code
    WHERE gone.territory_id = :territory_id AND gone.left_in >= :since
        AND outlet.territory_id IS DISTINCT FROM :territory_id
    ORDER BY gone.outlet_code
""")

_REMOVALS = text("""
    SELECT CAST(visit_id AS text) FROM visit_removals
    WHERE rep_id = :rep_id AND removed_in >= :since ORDER BY visit_id
""")


async def departures(session: AsyncSession, extent: Extent) -> list[str]:
    """The codes of outlets that left the territory and have not come back."""
    rows = await session.scalars(_DEPARTURES, {"territory_id": extent.territory_id, "since": extent.since})
    return list(rows)


async def removals(session: AsyncSession, extent: Extent) -> list[str]:
    """The ids of visits that the rep's plans no longer have."""
    return list(await session.scalars(_REMOVALS, {"rep_id": extent.rep_id, "since": extent.since}))
