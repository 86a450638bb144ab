"""Every count of a rep's day is what `GET /v1/visits` lists by its name, on worlds that nobody thought up."""

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import visit_queries
from app.closing.compliance.rules import VisitCount
from app.closing.compliance.visit_records import VisitFilter
from app.closing.cutoff.service import close_day
from app.closing.rep_days.records import RepDay
from app.closing.rep_days.reference import PlannedVisit, next_visit, so_far
from app.closing.rep_days.rules import progress
from app.closing.rep_days.service import rep_days
from app.field.visits.models import Visit
from app.ground import clock
from tests.closing.compliance.worlds import (
    ADMIN,
    CLOSED,
    DAYS,
    DrawnVisit,
    Masters,
    World,
    at,
    make_masters,
    worlds,
    write,
)
from tests.factories.visits import MONDAY

EXAMPLES = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

Lines = dict[tuple[str, date], RepDay]


@pytest.fixture
async def masters(session: AsyncSession) -> Masters:
    return await make_masters(session)


async def lines_of(session: AsyncSession) -> Lines:
    lines: Lines = {}
    for day in DAYS:
        days = await rep_days(session, None, day=day)
        lines |= {(each.line.rep_code, day): each for each in days.lines}
    return lines


async def listed(session: AsyncSession, count: VisitCount) -> list[tuple[str, date]]:
    page = await visit_queries.visits_page(session, ADMIN, VisitFilter(counted_as=count), None, 500, clock.now())
    return [(visit.rep_code, visit.visit_date) for visit in page]


@EXAMPLES
@given(world=worlds(), closed=st.booleans(), hour=st.sampled_from([7, 12, 20]))
async def test_a_count_is_as_many_visits_as_the_list_shows_by_its_name(
    session: AsyncSession, masters: Masters, the_clock: clock.SetClock, world: World, closed: bool, hour: int
) -> None:
    the_clock.move_to(at(MONDAY, 20 if closed else hour))
    async with session.begin_nested() as example:
        await write(session, masters, world)
        expected_at = func.timezone("UTC", Visit.visit_date + text("(6 + 2 * sequence) * interval '1 hour'"))
        await session.execute(update(Visit).values(expected_at=expected_at))
        if closed:
            await close_day(session, masters.territory.id, MONDAY, triggered_by="test")
        lines = await lines_of(session)
        by_count = {count: await listed(session, count) for count in VisitCount}
        everything = await visit_queries.visits_page(session, ADMIN, VisitFilter(), None, 500, clock.now())
        await example.rollback()
    assert {(count, key): line.counts[count] for key, line in lines.items() for count in VisitCount} == {
        (count, key): by_count[count].count(key) for key in lines for count in VisitCount
    }
    apart = (VisitCount.PLANNED, VisitCount.DROPPED, VisitCount.EXCUSED, VisitCount.AD_HOC)
    assert sum(line.counts[count] for line in lines.values() for count in apart) == len(everything)
    assert sum(len(by_count[count]) for count in apart) == len(everything)


@EXAMPLES
@given(world=worlds())
async def test_counts_are_those_of_the_rule(session: AsyncSession, masters: Masters, world: World) -> None:
    async with session.begin_nested() as example:
        drawn = list((await write(session, masters, world)).values())
        lines = await lines_of(session)
        await example.rollback()
    sold = {(order.outlet, order.day) for order in world.orders}
    sold_by = {(order.rep, order.outlet, order.day) for order in world.orders}
    for (rep_code, day), line in lines.items():
        own = [visit for visit in drawn if masters.reps[visit.rep].code == rep_code and visit.day == day]
        planned = [visit for visit in own if visit.planned and not visit.excused and visit.outlet != CLOSED]
        visited = [visit for visit in planned if arrivals(world, visit)]
        assert dict(line.counts) | {VisitCount.MISSED_SO_FAR: 0} == {
            VisitCount.PLANNED: len(planned),
            VisitCount.VISITED: len(visited),
            VisitCount.VERIFIED: sum("INSIDE" in arrivals(world, visit) for visit in visited),
            VisitCount.ORDERED: sum((visit.outlet, day) in sold for visit in planned),
            VisitCount.WITHOUT_ORDER: sum((visit.outlet, day) not in sold for visit in planned),
            VisitCount.MISSED_SO_FAR: 0,
            VisitCount.PRODUCTIVE: sum((visit.rep, visit.outlet, day) in sold_by for visit in own),
            VisitCount.AD_HOC: sum(not visit.planned and not visit.excused for visit in own),
            VisitCount.EXCUSED: sum(visit.excused for visit in own),
            VisitCount.DROPPED: sum(visit.planned and not visit.excused and visit.outlet == CLOSED for visit in own),
            VisitCount.FLAGGED: 0,
            VisitCount.PROVISIONAL: 0,
        }


def arrivals(world: World, visit: DrawnVisit) -> list[str]:
    """The verdicts."""
    own = (visit.rep, visit.outlet, visit.day)
    return [c.verdict for c in world.check_ins if c.kind == "arrival" and (c.rep, c.outlet, c.day) == own]


@EXAMPLES
@given(world=worlds(), data=st.data())
async def test_what_comes_next_and_how_the_day_goes_is_what_the_rule_says(
    session: AsyncSession, masters: Masters, the_clock: clock.SetClock, world: World, data: st.DataObject
) -> None:
    the_clock.move_to(at(MONDAY, 12))
    expected_hours = st.none() | st.integers(6, 18)
    async with session.begin_nested() as example:
        drawn = await write(session, masters, world)
        plans: dict[tuple[str, date], list[PlannedVisit]] = {}
        for visit_id, visit in drawn.items():
            hour = data.draw(expected_hours)
            expected_at = None if hour is None else at(visit.day, hour)
            await session.execute(update(Visit).where(Visit.id == visit_id).values(expected_at=expected_at))
            if visit.planned and not visit.excused and visit.outlet != CLOSED:
                key = masters.reps[visit.rep].code, visit.day
                planned = PlannedVisit(visit_id, visit.sequence, expected_at, first_arrival(world, visit))
                plans.setdefault(key, []).append(planned)
        lines = await lines_of(session)
        await example.rollback()
    for key, line in lines.items():
        plan = plans.get(key, [])
        coming, shown = next_visit(plan), line.next_visit
        assert (shown and shown.visit_id) == (coming and coming.id)
        assert line.progress == progress(so_far(plan), clock.now() if key[1] == MONDAY else None)


def first_arrival(world: World, visit: DrawnVisit) -> datetime | None:
    own = (visit.rep, visit.outlet, visit.day)
    hours = [c.hour for c in world.check_ins if c.kind == "arrival" and (c.rep, c.outlet, c.day) == own]
    return at(visit.day, min(hours)) if hours else None
