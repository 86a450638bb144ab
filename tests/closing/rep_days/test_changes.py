"""Whoever looks at reps' days is told of each change once, by real connections (decision 80)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.closing.rep_days import change_queries
from app.closing.rep_days.changes import ChangesPosition, DayChanges, changes_since, forget_changes
from app.closing.rep_days.models import DayChange
from app.doors.order_taking.service import NewOrder, place_order
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground import clock
from app.ground.db.session import Database
from app.ground.db.statements import Relation
from app.ground.settings import Settings
from app.ground.web.access import Caller, CallerKind, Role
from app.main import create_app
from app.masters.catalogue.models import Product
from app.masters.identity.models import Device, User
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.motivation.points.rules import PointsFinding, PointsRule
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderChannel, OrderForm, OrderFormLine
from tests.databases import as_owner, execute
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.check_ins import make_stored_check_in
from tests.factories.handheld import make_check_in, make_no_order, make_upload
from tests.factories.handheld import make_order as make_form
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


@dataclass
class Team:
    """Two reps of a territory where it is about one o'clock, its cutoff three.

    `outlet` stands in the plan of the first, `shared` in both plans.
    """

    http: httpx.AsyncClient
    app: FastAPI
    now: datetime
    territory: Territory
    reps: list[Rep]
    devices: list[Device]
    outlet: Outlet
    shared: Outlet
    visit: Visit
    product: Product
    supervisor: User

    @property
    def today(self) -> date:
        """Today's date there."""
        return self.visit.visit_date

    async def post(self, path: str, body: Any, caller: User | Device | None = None) -> None:
        """Have the first rep's handheld send something, or another caller."""
        answer = await self.http.post(path, json=body, headers=bearer(self.app, caller or self.devices[0]))
        assert answer.status_code < 300, answer.text


def zone_where_it_is_one_o_clock(now: datetime) -> str:
    """Whatever the hour: the local date is that of UTC. What is told of is today's by the database's clock."""
    return f"Etc/GMT{now.hour - 13:+}"


@pytest.fixture
async def team(settings: Settings, committed: Database, the_clock: clock.SetClock) -> AsyncIterator[Team]:
    now = clock.wall()
    the_clock.move_to(now)
    app = create_app(settings, committed)
    async with committed.transaction() as session:
        calendar: dict[str, Any] = {"time_zone": zone_where_it_is_one_o_clock(now), "order_cutoff": time(15)}
        territory = await make_territory(session, working_weekdays=[1, 2, 3, 4, 5, 6, 7], **calendar)
        reps = [await make_rep(session, territory) for _ in range(2)]
        outlet, shared = [await make_outlet(session, territory) for _ in range(2)]
        visit = await make_visit(session, reps[0], outlet, now.date())
        for rep in reps:
            await make_visit(session, rep, shared, now.date())
        devices = [await make_device(session, rep) for rep in reps]
        product = await make_product(session)
        supervisor = await make_user(session, Role.SUPERVISOR, territory)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as http:
        yield Team(http, app, now, territory, reps, devices, outlet, shared, visit, product, supervisor)


async def seen_by(database: Database, position: ChangesPosition | None) -> DayChanges:
    async with database.single_statement() as session:
        return await changes_since(session, position)


@dataclass(frozen=True)
class Told:
    """Who is told: the reps by their number in the team, whether their territory is, and how many call tasks are."""

    reps: tuple[int, ...] = ()
    territory: bool = False
    call_tasks: int = 0


def told(team: Team, changes: DayChanges) -> Told:
    numbers = {rep.id: number for number, rep in enumerate(team.reps)}
    reps = tuple(sorted(numbers[rep_id] for rep_id in changes.reps))
    assert changes.territories <= {team.territory.id}
    return Told(reps, bool(changes.territories), len(changes.call_tasks))


async def nothing(_: AsyncSession, __: Team) -> None:
    """Nothing had been there before."""


async def a_check_in(_: AsyncSession | None, team: Team) -> None:
    await team.post("/v1/check-ins", make_check_in(team.outlet.code, team.now))


async def an_upload_without_events(_: AsyncSession, team: Team) -> None:
    await team.post("/v1/sync", make_upload(time=team.now, sequence_to=0))


