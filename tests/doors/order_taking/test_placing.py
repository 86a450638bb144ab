from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking.errors import EventConflict
from app.doors.order_taking.service import EventStatus, NewOrder, Result, place_order
from app.field.risk_signals.models import RiskSignal
from app.field.watermarks.models import DeviceDay
from app.ground.clock import SetClock
from app.ground.errors import FieldProblem
from app.ground.receipts.models import EventReceipt
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Territory
from app.sales.orders.models import Order, OrderLine, OrderRefusal
from app.sales.orders.rules import OrderChannel, OrderForm, OrderFormLine
from tests.conftest import MONDAY_NOON
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.sales.orders.plain_values import MONDAY, TUESDAY

ERP = Caller(CallerKind.CLIENT, "1", "erp", territory_ids=None, scopes=frozenset({"orders:write"}))
OUTLET = Caller(CallerKind.OUTLET, "42", "PAT-0042", territory_ids=None)


@pytest.fixture
async def product(session: AsyncSession) -> Product:
    return await make_product(session)


@pytest.fixture
async def outlet(session: AsyncSession) -> Outlet:
    return await make_outlet(session, await make_territory(session))


@pytest.fixture
def form(outlet: Outlet, product: Product) -> OrderForm:
    return OrderForm(uuid4(), outlet.code, None, TUESDAY, (OrderFormLine(product.code, Decimal(12), None),))


async def place(session: AsyncSession, form: OrderForm, caller: Caller = ERP) -> Result:
    return await place_order(session, NewOrder(form, OrderChannel.API, caller))


def problems_of(result: Result) -> Sequence[FieldProblem]:
    """Why an order was refused."""
    assert result.problem is not None
    return result.problem.errors


async def order_of(session: AsyncSession, id_: UUID) -> Order:
    return (await session.scalars(select(Order).where(Order.id == id_))).one()


async def test_a_sound_form_becomes_an_order(session: AsyncSession, form: OrderForm, outlet: Outlet) -> None:
    placed = await place(session, form)
    assert (placed.status, placed.business_date, placed.total_value) == (EventStatus.ACCEPTED, MONDAY, Decimal("13.80"))
    order = await order_of(session, form.id)
    assert (order.outlet_id, order.territory_id, order.rep_id) == (outlet.id, outlet.territory_id, None)
    assert (order.channel, order.placed_by, order.delivery_date) == ("API", "client:erp", TUESDAY)
    assert order.captured_at == order.received_at == order.corrected_at == MONDAY_NOON
    assert order.trusted


async def test_the_same_form_again_gets_the_first_answer_again(
    session: AsyncSession, form: OrderForm, the_clock: SetClock
) -> None:
    form = replace(form, lines=(form.lines[0]._replace(unit_price=Decimal("1.10")),))
    first = await place(session, form)
    the_clock.move_to(MONDAY_NOON + timedelta(days=3))  # delivery lies in the past by now
    again = await place(session, form)
    assert again == replace(first, status=EventStatus.DUPLICATE)
    assert [warning["code"] for warning in again.warnings] == ["price_differs"]
    assert await session.scalar(select(func.count()).where(OrderLine.order_id == form.id)) == 1


async def test_another_form_under_the_same_id_is_a_conflict_and_the_first_stays(
    session: AsyncSession, form: OrderForm
) -> None:
    await place(session, form)
    other = replace(form, lines=(form.lines[0]._replace(quantity=Decimal(18)),))
    conflict = await place(session, other)
    assert (conflict.id, conflict.status, conflict.received_at) == (str(form.id), EventStatus.CONFLICT, None)
    assert isinstance(conflict.problem, EventConflict)
    assert (await order_of(session, form.id)).total_value == Decimal("13.80")


async def test_another_caller_does_not_get_the_first_ones_answer(session: AsyncSession, form: OrderForm) -> None:
    await place(session, form)
    assert (await place(session, form, replace(ERP, name="crm"))).status is EventStatus.CONFLICT


