"""SQL says what the rules say, and a figure is what its evidence adds up to: on worlds that nobody thought up."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import service, visit_queries
from app.closing.compliance.kpis import KPIS, Kpi, Unit
from app.closing.compliance.reference import SequencedVisit, dwell, made_in_planned_order
from app.closing.compliance.rules import KpiGrouping, KpiPart, VisitFacts, VisitStatus, visit_status
from app.closing.compliance.service import Question
from app.closing.compliance.visit_records import VisitFilter
from app.field.check_ins.records import CheckInKind
from tests.closing.compliance.worlds import (
    ADMIN,
    CLOSED,
    DAYS,
    DrawnCheckIn,
    DrawnVisit,
    Masters,
    World,
    at,
    make_masters,
    worlds,
    write,
)

EXAMPLES = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def masters(session: AsyncSession) -> Masters:
    return await make_masters(session)


def arrivals(world: World, visit: DrawnVisit) -> list[DrawnCheckIn]:
    return [check_in for check_in in check_ins_of(world, visit) if check_in.kind == "arrival"]


def check_ins_of(world: World, visit: DrawnVisit) -> list[DrawnCheckIn]:
    return [c for c in world.check_ins if (c.rep, c.outlet, c.day) == (visit.rep, visit.outlet, visit.day)]


def verified(world: World, visit: DrawnVisit) -> bool:
    return any(arrival.verdict == "INSIDE" for arrival in arrivals(world, visit))


@EXAMPLES
@given(world=worlds())
async def test_a_visits_status_is_that_of_the_rule_and_the_filter_in_sql_finds_it(
    session: AsyncSession, masters: Masters, world: World
) -> None:
    async def listed(status: VisitStatus | None) -> dict[UUID, VisitStatus]:
        now = at(DAYS[1], 12)
        page = await visit_queries.visits_page(session, ADMIN, VisitFilter(status=status), None, 500, now)
        return {visit.id: visit.status for visit in page}

    async with session.begin_nested() as example:
        drawn = await write(session, masters, world)
        everything = await listed(None)
        filtered = {status: await listed(status) for status in VisitStatus}
        await example.rollback()
    expected = {
        visit_id: visit_status(
            VisitFacts(
                visit.day, visit.planned, visit.excused, bool(check_ins_of(world, visit)), verified(world, visit)
            ),
            DAYS[1],
        )
        for visit_id, visit in drawn.items()
    }
    assert everything == expected
    assert filtered == {
        status: {visit_id: its for visit_id, its in expected.items() if its is status} for status in VisitStatus
    }


@EXAMPLES
@given(world=worlds())
async def test_the_figures_in_sql_are_those_of_the_rules(session: AsyncSession, masters: Masters, world: World) -> None:
    async with session.begin_nested() as example:
        visits = list((await write(session, masters, world)).values())
        whole, *_ = await service.figures(session, ADMIN, Question(*DAYS), KpiGrouping.REP)
        await example.rollback()
    made = [visit for visit in visits if arrivals(world, visit)]
    planned = [visit for visit in visits if visit.planned and not visit.excused and visit.outlet != CLOSED]
    sold = {(order.outlet, order.day) for order in world.orders}
    sold_by = {(order.rep, order.outlet, order.day) for order in world.orders}
    stays = [seconds for v in visits if (seconds := stayed_seconds(world, v))]
    expected: dict[Kpi, tuple[int, int]] = {
        Kpi.STRIKE_RATE_MADE: (sum((v.rep, v.outlet, v.day) in sold_by for v in made), len(made)),
        Kpi.STRIKE_RATE_PLANNED: (sum((v.outlet, v.day) in sold for v in planned), len(planned)),
        Kpi.VERIFIED_RATE: (sum(verified(world, v) for v in made), len(made)),
        Kpi.COVERAGE: (
            len({v.outlet for v in planned} & {v.outlet for v in made}),
            len({v.outlet for v in planned}),
        ),
        Kpi.ADHERENCE: (in_planned_order(world, planned), len(planned)),
        Kpi.TIME_IN_STORE: (sum(stays), len(stays)),
    }
    assert {kpi: tuple(map(int, whole.kpis[kpi])) for kpi in expected} == expected
    ratios = {kpi: its for kpi, its in whole.kpis.items() if KPIS[kpi].unit is Unit.RATIO}
    assert {kpi: its for kpi, its in ratios.items() if its[0] > its[1]} == {}


def stayed_seconds(world: World, visit: DrawnVisit) -> int:
    seen = [(at(c.day, c.hour), CheckInKind(c.kind)) for c in check_ins_of(world, visit)]
    return int(dwell(seen).total_seconds())


def in_planned_order(world: World, planned: list[DrawnVisit]) -> int:
    def stop(visit: DrawnVisit) -> SequencedVisit:
        hours = [arrival.hour for arrival in arrivals(world, visit)]
        return SequencedVisit(visit.sequence, at(visit.day, min(hours)) if hours else None)

    days = {(visit.rep, visit.day) for visit in planned}
    return sum(
        sum(made_in_planned_order([stop(visit) for visit in planned if (visit.rep, visit.day) == day])) for day in days
    )


@settings(EXAMPLES, max_examples=40)
@given(world=worlds(), kpi=st.sampled_from(Kpi), group_by=st.sampled_from(KpiGrouping), pick=st.integers(0, 10))
async def test_the_records_behind_a_figure_add_up_to_it(
    session: AsyncSession, masters: Masters, world: World, kpi: Kpi, group_by: KpiGrouping, pick: int
) -> None:
    async with session.begin_nested() as example:
        await write(session, masters, world)
        whole, *groups = await service.figures(session, ADMIN, Question(*DAYS), group_by)
        asked = [(whole, Question(*DAYS))]
        if groups:
            group = groups[pick % len(groups)]
            asked.append((group, narrowed(group_by, str(group.key))))
        for figures, question in asked:
            behind = tuple([await added_up(session, question, kpi, part) for part in KpiPart])
            assert figures.kpis.get(kpi, (0, 0)) == behind, question
        await example.rollback()


def narrowed(group_by: KpiGrouping, key: str) -> Question:
    """The question that a group's key stands for."""
    match group_by:
        case KpiGrouping.TERRITORY:
            return Question(*DAYS, territory_code=key)
        case KpiGrouping.REP:
            return Question(*DAYS, rep_code=key)
        case KpiGrouping.OUTLET:
            return Question(*DAYS, outlet_code=key)
        case KpiGrouping.DATE:
            day = next(day for day in DAYS if day.isoformat() == key)
            return Question(day, day)


async def added_up(session: AsyncSession, question: Question, kpi: Kpi, part: KpiPart) -> Decimal:
    rows = await service.evidence(session, ADMIN, question, kpi, part, None, 1_000)
    assert len({row.id for row in rows}) == len(rows)
    return sum((row.amount for row in rows), Decimal(0))