async def a_no_order_reason(_: AsyncSession, team: Team) -> None:
    await team.post("/v1/sync", make_upload(make_no_order(team.outlet.code, team.now), time=team.now))


async def an_order_by_handheld(_: AsyncSession, team: Team) -> None:
    await team.post("/v1/orders", make_form(team.outlet.code, team.product.code, time=team.now))


async def an_order_by_handheld_where_a_colleague_has_a_visit(_: AsyncSession, team: Team) -> None:
    await team.post("/v1/orders", make_form(team.shared.code, team.product.code, time=team.now))


async def order_by(session: AsyncSession, team: Team, channel: OrderChannel, caller: Caller) -> None:
    line = OrderFormLine(team.product.code, Decimal(6), None)
    form = OrderForm(uuid4(), team.shared.code, None, team.today + timedelta(days=1), (line,))
    await place_order(session, NewOrder(form, channel, caller))


async def an_order_by_api(session: AsyncSession, team: Team) -> None:
    await order_by(session, team, OrderChannel.API, Caller(CallerKind.CLIENT, "1", "erp", territory_ids=None))


async def an_order_by_phone(session: AsyncSession, team: Team) -> None:
    operator = Caller(CallerKind.USER, "1", "eleni", role=Role.OPERATOR, user_id=1, territory_ids=None)
    await order_by(session, team, OrderChannel.CALL_CENTRE, operator)


async def an_order_by_mail(session: AsyncSession, team: Team) -> None:
    rep = Caller(CallerKind.REP, "1", team.reps[0].code, territory_ids=None)
    await order_by(session, team, OrderChannel.EMAIL, rep)


async def order_of_today(session: AsyncSession, team: Team) -> Order:
    return (await session.scalars(select(Order).where(Order.business_date == team.today))).one()


async def an_order_that_was_there(session: AsyncSession, team: Team) -> None:
    times: dict[str, Any] = {"captured_at": team.now, "received_at": team.now, "corrected_at": team.now}
    await make_order(session, team.shared, rep=team.reps[0], business_date=team.today, **times)


async def an_amendment(session: AsyncSession, team: Team) -> None:
    order = await order_of_today(session, team)
    body = make_form(team.shared.code, team.product.code, time=team.now) | {"id": str(order.id)}
    answer = await team.http.put(f"/v1/orders/{order.id}", json=body, headers=bearer(team.app, team.supervisor))
    assert answer.status_code == 200, answer.text


async def a_cancellation(session: AsyncSession, team: Team) -> None:
    order = await order_of_today(session, team)
    await team.post(f"/v1/orders/{order.id}/cancel", {}, team.supervisor)


async def an_excuse(_: AsyncSession, team: Team) -> None:
    await team.post(f"/v1/visits/{team.visit.id}/excuse", {"reason_code": "rep_ill"}, team.supervisor)


async def a_signal(session: AsyncSession, team: Team) -> None:
    rep = team.reps[1]
    check_in = await make_stored_check_in(session, rep, team.shared, at=team.now, business_date=team.today)
    await make_signal(session, check_in, "mock_location")


async def a_review(session: AsyncSession, team: Team) -> None:
    signal_id = await session.scalar(select(RiskSignal.id))
    body = {"outcome": "dismissed", "comment": "a test phone"}
    await team.post(f"/v1/risk-signals/{signal_id}/review", body, team.supervisor)


async def a_signal_that_is_withdrawn(session: AsyncSession, team: Team) -> None:
    await session.execute(update(RiskSignal).values(withdrawn_at=team.now))


async def a_visit_more(session: AsyncSession, team: Team) -> None:
    await make_visit(session, team.reps[1], team.outlet, team.today)


async def another_order_of_visits(session: AsyncSession, team: Team) -> None:
    await session.execute(update(Visit).where(Visit.id == team.visit.id).values(sequence=7))


async def a_visit_that_is_handed_over(session: AsyncSession, team: Team) -> None:
    await session.execute(update(Visit).where(Visit.id == team.visit.id).values(rep_id=team.reps[1].id))


async def a_visit_less(session: AsyncSession, team: Team) -> None:
    await session.execute(delete(Visit).where(Visit.id == team.visit.id))


async def a_cutoff_run(session: AsyncSession, team: Team) -> None:
    with clock.fixed(team.now + timedelta(hours=3)):
        await cutoff.close_day(session, team.territory.id, team.today, triggered_by="test")