async def test_the_call_centres_operators_speak_with_one_voice(session: AsyncSession, form: OrderForm) -> None:
    anna, bill = (Caller(CallerKind.USER, "1", name, Role.OPERATOR, territory_ids=None) for name in ("anna", "bill"))
    await place_order(session, NewOrder(form, OrderChannel.CALL_CENTRE, anna))
    again = await place_order(session, NewOrder(form, OrderChannel.CALL_CENTRE, bill))
    assert again.status is EventStatus.DUPLICATE
    assert (await order_of(session, form.id)).placed_by == "user:anna"


async def test_a_refused_form_is_remembered_and_may_come_corrected_under_its_id(
    session: AsyncSession, form: OrderForm, outlet: Outlet
) -> None:
    refused = await place(session, replace(form, lines=(), delivery_date=MONDAY - timedelta(1)))
    assert refused.status is EventStatus.REJECTED
    assert {problem.code for problem in problems_of(refused)} == {"no_lines", "delivery_date_in_the_past"}
    kept = (await session.scalars(select(OrderRefusal).where(OrderRefusal.id == form.id))).one()
    assert (kept.outlet_id, kept.business_date, kept.placed_by) == (outlet.id, MONDAY, "client:erp")
    assert (await place(session, form)).status is EventStatus.ACCEPTED


async def test_an_unknown_outlet_is_refused_with_the_other_problems(session: AsyncSession, form: OrderForm) -> None:
    lines = (*form.lines, OrderFormLine("NONE", Decimal(0), None))
    refused = await place(session, replace(form, outlet_code="NOWHERE", lines=lines))
    assert {(problem.pointer, problem.code) for problem in problems_of(refused)} == {
        ("/outlet_code", "unknown_outlet"),
        ("/lines/1/product_code", "unknown_product"),
        ("/lines/1/quantity", "quantity_not_positive"),
    }
    assert await session.scalar(select(func.count()).where(EventReceipt.id == form.id)) == 0


async def test_an_outlet_out_of_the_callers_sight_is_unknown_to_it(session: AsyncSession, form: OrderForm) -> None:
    stranger = Caller(CallerKind.USER, "1", "bill", Role.OPERATOR, territory_ids=frozenset({0}))
    refused = await place_order(session, NewOrder(form, OrderChannel.CALL_CENTRE, stranger))
    assert [problem.code for problem in problems_of(refused)] == ["unknown_outlet"]


async def test_the_business_date_is_the_territorys(session: AsyncSession, form: OrderForm, the_clock: SetClock) -> None:
    the_clock.move_to(datetime(2026, 11, 23, 22, 30, tzinfo=UTC))  # half past midnight in Athens
    assert (await place(session, form)).business_date == TUESDAY


@pytest.mark.parametrize("captured_at", [MONDAY_NOON - timedelta(hours=1), MONDAY_NOON.replace(year=1970)])
async def test_what_a_caller_without_a_handheld_sends_counts_from_when_it_is_received(
    session: AsyncSession, form: OrderForm, captured_at: datetime
) -> None:
    placed = await place_order(session, NewOrder(replace(form, captured_at=captured_at), OrderChannel.API, ERP))
    order = await order_of(session, form.id)
    assert (order.captured_at, order.skew_ms) == (captured_at, 0)
    assert order.corrected_at == placed.corrected_at == order.received_at == MONDAY_NOON


async def test_a_mailed_form_counts_from_when_the_mail_server_had_it(session: AsyncSession, form: OrderForm) -> None:
    had_at = MONDAY_NOON - timedelta(minutes=3)
    placed = await place_order(session, NewOrder(form, OrderChannel.EMAIL, OUTLET, mailed_at=had_at))
    order = await order_of(session, form.id)
    assert order.captured_at == order.received_at == order.corrected_at == placed.received_at == had_at
    assert (order.read_at, order.trusted, order.channel, order.rep_id) == (MONDAY_NOON, True, "EMAIL", None)


