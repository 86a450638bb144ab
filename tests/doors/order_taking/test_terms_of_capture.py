"""An order is judged by the terms that held when it was captured (M1), through whichever door it comes."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking.service import EventStatus, NewOrder, Result, place_order
from app.ground.clock import SetClock
from app.ground.web.access import Caller, CallerKind
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet, OutletTerms
from app.sales.orders.rules import OrderChannel, OrderForm, OrderFormLine
from tests.conftest import MONDAY_NOON, Statements
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.sales.orders.plain_values import TUESDAY

ERP = Caller(CallerKind.CLIENT, "1", "erp", territory_ids=None, scopes=frozenset({"orders:write"}))
CHANGED_AT = MONDAY_NOON - timedelta(hours=1)


@pytest.fixture
async def product(session: AsyncSession) -> Product:
    return await make_product(session)


@pytest.fixture
async def outlet(session: AsyncSession) -> Outlet:
    return await make_outlet(session, await make_territory(session))


async def change_terms(session: AsyncSession, outlet: Outlet, **terms: Any) -> None:
    sound = {"outlet_id": outlet.id, "version": 2, "valid_from": CHANGED_AT, "must_stock": [], "created_by": "test"}
    session.add(OutletTerms(**sound | terms))
    outlet.terms_version = 2
    await session.flush()


async def place(session: AsyncSession, outlet: Outlet, product: Product, captured_at: datetime | None) -> Result:
    line = OrderFormLine(product.code, Decimal(12), None)
    form = OrderForm(uuid4(), outlet.code, captured_at, TUESDAY, (line,))
    return await place_order(session, NewOrder(form, OrderChannel.API, ERP))


async def test_a_minimum_that_was_raised_since_does_not_touch_what_was_captured_before(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    await change_terms(session, outlet, min_order_value=Decimal(100))
    before = await place(session, outlet, product, CHANGED_AT - timedelta(minutes=1))
    after = await place(session, outlet, product, CHANGED_AT + timedelta(minutes=1))
    assert [warning["code"] for warning in before.warnings] == []
    assert [warning["code"] for warning in after.warnings] == [
        "below_min_order",
        "another_order_that_day",
        "same_lines",
    ]


async def test_terms_hold_from_their_very_moment(session: AsyncSession, outlet: Outlet, product: Product) -> None:
    await change_terms(session, outlet, min_order_value=Decimal(100))
    placed = await place(session, outlet, product, CHANGED_AT)
    assert [warning["code"] for warning in placed.warnings] == ["below_min_order"]


async def test_a_credit_hold_that_was_set_since_refuses_nothing_that_was_captured_before(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    await change_terms(session, outlet, credit_hold=True)
    assert (await place(session, outlet, product, CHANGED_AT - timedelta(minutes=1))).status is EventStatus.ACCEPTED
    assert (await place(session, outlet, product, None)).status is EventStatus.REJECTED


async def test_before_the_first_agreement_there_were_no_terms(session: AsyncSession, product: Product) -> None:
    late = {"valid_from": CHANGED_AT, "min_order_value": Decimal(100)}
    outlet = await make_outlet(session, await make_territory(session), terms=late)
    placed = await place(session, outlet, product, CHANGED_AT - timedelta(minutes=1))
    assert list(placed.warnings) == []


async def test_a_mailed_form_is_judged_by_the_terms_of_when_the_mail_server_had_it(
    session: AsyncSession, outlet: Outlet, product: Product, the_clock: SetClock
) -> None:
    await change_terms(session, outlet, credit_hold=True)
    line = OrderFormLine(product.code, Decimal(12), None)
    form = OrderForm(uuid4(), outlet.code, None, TUESDAY, (line,))
    caller = Caller(CallerKind.OUTLET, "mail", outlet.code, territory_ids=None)
    mailed_at = CHANGED_AT - timedelta(minutes=1)
    placed = await place_order(session, NewOrder(form, OrderChannel.EMAIL, caller, mailed_at=mailed_at))
    assert placed.status is EventStatus.ACCEPTED


async def test_present_terms_are_looked_up_by_no_statement_of_their_own(
    session: AsyncSession, outlet: Outlet, product: Product, statements: Statements
) -> None:
    await statements.taken()
    await place(session, outlet, product, None)
    now = len(await statements.taken())
    await change_terms(session, outlet, min_order_value=Decimal(1))
    await statements.taken()
    await place(session, outlet, product, CHANGED_AT - timedelta(minutes=1))
    assert len(await statements.taken()) == now + 1
