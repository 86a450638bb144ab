"""Who has not planned the next week is told of, once before it is due and once after (M2)."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.events.models import Event
from app.planning.week_plans.reminders import remind
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.factories.week_plans import make_week_plan

WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)
THURSDAY_EVENING = datetime(2026, 11, 26, 16, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 11, 27, 16, tzinfo=UTC)


async def told(session: AsyncSession) -> list[tuple[str, Any]]:
    events = await session.scalars(select(Event).where(Event.type.like("week_plan.%")).order_by(Event.id))
    return [(event.type, event.payload["rep_codes"]) for event in events]


async def test_a_day_before_it_is_due_and_when_it_is_who_has_not_submitted_is_named(session: AsyncSession) -> None:
    territory = await make_territory(session)
    reps = [await make_rep(session, territory, code=f"R-{number}") for number in range(5)]
    await make_rep(session, territory, code="R-gone", active=False)
    await make_week_plan(session, reps[1])
    await make_week_plan(session, reps[2], status="submitted")
    await make_week_plan(session, reps[3], status="approved")
    await make_visit(session, reps[4], await make_outlet(session, territory), date(2026, 12, 1))
    assert await remind(session, WEDNESDAY) == 0
    assert await remind(session, THURSDAY_EVENING) == 1
    assert await remind(session, FRIDAY_EVENING) == 1
    late = ["R-0", "R-1"]
    assert await told(session) == [("week_plan.due_soon", late), ("week_plan.overdue", late)]


async def test_nobody_is_told_twice(session: AsyncSession) -> None:
    await make_rep(session, await make_territory(session))
    assert [await remind(session, FRIDAY_EVENING) for _ in range(3)] == [1, 0, 0]


async def test_where_everybody_has_planned_there_is_nothing_to_tell(session: AsyncSession) -> None:
    rep = await make_rep(session, await make_territory(session))
    await make_week_plan(session, rep, status="submitted")
    assert await remind(session, FRIDAY_EVENING) == 0
    assert await told(session) == []


async def test_each_territory_is_told_by_its_own_clock(session: AsyncSession) -> None:
    for code, zone in (("ATH", "Europe/Athens"), ("NYC", "America/New_York")):
        territory = await make_territory(session, code=code, time_zone=zone)
        await make_rep(session, territory, code=f"{code}-R1")
    assert await remind(session, FRIDAY_EVENING) == 2
    assert sorted(await told(session)) == [("week_plan.due_soon", ["NYC-R1"]), ("week_plan.overdue", ["ATH-R1"])]
