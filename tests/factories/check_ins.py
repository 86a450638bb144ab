"""Stored check-ins for tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from tests.factories.outlets import PATRAS
from tests.factories.visits import MONDAY

TEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""10:00 in Athens on Monday."""


async def make_stored_check_in(
    session: AsyncSession, rep: Rep, outlet: Outlet, *, at: datetime = TEN, **fields: Any
) -> CheckIn:
    """A trusted arrival INSIDE on Monday, received at once."""
    sound = {
        "business_date": MONDAY,
        "id": uuid4(),
        "territory_id": rep.territory_id,
        "rep_id": rep.id,
        "outlet_id": outlet.id,
        "kind": "arrival",
        "captured_at": at,
        "received_at": at,
        "corrected_at": at,
        "skew_ms": 0,
        "trusted": True,
        "clock_changed": False,
        "lat": PATRAS[0],
        "lon": PATRAS[1],
        "accuracy_m": 8.5,
        "fix_at": at,
        "provider": "fused",
        "mock": False,
        "verdict": "INSIDE",
        "p_inside": 0.99,
        "distance_m": 3.2,
        "location_version": 1,
        "policy_version": 1,
    }
    check_in = CheckIn(**sound | fields)
    session.add(check_in)
    await session.flush()
    return check_in