async def a_run_that_is_void(session: AsyncSession, team: Team) -> None:
    run_id = (await session.scalars(select(CutoffRun.id))).one()
    await cutoff.void_run(session, run_id, reason="a holiday", by="user:anna")


async def a_call(session: AsyncSession, team: Team) -> None:
    await make_call_task(session, team.outlet, **times_of_calls(team))


def times_of_calls(team: Team) -> dict[str, Any]:
    return {"business_date": team.today, "available_at": team.now, "due_at": team.now + timedelta(hours=4)}


async def a_call_that_is_claimed(session: AsyncSession, team: Team) -> None:
    assert await call_tasks.claim_next(session, 1, None, team.now + timedelta(hours=3)) is not None


async def a_hundred_calls(session: AsyncSession, team: Team) -> None:
    for _ in range(101):
        outlet = await make_outlet(session, team.territory)
        await make_call_task(session, outlet, **times_of_calls(team))


async def calls_that_expire(session: AsyncSession, team: Team) -> None:
    await call_tasks.expire_due(session, team.now + timedelta(hours=5))


async def an_entry(session: AsyncSession, team: Team) -> None:
    finding = PointsFinding(PointsRule.DELIVERY_MATCHED, uuid4(), team.reps[0].id, team.today, counts=True, points=2)
    await points.bring_about(session, [finding], team.now)


async def a_reversal(session: AsyncSession, team: Team) -> None:
    entry_id = (await session.scalars(select(PointsEntry.id))).one()
    await points.reverse(session, {entry_id: "appeal_granted"}, team.now)


async def a_penalty_that_is_final(session: AsyncSession, _: Team) -> None:
    entries = Relation(select(PointsEntry.id))
    assert await points.finalise(session, entries, because="watermark_passed", at=clock.now()) == 1


Change = Callable[[AsyncSession, Team], Awaitable[None]]

CASES: list[tuple[Change, Change, Told]] = [
    (nothing, a_check_in, Told((0,))),
    (nothing, an_upload_without_events, Told((0,))),
    (nothing, a_no_order_reason, Told((0,))),
    (nothing, an_order_by_handheld, Told((0,))),
    (nothing, an_order_by_handheld_where_a_colleague_has_a_visit, Told((0, 1))),
    (nothing, an_order_by_api, Told((0, 1))),
    (nothing, an_order_by_phone, Told((0, 1))),
    (nothing, an_order_by_mail, Told((0, 1))),
    (an_order_that_was_there, an_amendment, Told((0, 1))),
    (an_order_that_was_there, a_cancellation, Told((0, 1))),
    (nothing, an_excuse, Told((0,))),
    (nothing, a_signal, Told((1,))),
    (a_signal, a_review, Told((1,))),
    (a_signal, a_signal_that_is_withdrawn, Told((1,))),
    (nothing, a_visit_more, Told((1,))),
    (nothing, another_order_of_visits, Told((0,))),
    (nothing, a_visit_that_is_handed_over, Told((0, 1))),
    (nothing, a_visit_less, Told((0,))),
    (nothing, a_cutoff_run, Told(territory=True)),
    (a_cutoff_run, a_run_that_is_void, Told((0, 1), territory=True, call_tasks=2)),
    (a_call, a_call_that_is_claimed, Told(call_tasks=1)),
    (a_hundred_calls, calls_that_expire, Told(territory=True)),
    (nothing, an_entry, Told((0,))),
    (an_entry, a_reversal, Told((0,))),
    (an_entry, a_penalty_that_is_final, Told((0,))),
]


@pytest.mark.parametrize(("before", "change", "expected"), CASES)
async def test_each_change_of_today_is_told_once(
    committed: Database, team: Team, before: Change, change: Change, expected: Told
) -> None:
    async with committed.transaction() as session:
        await before(session, team)
    begun = await seen_by(committed, None)
    async with committed.transaction() as session:
        await change(session, team)
    changes = await seen_by(committed, begun.position)
    assert told(team, changes) == expected
    assert told(team, await seen_by(committed, changes.position)) == Told()


async def test_who_begins_to_look_is_told_of_nothing_that_was_before(committed: Database, team: Team) -> None:
    await a_check_in(None, team)
    assert told(team, await seen_by(committed, None)) == Told()


