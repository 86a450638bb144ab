"""Whatever changes what a day's figures are made of makes it stale at once, whoever is counting it (decision 60)."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.compliance import keeping
from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent
from app.closing.compliance.keeping_statement import definition
from app.closing.compliance.keeping_statement import keeping as keeping_statement
from app.closing.compliance.kept_days import kept_of
from app.closing.compliance.kpi_queries import Counting
from app.closing.compliance.models import KeptDay, KeptOutlet, KeptRepDay, StaleDay
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.places import Places
from app.field.visits.models import Visit
from app.ground import clock
from app.ground.db.session import Database
from app.masters.outlets.models import OutletTerms
from app.sales.orders.models import Order
from tests.architecture.statement_tables import tables_of
from tests.closing.compliance.test_kept_days import AFTERWARDS, DAYS, TODAY, World, at, keep_all_days, make_world
from tests.databases import as_owner, connected, rows
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.visits import make_visit

DAY = DAYS[1]


async def days_kept(database: Database, world: World) -> list[date]:
    async with database.snapshot() as session:
        extent = Extent(DAYS[0], DAYS[-1], [world.territories[0].id])
        kept_days = await kept_of(session, extent, definition())
    return sorted(kept_days.days.get(world.territories[0].id, ()))


@pytest.fixture
async def world(committed: Database, the_clock: clock.SetClock) -> World:
    """A visit on each day, and every day is kept."""
    the_clock.move_to(AFTERWARDS)
    async with committed.transaction() as session:
        world = await make_world(session)
        for day in DAYS:
            visit = await make_visit(session, world.reps[0], world.outlets[0], day)
            world.visits.append((day, visit.id))
    await keep_all_days(committed)
    assert await days_kept(committed, world) == list(DAYS)
    return world


async def test_a_late_order_that_was_not_committed_when_its_day_was_counted_makes_it_stale(
    committed: Database, world: World
) -> None:
    async with committed.transaction() as late:
        await make_order(late, world.outlets[0], rep=world.reps[0], business_date=DAYS[1])
        async with committed.transaction() as other:
            await other.execute(update(KeptDay).values(definition=0))
        await keep_all_days(committed)  # counts every day anew, and does not see the order
        assert await days_kept(committed, world) == list(DAYS)
    assert await days_kept(committed, world) == [DAYS[0], DAYS[2]]
    await keep_all_days(committed)
    assert await days_kept(committed, world) == list(DAYS)


async def test_a_day_is_not_counted_before_all_have_ended_who_wrote_when_it_was_announced(
    committed: Database, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(AFTERWARDS)
    async with committed.transaction() as session:
        world = await make_world(session)
        await make_visit(session, world.reps[0], world.outlets[0], DAYS[0])
    async with committed.transaction() as before_midnight:
        await make_product(before_midnight)
        await keep_all_days(committed)
        assert await days_kept(committed, world) == []
    await keep_all_days(committed)
    assert await days_kept(committed, world) == list(DAYS)


def run_of(world: World, **fields: Any) -> CutoffRun:
    sound: dict[str, Any] = {
        "id": uuid4(),
        "territory_id": world.territories[0].id,
        "business_date": DAY,
        "cutoff_at": at(DAY, 15),
        "call_deadline_at": at(DAY, 17),
        "started_at": at(DAY, 15),
        "finished_at": at(DAY, 15),
        "planned_visits": 1,
        "missing_orders": 1,
        "call_tasks": 1,
        "penalties": 0,
        "triggered_by": "test",
    }
    return CutoffRun(**sound | fields)


def missing_order(world: World, **fields: Any) -> MissingOrder:
    sound: dict[str, Any] = {
        "answers": True,
        "business_date": DAY,
        "visit_id": uuid4(),
        "run_id": uuid4(),
        "territory_id": world.territories[1].id,
        "rep_id": world.reps[2].id,
        "outlet_id": world.outlets[0].id,
        "cause": "not_visited",
        "provisional": False,
    }
    return MissingOrder(**sound | fields)


async def nothing(_: AsyncSession, __: World) -> None:
    """Nothing had been there before."""


async def a_visit(session: AsyncSession, world: World) -> None:
    await make_visit(session, world.reps[1], world.outlets[0], DAY)


async def an_excuse(session: AsyncSession, _: World) -> None:
    await session.execute(update(Visit).where(Visit.visit_date == DAY).values(excused_at=at(DAY, 9)))


async def another_place_in_the_plan(session: AsyncSession, _: World) -> None:
    await session.execute(update(Visit).where(Visit.visit_date == DAY).values(sequence=7))


async def a_visit_that_goes(session: AsyncSession, _: World) -> None:
    await session.execute(delete(Visit).where(Visit.visit_date == DAY))


async def a_check_in(session: AsyncSession, world: World) -> None:
    await make_stored_check_in(session, world.reps[0], world.outlets[0], at=at(DAY, 9), business_date=DAY)


async def an_order(session: AsyncSession, world: World) -> None:
    await make_order(session, world.outlets[2], business_date=DAY)


async def an_order_under_another_territory(session: AsyncSession, world: World) -> None:
    await make_order(session, world.outlets[0], business_date=DAY, territory_id=world.territories[1].id)


async def an_amended_order(session: AsyncSession, _: World) -> None:
    changes = {"version": 2, "total_value": Decimal("7.30")}
    await session.execute(update(Order).where(Order.business_date == DAY).values(changes))


async def a_cancelled_order(session: AsyncSession, _: World) -> None:
    await session.execute(update(Order).where(Order.business_date == DAY).values(cancelled_at=at(DAY, 16)))


async def a_run(session: AsyncSession, world: World) -> None:
    session.add(run_of(world))


async def a_run_that_is_void(session: AsyncSession, _: World) -> None:
    void = {"voided_at": AFTERWARDS, "voided_by": "user:anna", "void_reason": "a wrong zone"}
    await session.execute(update(CutoffRun).values(void))


async def a_call_task(session: AsyncSession, world: World) -> None:
    await make_call_task(session, world.outlets[0], business_date=DAY)


async def the_outcome_of_a_call(session: AsyncSession, _: World) -> None:
    await session.execute(update(CallTask).values(outcome="order_taken"))


async def a_supplement_of_another_territory(session: AsyncSession, world: World) -> None:
    session.add(missing_order(world, supplement=True))


async def a_run_of_another_territory(session: AsyncSession, world: World) -> None:
    run = run_of(world, territory_id=world.territories[1].id)
    session.add(run)
    await session.flush()
    session.add(missing_order(world, run_id=run.id))
    await a_call_task(session, world)


async def terms_that_were_agreed_when_an_order_came(session: AsyncSession, world: World) -> None:
    terms = {"outlet_id": world.outlets[2].id, "version": 2, "must_stock": [], "created_by": "test"}
    session.add(OutletTerms(**terms, valid_from=at(DAY, 8)))


Change = Callable[[AsyncSession, World], Awaitable[None]]


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (nothing, a_visit),
        (nothing, an_excuse),
        (nothing, another_place_in_the_plan),
        (nothing, a_visit_that_goes),
        (nothing, a_check_in),
        (nothing, an_order),
        (nothing, an_order_under_another_territory),
        (an_order, an_amended_order),
        (an_order, a_cancelled_order),
        (nothing, a_run),
        (a_run, a_run_that_is_void),
        (nothing, a_call_task),
        (a_call_task, the_outcome_of_a_call),
        (a_call_task, a_supplement_of_another_territory),
        (a_run_of_another_territory, a_run_that_is_void),
        (an_order, terms_that_were_agreed_when_an_order_came),
    ],
)
async def test_what_comes_late_makes_its_day_stale_and_no_other(
    committed: Database, world: World, before: Change, change: Change
) -> None:
    async with committed.transaction() as session:
        await before(session, world)
    await keep_all_days(committed)
    assert await days_kept(committed, world) == list(DAYS)
    async with committed.transaction() as session:
        await change(session, world)
    assert await days_kept(committed, world) == [day for day in DAYS if day != DAY]


async def test_what_no_figure_is_made_of_makes_no_day_stale(
    committed: Database, committed_url: str, world: World
) -> None:
    async with committed.transaction() as session:
        await a_check_in(session, world)
        await an_order(session, world)
    await keep_all_days(committed)
    async with committed.transaction() as session:
        await session.execute(update(Order).values(comment="at the back door", lat=None))
        await session.execute(update(Visit).values(expected_at=at(DAY, 9)))
    async with connected(as_owner(committed_url)) as owner:
        await owner.execute(text("UPDATE check_ins SET lat = NULL, lon = NULL"))
        await owner.commit()
    assert await days_kept(committed, world) == list(DAYS)


async def test_todays_records_mark_nothing(committed: Database, world: World) -> None:
    async with committed.transaction() as session:
        for day in (TODAY, TODAY + timedelta(days=1)):
            await make_visit(session, world.reps[0], world.outlets[0], day)
            await make_order(session, world.outlets[0], rep=world.reps[0], business_date=day)
            await make_stored_check_in(session, world.reps[0], world.outlets[0], business_date=day)
    async with committed.snapshot() as session:
        assert list(await session.scalars(select(StaleDay.business_date))) == []


async def test_marks_go_with_what_was_counted_and_what_is_kept_goes_with_its_records(
    committed: Database, committed_url: str, world: World
) -> None:
    async with committed.transaction() as session:
        await an_order(session, world)
    await keep_all_days(committed)
    assert await rows(committed_url, "SELECT * FROM stale_days") == []
    async with connected(committed_url) as connection:
        for table in ("kept_days", "kept_rep_days"):
            await connection.execute(text(f"UPDATE {table} SET business_date = business_date - 1000"))
        await connection.execute(text("UPDATE kept_outlets SET month = month - interval '30 months'"))
        await connection.commit()
    async with committed.transaction() as session:
        await keeping.forget_kept_days(session, None)
        for model in (KeptDay, KeptRepDay, KeptOutlet):
            assert list(await session.scalars(select(model.territory_id))) == []


MARKING = {"visits", "check_ins", "orders", "cutoff_runs", "call_tasks", "missing_orders", "outlet_terms"}
"""Tables whose changes mark the days that are made of them, by triggers."""

OTHERS = {
    "order_lines": "are written with their order, whose `version` rises",
    "products": "are asked whether they are sold when the figures are told",
    "outlets": "what they were at a cutoff stands in the audit trail, whatever becomes of them",
    "reps": "what they were at a cutoff stands in the audit trail, whatever becomes of them",
}
"""Tables that figures are made of, and why their changes mark no day."""


async def test_every_table_that_figures_are_made_of_marks_days_or_says_why_not(committed_url: str) -> None:
    day = date(2026, 1, 1)
    counting = Counting(Extent(day, day, [1], only={1: [day]}), Deadlines({}, []), Places((), ()))
    compiled = keeping_statement(counting, {1: [day]}).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    found = tables_of(str(compiled))
    kept_days = {"kept_days", "kept_rep_days", "kept_outlets", "kept_products"}
    assert found.written == kept_days
    assert found.read - kept_days == MARKING | OTHERS.keys()
    triggers = await rows(
        committed_url,
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgfoid::regproc::text LIKE 'mark_days_%' AND NOT c.relispartition",
    )
    assert {name for (name,) in triggers} == MARKING
