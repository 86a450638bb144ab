from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit
from app.field.visits.schemas import VisitBody
from app.field.visits.service import upsert_visits
from app.field.visits.visit_ids import date_in
from app.ground import clock
from app.ground.events.models import Event
from app.ground.web.upserts import Upserted
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


@pytest.fixture
async def outlet(session: AsyncSession, rep: Rep) -> Outlet:
    return await _outlet_of(session, rep)


async def _outlet_of(session: AsyncSession, rep: Rep) -> Outlet:
    territory = await session.get_one(Territory, rep.territory_id)
    return await make_outlet(session, territory)


def row(rep: Rep, outlet: Outlet, day: date = TUESDAY, sequence: int | None = 1) -> VisitBody:
    return VisitBody(rep_code=rep.code, outlet_code=outlet.code, visit_date=day, sequence=sequence)


async def plan(session: AsyncSession, *rows: VisitBody, **options: Any) -> list[str]:
    return [_told(done) for done in await upsert_visits(session, rows, **{"by": "client:erp"} | options)]


def _told(done: Upserted) -> str:
    return " ".join([done.status, *(problem.code for problem in done.problems)])


async def _visit(session: AsyncSession, rep: Rep) -> Visit:
    query = select(Visit).where(Visit.rep_id == rep.id).execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def test_an_imported_visit_is_planned_and_approved_now(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    assert await plan(session, row(rep, outlet)) == ["created"]
    visit = await _visit(session, rep)
    assert (visit.approved_at, visit.created_at, visit.territory_id, visit.sequence) == (
        NOON,
        NOON,
        rep.territory_id,
        1,
    )
    assert date_in(visit.id) == TUESDAY


async def test_a_planned_visit_keeps_its_id_and_the_instant_of_its_approval(
    session: AsyncSession, rep: Rep, outlet: Outlet, the_clock: clock.SetClock
) -> None:
    await plan(session, row(rep, outlet))
    first = await _visit(session, rep)
    id_, written_in = first.id, first.changed_in
    await session.execute(update(Visit).values(changed_in=0))
    the_clock.move_to(NOON + timedelta(hours=1))
    assert await plan(session, row(rep, outlet)) == ["unchanged"]
    assert (await _visit(session, rep)).changed_in == 0
    assert await plan(session, row(rep, outlet, sequence=5)) == ["updated"]
    visit = await _visit(session, rep)
    assert (visit.id, visit.sequence, visit.approved_at) == (id_, 5, NOON)
    assert visit.changed_in == written_in == await session.scalar(text("SELECT current_position()"))


async def test_an_ad_hoc_visit_becomes_planned(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    ad_hoc = await make_visit(session, rep, outlet, TUESDAY, approved_at=None)
    assert await plan(session, row(rep, outlet, sequence=None)) == ["updated"]
    visit = await _visit(session, rep)
    assert (visit.id, visit.approved_at) == (ad_hoc.id, NOON)


async def test_an_excused_visit_stays_excused(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    await make_visit(session, rep, outlet, TUESDAY, excused_at=NOON, excused_by="user:sofia", excuse_reason="rep_ill")
    assert await plan(session, row(rep, outlet, sequence=9)) == ["updated"]
    assert (await _visit(session, rep)).excused_at == NOON


async def test_frozen_days_are_refused_row_by_row(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    days = [MONDAY - timedelta(days=1), MONDAY, TUESDAY]
    told = await plan(session, *(row(rep, outlet, day) for day in days))
    assert told == ["rejected frozen_day", "rejected frozen_day", "created"]
    assert (await _visit(session, rep)).visit_date == TUESDAY


async def test_an_overridden_freeze_is_recorded_for_each_territory(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    other = await make_rep(session, await make_territory(session))
    rows = [row(rep, outlet, MONDAY), row(rep, outlet), row(other, await _outlet_of(session, other), MONDAY)]
    assert await plan(session, *rows, override_freeze=True) == ["created"] * 3
    assert await plan(session, *rows, override_freeze=True) == ["unchanged"] * 3
    events = (await session.scalars(select(Event).order_by(Event.territory_id))).all()
    assert [event.territory_id for event in events] == sorted({rep.territory_id, other.territory_id})
    assert {event.type for event in events} == {"plan.freeze_overridden"}
    for event in events:
        assert event.payload["visit_dates"] == ["2026-11-23"]
        assert (event.payload["visits"], event.payload["by"]) == (1, "client:erp")


async def test_an_overridden_visit_counts_as_approved_since_its_day_froze(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    await make_visit(session, rep, outlet, MONDAY, approved_at=None)
    assert await plan(session, row(rep, outlet, MONDAY), override_freeze=True) == ["updated"]
    midnight = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    assert (await _visit(session, rep)).approved_at == midnight


async def test_nothing_is_recorded_where_no_frozen_day_was_changed(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    assert await plan(session, row(rep, outlet), override_freeze=True) == ["created"]
    assert await session.scalar(select(func.count()).select_from(Event)) == 0


async def test_a_rep_is_not_sent_to_an_outlet_outside_of_the_own_territory(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    other = await make_rep(session, await make_territory(session))
    assert await plan(session, row(other, outlet)) == ["rejected outlet_of_another_territory"]
    assert await session.scalar(select(func.count()).select_from(Visit)) == 0


async def test_the_same_visit_twice_in_a_file_is_planned_once(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    fates = await plan(session, row(rep, outlet, sequence=1), row(rep, outlet, sequence=2))
    assert fates == ["created", "created"]
    assert (await _visit(session, rep)).sequence == 2


async def test_no_rows_are_no_work(session: AsyncSession) -> None:
    assert await plan(session) == []