async def test_a_transaction_that_began_earlier_and_commits_later_is_told_once(committed: Database, team: Team) -> None:
    begun = await seen_by(committed, None)
    async with committed.transaction() as slow:
        await another_order_of_visits(slow, team)
        async with committed.transaction() as quick:
            await a_visit_more(quick, team)
        early = await seen_by(committed, begun.position)
        assert told(team, early) == Told((1,))
        await team.post("/v1/check-ins", make_check_in(team.shared.code, team.now))
        later = await seen_by(committed, early.position)
        assert told(team, later) == Told((0,))
    last = await seen_by(committed, later.position)
    assert told(team, last) == Told((0,))
    assert told(team, await seen_by(committed, last.position)) == Told()


async def test_a_colleague_is_told_of_an_upload_whose_transaction_began_earlier(
    committed: Database, team: Team
) -> None:
    await a_check_in(None, team)
    async with committed.transaction() as slow:
        await an_order_that_was_there(slow, team)
        begun = await seen_by(committed, None)
        async with committed.transaction() as quick:
            await make_product(quick)
        position = (await seen_by(committed, begun.position)).position
        await slow.execute(update(DeviceSyncState).values(changed_in=func.current_position()))
    assert told(team, await seen_by(committed, position)) == Told((0, 1))


async def test_two_who_look_are_both_told_each_from_where_it_was(committed: Database, team: Team) -> None:
    one = await seen_by(committed, None)
    async with committed.transaction() as session:
        await a_visit_more(session, team)
    other = await seen_by(committed, None)
    await a_check_in(None, team)
    assert told(team, await seen_by(committed, one.position)) == Told((0, 1))
    assert told(team, await seen_by(committed, other.position)) == Told((0,))


async def test_what_is_rolled_back_is_not_told(committed: Database, team: Team) -> None:
    begun = await seen_by(committed, None)
    async with committed.transaction() as session:
        await a_visit_more(session, team)
        await session.rollback()
    assert told(team, await seen_by(committed, begun.position)) == Told()


@pytest.mark.parametrize("days", [-40, -1, 1, 7])
async def test_nothing_is_told_of_another_days_plan_orders_and_runs(committed: Database, team: Team, days: int) -> None:
    day = team.today + timedelta(days=days)
    begun = await seen_by(committed, None)
    async with committed.transaction() as session:
        await make_visit(session, team.reps[0], team.outlet, day)
        await make_order(session, team.outlet, business_date=day)
        session.add(run_of(team, day))
    assert told(team, await seen_by(committed, begun.position)) == Told()


def run_of(team: Team, day: date) -> CutoffRun:
    at = team.now
    counts = dict.fromkeys(("planned_visits", "missing_orders", "call_tasks", "penalties"), 0)
    instants = dict.fromkeys(("cutoff_at", "call_deadline_at", "started_at", "finished_at"), at)
    return CutoffRun(
        id=uuid4(), territory_id=team.territory.id, business_date=day, triggered_by="test", **instants, **counts
    )


async def test_to_whom_nothing_was_told_for_long_every_territory_is_told(committed: Database, team: Team) -> None:
    position = (await seen_by(committed, None)).position
    old = ChangesPosition(
        position.ended_below,
        position.begun_from,
        position.running,
        position.offset,
        position.at - change_queries.KEPT / 2,
    )
    assert told(team, await seen_by(committed, old)) == Told(territory=True)


async def test_who_has_a_position_of_another_database_is_told_of_every_territory(
    committed: Database, team: Team
) -> None:
    position = (await seen_by(committed, None)).position
    other = ChangesPosition(position.ended_below, position.begun_from, (), position.offset + (1 << 40), position.at)
    assert told(team, await seen_by(committed, other)) == Told(territory=True)


async def test_changes_are_forgotten_an_hour_later(committed: Database, committed_url: str, team: Team) -> None:
    async with committed.transaction() as session:
        await a_visit_more(session, team)
        assert await forget_changes(session, team.now) == 0
    await execute(as_owner(committed_url), "UPDATE day_changes SET changed_at = changed_at - interval '1 hour'")
    async with committed.transaction() as session:
        assert await forget_changes(session, team.now) > 0
        assert list(await session.scalars(select(DayChange.id))) == []
