"""Outlets for tests."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from geoalchemy2 import WKTElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.outlets.models import LocationProposal, Outlet, OutletLocation, OutletTerms
from app.masters.territories.models import Territory

_numbers = count(1)

PATRAS = (38.2466, 21.7346)


async def make_outlet(
    session: AsyncSession,
    territory: Territory,
    *,
    at: tuple[float, float] | None = PATRAS,
    radius_m: float = 80.0,
    terms: dict[str, Any] | None = None,
    **fields: Any,
) -> Outlet:
    """An active outlet with a circle fence around `at` (lat, lon; None: no location yet) and plain terms."""
    number = next(_numbers)
    sound = {
        "code": f"OUT-{number:04}",
        "name": f"Shop {number}",
        "territory_id": territory.id,
        "phone": "+30 2610 000000",
        "channel": "grocery",
        "location_version": 1 if at else 0,
        "terms_version": 1,
    }
    outlet = Outlet(**sound | fields)
    session.add(outlet)
    await session.flush()
    since = datetime(2026, 1, 1, tzinfo=UTC)
    if at:
        lat, lon = at
        centre = WKTElement(f"POINT({lon} {lat})", srid=4326)
        session.add(
            OutletLocation(
                outlet_id=outlet.id,
                version=1,
                lat=lat,
                lon=lon,
                centre=centre,
                radius_m=radius_m,
                fence=None,
                created_at=since,
                created_by="test",
            )
        )
    session.add(
        OutletTerms(
            **{"outlet_id": outlet.id, "version": 1, "valid_from": since, "must_stock": [], "created_by": "test"}
            | (terms or {})
        )
    )
    await session.flush()
    return outlet


async def make_location_proposal(session: AsyncSession, outlet: Outlet, **fields: Any) -> LocationProposal:
    """The system's open proposal to move `outlet` 100 m to the north."""
    sound = {
        "id": uuid4(),
        "outlet_id": outlet.id,
        "territory_id": outlet.territory_id,
        "lat": PATRAS[0] + 0.0009,
        "lon": PATRAS[1],
        "radius_m": 80.0,
        "evidence": {},
        "proposed_at": datetime(2026, 11, 20, tzinfo=UTC),
    }
    proposal = LocationProposal(**sound | fields)
    session.add(proposal)
    await session.flush()
    return proposal
