"""A day whose run was made in error counts in no KPI until it is closed anew (C9, decision 48)."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import service
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import KpiGrouping, KpiPart
from app.closing.compliance.service import Question
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.ground import clock
from tests.closing.compliance.worlds import ADMIN
from tests.closing.cutoff.worlds import AFTER, CUTOFF, Day, close, late_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import change_calendar, make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

CHARGING = (Kpi.STRIKE_RATE_PLANNED, Kpi.COVERAGE, Kpi.ADHERENCE, Kpi.CALL_RECOVERY_RATE)
"""Whose denominators hold what somebody was to do that day."""


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """Two outlets, a planned visit each; for one an order comes a minute late. Seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    day = Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
    await make_visit(session, day.rep, day.outlet)
    other = Day(territory, day.rep, await make_outlet(session, territory))
    await make_visit(session, day.rep, other.outlet)
    await late_order(session, other)
    return day


async def denominators(session: AsyncSession, day: Day) -> dict[Kpi, int]:
    """The denominators of the KPIs that charge somebody."""
    whole, *_ = await service.figures(session, ADMIN, question(day), KpiGrouping.REP)
    return {kpi: int(whole.kpis[kpi][1]) for kpi in CHARGING}


async def orders_in_time(session: AsyncSession, day: Day) -> tuple[int, int]:
    whole, *_ = await service.figures(session, ADMIN, question(day), KpiGrouping.REP)
    in_time, orders = whole.kpis[Kpi.ON_TIME_RATE]
    return int(in_time), int(orders)


def question(day: Day) -> Question:
    return Question(MONDAY, MONDAY, territory_code=day.territory.code)


async def void(session: AsyncSession, run: CutoffRun) -> None:
    await cutoff.void_run(session, run.id, reason="It was a holiday.", by="user:anna")


@pytest.mark.parametrize("mended", [False, True])
async def test_a_void_day_counts_like_a_day_off_whether_its_calendar_was_mended_or_not(
    session: AsyncSession, day: Day, the_clock: clock.SetClock, *, mended: bool
) -> None:
    run = await close(session, day)
    assert await denominators(session, day) == dict.fromkeys(CHARGING, 2)
    assert await orders_in_time(session, day) == (0, 1)
    the_clock.move_to(AFTER + timedelta(minutes=5))
    await void(session, run)
    if mended:  # what is entered now holds from tomorrow on (T6): it makes no holiday of today
        await change_calendar(session, day.territory, clock.now(), holidays=[MONDAY])
    assert await denominators(session, day) == dict.fromkeys(CHARGING, 0)
    assert await orders_in_time(session, day) == (1, 1)
    for kpi in CHARGING:
        assert not await service.evidence(session, ADMIN, question(day), kpi, KpiPart.DENOMINATOR, None, 10)


async def test_a_day_that_is_closed_anew_counts_by_its_new_run(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    await void(session, await close(session, day))
    the_clock.move_to(AFTER + timedelta(minutes=5))
    await close(session, day)
    assert await denominators(session, day) == dict.fromkeys(CHARGING, 2)
    assert await orders_in_time(session, day) == (0, 1)


async def test_a_call_for_an_outlet_that_the_new_run_does_not_miss_counts_for_nobody(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    await void(session, await close(session, day))
    day.outlet.active = False
    await session.flush()
    the_clock.move_to(AFTER + timedelta(minutes=5))
    await close(session, day)
    assert (await denominators(session, day))[Kpi.CALL_RECOVERY_RATE] == 1


async def test_only_the_void_day_of_the_void_territory_is_left_out(session: AsyncSession, day: Day) -> None:
    await void(session, await close(session, day))
    await make_visit(session, day.rep, day.outlet, visit_date=MONDAY + timedelta(days=1))
    elsewhere = await make_territory(session)
    rep = await make_rep(session, elsewhere)
    await make_visit(session, rep, await make_outlet(session, elsewhere))
    both = Question(MONDAY, MONDAY + timedelta(days=1))
    rows = await service.evidence(session, ADMIN, both, Kpi.ADHERENCE, KpiPart.DENOMINATOR, None, 10)
    assert sorted((row.business_date, row.rep_code) for row in rows) == sorted(
        [(MONDAY, rep.code), (MONDAY + timedelta(days=1), day.rep.code)]
    )
