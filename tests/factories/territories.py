"""Territories and reps for tests: sound by default, what a test is about by keyword."""

from datetime import UTC, datetime, time
from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import SYSTEM
from app.masters.territories.models import Rep, Territory
from app.masters.territories.schemas import TerritoryBody
from app.masters.territories.service import upsert_territories

_numbers = count(1)


async def make_territory(session: AsyncSession, **fields: Any) -> Territory:
    """A territory in Athens that works from Monday to Friday and closes at 17:00."""
    number = next(_numbers)
    sound = {
        "code": f"T{number}",
        "name": f"Territory {number}",
        "time_zone": "Europe/Athens",
        "order_cutoff": time(17),
        "call_deadline": time(19),
        "working_weekdays": [1, 2, 3, 4, 5],
        "holidays": [],
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    territory = Territory(**sound | fields)
    session.add(territory)
    await session.flush()
    return territory


async def change_calendar(session: AsyncSession, territory: Territory, at: datetime, **fields: Any) -> None:
    """Change a territory's calendar at an instant, as the office does: it holds from the next day on (T6)."""
    rows = [(territory.code, TerritoryBody.model_validate(fields))]
    (done,) = await upsert_territories(session, rows, at, SYSTEM)
    assert done.problems == ()
    await session.refresh(territory)


async def make_rep(session: AsyncSession, territory: Territory, **fields: Any) -> Rep:
    """An active rep of `territory`."""
    number = next(_numbers)
    rep = Rep(**{"code": f"R{number}", "name": f"Rep {number}", "territory_id": territory.id} | fields)
    session.add(rep)
    await session.flush()
    return rep