async def test_a_mail_server_whose_clock_is_ahead_cannot_date_a_form_into_the_future(
    session: AsyncSession, form: OrderForm
) -> None:
    ahead = NewOrder(form, OrderChannel.EMAIL, OUTLET, mailed_at=MONDAY_NOON + timedelta(hours=1))
    placed = await place_order(session, ahead)
    assert placed.received_at == MONDAY_NOON


async def test_a_forwarded_form_is_the_same_form_whoever_sends_it(session: AsyncSession, form: OrderForm) -> None:
    mailed = NewOrder(form, OrderChannel.EMAIL, OUTLET, mailed_at=MONDAY_NOON - timedelta(minutes=3))
    await place_order(session, mailed)
    forwarded = replace(mailed, caller=replace(OUTLET, name="boss"), mailed_at=MONDAY_NOON)
    again = await place_order(session, forwarded)
    assert again.status is EventStatus.DUPLICATE


async def test_a_rep_mails_no_orders_for_outlets_of_other_territories(session: AsyncSession, form: OrderForm) -> None:
    stranger = await make_rep(session, await make_territory(session, code="KAL"))
    sender = Caller(CallerKind.REP, "mail", stranger.code, territory_ids=None)
    placed = await place_order(session, NewOrder(form, OrderChannel.EMAIL, sender, mailed_at=MONDAY_NOON))
    assert [problem.code for problem in problems_of(placed)] == ["outlet_outside_territory"]


@pytest.mark.parametrize("repeats_the_mean", [True, False])
async def test_a_form_from_a_reps_address_is_that_reps_order_and_is_doubted_like_a_handhelds(
    session: AsyncSession, form: OrderForm, outlet: Outlet, product: Product, repeats_the_mean: bool
) -> None:
    rep = await make_rep(session, await session.get_one(Territory, outlet.territory_id))
    for days in range(1, 5):
        quantity = 12 if repeats_the_mean else 60
        day = MONDAY - timedelta(days)
        await make_order(session, outlet, rep=rep, lines=[(product, quantity)], business_date=day)
    sender = Caller(CallerKind.REP, "mail", rep.code, territory_ids=None)
    order = NewOrder(form, OrderChannel.EMAIL, sender, mailed_at=MONDAY_NOON - timedelta(minutes=5))
    assert (await place_order(session, order)).status is EventStatus.ACCEPTED
    kept = await order_of(session, form.id)
    assert (kept.rep_id, kept.device_id, kept.channel) == (rep.id, None, "EMAIL")
    signals = set(await session.scalars(select(RiskSignal.rule).where(RiskSignal.subject_id == form.id)))
    assert signals == ({"averaged_order", "remote_order"} if repeats_the_mean else {"remote_order"})


async def test_what_a_rep_mails_counts_among_the_events_of_its_day_and_once(
    session: AsyncSession, outlet: Outlet, form: OrderForm
) -> None:
    rep = await make_rep(session, await session.get_one(Territory, outlet.territory_id))
    sender = Caller(CallerKind.REP, "mail", rep.code, territory_ids=None)
    mailed = NewOrder(form, OrderChannel.EMAIL, sender, mailed_at=MONDAY_NOON)

    for _ in range(2):
        await place_order(session, mailed)

    day = (await session.scalars(select(DeviceDay).where(DeviceDay.rep_id == rep.id))).one()
    assert (day.business_date, day.events, day.received, day.timed_events) == (MONDAY_NOON.date(), 1, 1, 0)


async def test_a_mail_of_an_outlet_is_nobodys_order_and_is_not_doubted(
    session: AsyncSession, form: OrderForm, outlet: Outlet
) -> None:
    caller = Caller(CallerKind.OUTLET, "mail", outlet.code, territory_ids=None)
    await place_order(session, NewOrder(form, OrderChannel.EMAIL, caller, mailed_at=MONDAY_NOON))
    assert (await order_of(session, form.id)).rep_id is None
    assert (await session.scalars(select(RiskSignal.id))).all() == []
