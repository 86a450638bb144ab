"""What is kept of days says what their records say, whatever comes late, and whenever it is counted (decision 60)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.compliance import keeping, service
from app.closing.compliance.extents import Extent
from app.closing.compliance.kept_days import KeptDays
from app.closing.compliance.kpi_queries import Figures
from app.closing.compliance.rules import KpiGrouping
from app.closing.compliance.service import Question
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.field.visits.models import Visit
from app.ground import clock
from app.ground.audit.models import AuditEntry
from app.ground.db.session import Database
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet, OutletTerms
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import Order
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import change_calendar, make_rep, make_territory
from tests.factories.visits import make_visit

# days that are over by the database's own clock, which says what is marked
TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=TODAY.weekday() + 14)
DAYS = tuple(FIRST + timedelta(days=number) for number in range(3))
AFTERWARDS = datetime.combine(FIRST + timedelta(days=4), time(10), UTC)
GROUPINGS = (KpiGrouping.TERRITORY, KpiGrouping.REP, KpiGrouping.DATE)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)


@dataclass
class World:
    """Two territories with two reps each and five outlets, and what was recorded of them."""

    territories: list[Territory]
    reps: list[Rep]
    outlets: list[Outlet]
    products: list[Product]
    visits: list[tuple[date, UUID]] = field(default_factory=list)
    orders: list[tuple[date, UUID]] = field(default_factory=list)
    runs: list[UUID] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    terms: int = 1

    @property
    def caller(self) -> Caller:
        ids = frozenset(territory.id for territory in self.territories)
        return Caller(CallerKind.USER, "1", "sofia", role=Role.SUPERVISOR, user_id=1, territory_ids=ids)

    @property
    def questions(self) -> list[Question]:
        return [
            Question(DAYS[0], DAYS[-1]),
            Question(DAYS[0], DAYS[-1] + timedelta(days=1), territory_code=self.territories[0].code),
            Question(DAYS[0], DAYS[-1], rep_code=self.reps[0].code),
            Question(DAYS[1], DAYS[1]),
        ]


async def make_world(session: AsyncSession) -> World:
    territories = [await make_territory(session) for _ in range(2)]
    products = [await make_product(session) for _ in range(2)]
    codes = [*(product.code for product in products), "NOBODY-KNOWS"]
    must_stock = [{"product_code": code, "min_quantity": "12"} for code in codes]
    here, there = territories
    return World(
        territories,
        [await make_rep(session, territory) for territory in (here, here, there)],
        [
            await make_outlet(session, here),
            await make_outlet(session, here, terms={"must_stock": must_stock}),
            await make_outlet(session, here, terms={"order_due_time": time(14), "must_stock": must_stock[:1]}),
            await make_outlet(session, there, terms={"must_stock": must_stock}),
            await make_outlet(session, there, active=False),
        ],
        products,
    )


Step = Callable[[AsyncSession, World, Any], Awaitable[None]]
"""Something that happens; what is drawn for it are numbers, of which each takes what it needs."""


async def plan(session: AsyncSession, world: World, n: Any) -> None:
    rep, outlet, day = n.of(world.reps), n.of(world.outlets), n.of(DAYS)
    found = await session.scalar(
        select(Visit.id).where(Visit.visit_date == day, Visit.rep_id == rep.id, Visit.outlet_id == outlet.id)
    )
    if found is None:
        fields = {} if n.of((True, True, False)) else {"approved_at": None}
        visit = await make_visit(session, rep, outlet, day, sequence=n.of((None, 1, 2, 3)), **fields)
        world.visits.append((day, visit.id))


async def change_visit(session: AsyncSession, world: World, n: Any) -> None:
    if not world.visits:
        return
    day, visit_id = n.of(world.visits)
    visit = (Visit.visit_date == day, Visit.id == visit_id)
    change: dict[str, Any] | None = n.of(
        (
            {"excused_at": at(day, 9)},
            {"sequence": 1},
            {"approved_at": None},
            {"territory_id": world.territories[1].id},
            None,
        )
    )
    if change is None:
        await session.execute(delete(Visit).where(*visit))
        world.visits.remove((day, visit_id))
    else:
        await session.execute(update(Visit).where(*visit).values(change))


async def check_in(session: AsyncSession, world: World, n: Any) -> None:
    rep, outlet, day = n.of(world.reps), n.of(world.outlets), n.of(DAYS)
    await make_stored_check_in(
        session,
        rep,
        outlet,
        at=at(day, n.of(range(6, 18))) + timedelta(seconds=n.of(range(60))),
        business_date=day,
        kind=n.of(("arrival", "arrival", "departure")),
        verdict=n.of(("INSIDE", "OUTSIDE")),
    )


async def order(session: AsyncSession, world: World, n: Any) -> None:
    outlet, day = n.of(world.outlets), n.of(DAYS)
    lines = [(product, 6 * packs) for product in world.products if (packs := n.of((0, 1, 2)))]
    fields = {"received_at": at(day, n.of(range(8, 18)))}
    made = await make_order(session, outlet, rep=n.of((None, *world.reps)), lines=lines, business_date=day, **fields)
    world.orders.append((day, made.id))


async def change_order(session: AsyncSession, world: World, n: Any) -> None:
    if world.orders:
        day, order_id = n.of(world.orders)
        change: dict[str, Any] = n.of(
            (
                {"cancelled_at": at(day, 16), "cancelled_effective_at": at(day, 16)},
                {"line_count": 9, "total_value": Decimal("7.30"), "version": 2},
            )
        )
        await session.execute(update(Order).where(Order.business_date == day, Order.id == order_id).values(change))


async def close(session: AsyncSession, world: World, n: Any) -> None:
    territory, day = n.of(world.territories), n.of(DAYS)
    standing = select(CutoffRun.id).where(
        CutoffRun.territory_id == territory.id, CutoffRun.business_date == day, CutoffRun.voided_at.is_(None)
    )
    if await session.scalar(standing) is not None:
        return
    run = CutoffRun(
        id=uuid4(),
        territory_id=territory.id,
        business_date=day,
        cutoff_at=at(day, n.of((12, 15))),
        call_deadline_at=at(day, 17),
        started_at=at(day, 15),
        finished_at=at(day, 15),
        planned_visits=0,
        missing_orders=0,
        call_tasks=0,
        penalties=0,
        triggered_by="test",
    )
    session.add(run)
    await session.flush()
    await miss(session, world, n, run=run)
    # as a run does, when it knows what it came to
    await session.execute(update(CutoffRun).where(CutoffRun.id == run.id).values(finished_at=at(day, 16)))
    world.runs.append(run.id)


async def miss(session: AsyncSession, world: World, n: Any, run: CutoffRun | None = None) -> None:
    """A missing order of a run, or a supplement of one that is long over."""
    day = run.business_date if run is not None else n.of(DAYS)
    outlet, rep = n.of(world.outlets), n.of(world.reps)
    session.add(
        MissingOrder(
            answers=True,
            business_date=day,
            visit_id=uuid4(),
            run_id=uuid4() if run is None else run.id,
            territory_id=rep.territory_id,
            rep_id=rep.id,
            outlet_id=outlet.id,
            cause="not_visited",
            provisional=False,
            supplement=run is None,
        )
    )
    found = select(CallTask.id).where(CallTask.business_date == day, CallTask.outlet_id == outlet.id)
    if await session.scalar(found) is None:
        world.tasks.append((await make_call_task(session, outlet, business_date=day)).id)


async def void(session: AsyncSession, world: World, n: Any) -> None:
    if world.runs:
        change = {"voided_at": AFTERWARDS, "voided_by": "user:anna", "void_reason": "a wrong zone"}
        await session.execute(update(CutoffRun).where(CutoffRun.id == n.of(world.runs)).values(change))


async def call(session: AsyncSession, world: World, n: Any) -> None:
    if world.tasks:
        outcome = n.of(("order_taken", "no_order"))
        await session.execute(update(CallTask).where(CallTask.id == n.of(world.tasks)).values(outcome=outcome))


async def agree_terms(session: AsyncSession, world: World, n: Any) -> None:
    world.terms += 1
    must_stock = [{"product_code": world.products[0].code, "min_quantity": "6"}]
    session.add(
        OutletTerms(
            outlet_id=n.of(world.outlets).id,
            version=world.terms,
            valid_from=at(n.of(DAYS), n.of(range(8, 18))),
            order_due_time=n.of((None, time(11))),
            must_stock=must_stock,
            created_by="test",
        )
    )


async def sell_no_more(session: AsyncSession, world: World, n: Any) -> None:
    product = n.of(world.products)
    await session.execute(update(Product).where(Product.id == product.id).values(active=n.of((True, False))))


async def change_master(session: AsyncSession, world: World, n: Any) -> None:
    """An outlet or a rep closes, opens or moves, long after these days."""
    model, master, kind = n.of(((Outlet, n.of(world.outlets), "outlet"), (Rep, n.of(world.reps), "rep")))
    now = (await session.execute(select(model.active, model.territory_id).where(model.id == master.id))).one()
    codes = {territory.id: territory.code for territory in world.territories}
    if n.of((True, False)):
        before: dict[str, Any] = {"active": now.active}
        change: dict[str, Any] = {"active": not now.active}
    else:
        before = {"territory_code": codes[now.territory_id]}
        change = {"territory_id": next(id_ for id_ in codes if id_ != now.territory_id)}
    entry = {"actor": "user:anna", "channel": "api", "kind": kind, "code": master.code, "after": {}}
    session.add(AuditEntry(at=AFTERWARDS, before=before, **entry))
    await session.execute(update(model).where(model.id == master.id).values(change))


async def change_days_off(session: AsyncSession, world: World, n: Any) -> None:
    territory = await session.get_one(Territory, n.of(world.territories).id)
    fields = {"name": territory.name, "time_zone": "Europe/Athens", "holidays": [n.of(DAYS)]}
    await change_calendar(session, territory, AFTERWARDS, **fields)


STEPS: tuple[Step, ...] = (
    plan,
    plan,
    check_in,
    check_in,
    order,
    order,
    change_visit,
    change_order,
    close,
    miss,
    void,
    call,
    agree_terms,
    sell_no_more,
    change_master,
    change_days_off,
)


@dataclass
class Numbers:
    """Numbers that were drawn, one for each choice, in turn."""

    drawn: list[int]
    used: int = 0

    def of(self, choices: Any) -> Any:
        choices = list(choices)
        self.used += 1
        return choices[self.drawn[self.used % len(self.drawn)] % len(choices)]


histories = st.lists(
    st.tuples(st.integers(0, len(STEPS) - 1), st.lists(st.integers(0, 59), min_size=8, max_size=8), st.booleans()),
    min_size=8,
    max_size=14,
)


async def keep_all_days(database: Database) -> None:
    """Turns of the scheduler until there is nothing left to count."""
    while await keeping.keep_days(database):
        pass


async def told(database: Database, world: World, question: Question, group_by: KpiGrouping) -> dict[str, Any]:
    async with database.snapshot() as session:
        groups = await service.figures(session, world.caller, question, group_by)
    return by_key(groups)


def by_key(groups: list[Figures]) -> dict[Any, Any]:
    """The figures that are not 0 by group and KPI; a group without any is there."""
    whole, *rest = groups
    halves = {
        (group.key, kpi): its for group in groups for kpi, its in group.kpis.items() if its != (Decimal(0), Decimal(0))
    }
    return halves | {group.key: True for group in (whole, *rest)}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[dict[str, Any]]]:
    """The figures by the records alone."""

    async def nothing_kept(_: AsyncSession, extent: Extent, __: int) -> KeptDays:
        return KeptDays(extent, {}, [])

    async def ask(database: Database, world: World, question: Question, group_by: KpiGrouping) -> dict[str, Any]:
        with monkeypatch.context() as patch:
            patch.setattr(service, "kept_of", nothing_kept)
            return await told(database, world, question, group_by)

    return ask


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
async def test_what_is_kept_says_what_the_records_say_after_every_step(
    committed: Database, the_clock: clock.SetClock, counted: Any, history: list[tuple[int, list[int], bool]]
) -> None:
    the_clock.move_to(AFTERWARDS)
    async with committed.transaction() as session:
        world = await make_world(session)
    asked = [(question, group_by) for question in world.questions for group_by in GROUPINGS]
    for number, (step, drawn, keeps) in enumerate(history):
        async with committed.transaction() as session:
            await STEPS[step](session, world, Numbers(drawn))
        if keeps or number == 3:
            await keep_all_days(committed)
        question, group_by = asked[number % len(asked)]
        ours = await told(committed, world, question, group_by)
        assert ours == await counted(committed, world, question, group_by), (STEPS[step].__name__, question, group_by)
    await keep_all_days(committed)
    for question, group_by in asked[:: 1 + len(history) % 3]:
        assert await told(committed, world, question, group_by) == await counted(committed, world, question, group_by)
