"""A calendar that was changed is kept, whichever door the change came through."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import SYSTEM
from app.masters.territories import service as territories
from app.masters.territories.calendar import cutoff_at
from app.masters.territories.schemas import TerritoryBody
from tests.factories.territories import make_territory

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


async def put(session: AsyncSession, code: str, at: datetime, **fields: Any) -> None:
    body = TerritoryBody.model_validate({"name": "Patras", "time_zone": "Europe/Athens"} | fields)
    await territories.upsert_territories(session, [(code, body)], at, SYSTEM)


async def test_the_calendars_of_a_territory_are_told_the_oldest_first(session: AsyncSession) -> None:
    territory = await make_territory(session, holidays=[date(2026, 12, 25)])
    await put(session, territory.code, NOON, order_cutoff="16:00", holidays=["2026-12-25", "2026-12-26"])
    await put(session, territory.code, NOON + timedelta(hours=1), order_cutoff="15:00", working_weekdays=[7])
    facts = await territories.territory_facts(session, territory.id)
    assert [(past.until, past.order_cutoff) for past in facts.past] == [
        (NOON, time(17)),
        (NOON + timedelta(hours=1), time(16)),
    ]
    assert facts.past[0].holidays == {date(2026, 12, 25)}
    assert facts.past[1].working_weekdays == {1, 2, 3, 4, 5}
    assert cutoff_at(facts, date(2026, 11, 20)) == datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{"name": "Achaia"}, {}], ids=["another name", "nothing"])
async def test_a_change_of_anything_else_keeps_the_calendar(session: AsyncSession, fields: dict[str, Any]) -> None:
    territory = await make_territory(session)
    await put(session, territory.code, NOON, **fields)
    assert (await territories.territory_facts(session, territory.id)).past == ()
