"""Dumped orders (O6), as uploads bring them: the outlet's last four orders, and what comes late."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.ground.receipts.models import EventReceipt
from app.sales.orders.models import NoOrderReport, Order, OrderLine
from tests.conftest import Statements
from tests.databases import by_the_owner
from tests.doors.handheld.conftest import Field, Sync, field, sync
from tests.factories.handheld import NOON, make_check_in, make_fix, make_order
from tests.factories.identity import bearer, make_device
from tests.factories.orders import MONDAY
from tests.factories.orders import make_order as make_stored_order
from tests.factories.outlets import PATRAS
from tests.factories.territories import make_rep

__all__ = ["field", "sync"]

FAR = (PATRAS[0] + 0.5, PATRAS[1])
WEEK = timedelta(days=7)
Past = Callable[..., Awaitable[list[Order]]]


async def doubted(session: AsyncSession) -> list[str]:
    """The ids of the orders that are held to be dumped, by day and id."""
    found = await session.scalars(
        select(RiskSignal.subject_id)
        .where(RiskSignal.rule == "averaged_order", RiskSignal.withdrawn_at.is_(None))
        .order_by(RiskSignal.business_date, RiskSignal.subject_id)
    )
    return [str(id_) for id_ in found]


@pytest.fixture
def past(session: AsyncSession, field: Field) -> Past:
    """Orders of earlier weeks, the newest first, of so many pieces each."""

    async def make(*quantities: int, **fields: Any) -> list[Order]:
        return [
            await make_stored_order(
                session, field.outlet, lines=[(field.product, quantity)], business_date=MONDAY - number * WEEK, **fields
            )
            for number, quantity in enumerate(quantities, start=1)
        ]

    return make


def from_afar(field: Field, quantity: int, **fields: Any) -> dict[str, Any]:
    """An order with a fix 55 km from the outlet."""
    line = {"product_code": field.product.code, "quantity": str(quantity), "unit_price": "1.15"}
    return make_order(field.outlet.code, lines=[line], fix=make_fix(FAR), **fields)


async def test_the_mean_of_the_last_four_from_afar_is_doubted_with_its_evidence(
    sync: Sync, session: AsyncSession, field: Field, past: Past
) -> None:
    four = await past(12, 24, 36, 24, 600)
    dumped = from_afar(field, 24)

    await sync(dumped)

    assert await doubted(session) == [dumped["id"]]
    signal = (await session.scalars(select(RiskSignal).where(RiskSignal.rule == "averaged_order"))).one()
    assert signal.evidence["lines"] == [
        {"product_code": field.product.code, "quantity": "24", "mean": "24", "pack_size": "6"}
    ]
    assert [order["id"] for order in signal.evidence["mean_of"]] == [str(order.id) for order in four[:4]]
    assert signal.evidence["captured"]["by"] == "own_fix"
    assert signal.evidence["captured"]["distance_m"] == pytest.approx(55_500, abs=200)


async def test_the_mean_of_a_steady_outlet_that_was_visited_is_not_doubted(
    sync: Sync, session: AsyncSession, field: Field, past: Past
) -> None:
    await past(24, 24, 24, 24)
    line = {"product_code": field.product.code, "quantity": "24", "unit_price": "1.15"}

    await sync(
        make_check_in(field.outlet.code, NOON - timedelta(minutes=5)), make_order(field.outlet.code, lines=[line])
    )

    assert await doubted(session) == []


@pytest.mark.parametrize(("earlier", "quantity"), [((24, 24, 24), 24), ((24, 24, 24, 24), 36)])
async def test_fewer_than_four_earlier_orders_or_another_quantity_is_not_doubted(
    sync: Sync, session: AsyncSession, field: Field, past: Past, earlier: tuple[int, ...], quantity: int
) -> None:
    await past(*earlier)

    await sync(from_afar(field, quantity))

    assert await doubted(session) == []


async def test_cancelled_orders_and_those_of_half_a_year_ago_and_of_the_same_day_do_not_count(
    sync: Sync, session: AsyncSession, field: Field, past: Past
) -> None:
    await past(24, 24, 24)
    lines = [(field.product, 24)]
    await make_stored_order(session, field.outlet, lines=lines, cancelled_at=NOON, business_date=MONDAY - WEEK)
    await make_stored_order(session, field.outlet, lines=lines, business_date=MONDAY - timedelta(days=183))
    await make_stored_order(session, field.outlet, lines=lines, business_date=MONDAY)

    await sync(from_afar(field, 24))

    assert await doubted(session) == []


async def test_a_check_in_that_comes_after_its_order_takes_the_doubt_away(
    sync: Sync, session: AsyncSession, field: Field, past: Past, the_clock: clock.SetClock
) -> None:
    await past(6, 6, 6, 6)
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)
    assert await doubted(session) == [order["id"]]
    the_clock.move_to(NOON + timedelta(minutes=5))

    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=1)), time=clock.now())

    assert await doubted(session) == []


async def test_a_check_in_elsewhere_that_comes_late_brings_the_doubt(
    sync: Sync, session: AsyncSession, field: Field, past: Past
) -> None:
    await past(6, 6, 6, 6)
    order = make_order(field.outlet.code, field.product.code)
    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=30)), order)
    assert await doubted(session) == []

    away = make_check_in(field.outlet.code, NOON - timedelta(minutes=20), kind="departure")
    await sync(away)

    assert await doubted(session) == [order["id"]]


@pytest.mark.parametrize("late", ["nothing", "the order", "the arrival"])
async def test_taps_that_say_nothing_do_not_hide_the_arrival_before_them(
    sync: Sync, session: AsyncSession, field: Field, past: Past, late: str
) -> None:
    """As the cutoff sees it (V7), however the events come."""
    await past(6, 6, 6, 6)
    arrival = make_check_in(field.outlet.code, NOON - timedelta(minutes=40))
    taps = [make_check_in(field.outlet.code, NOON - timedelta(minutes=30 - each), fix=None) for each in range(15)]
    order = make_order(field.outlet.code, field.product.code)
    day = {"the arrival": arrival, "the order": order}
    first = [event for name, event in day.items() if name != late]

    await sync(*first, *taps)
    await sync(*(event for name, event in day.items() if name == late))

    assert await doubted(session) == []


async def test_an_order_of_yesterday_that_comes_late_changes_what_today_was_compared_with(
    sync: Sync, session: AsyncSession, field: Field, past: Past
) -> None:
    await past(24, 24, 24, 24)
    today = from_afar(field, 24)
    await sync(today)
    assert await doubted(session) == [today["id"]]

    yesterday = from_afar(field, 240, time=NOON - timedelta(days=1), monotonic_ms=None)
    await sync(yesterday)

    assert await doubted(session) == []


async def test_a_colleagues_late_order_changes_it_once_the_reps_own_day_is_judged_again(
    sync: Sync, session: AsyncSession, field: Field, past: Past
) -> None:
    await past(24, 24, 24, 24)
    colleague = await make_device(session, await make_rep(session, field.territory))
    today = from_afar(field, 24)
    await sync(today)

    await sync(from_afar(field, 240, time=NOON - timedelta(days=1), monotonic_ms=None), device=colleague)
    assert await doubted(session) == [today["id"]]

    await sync(make_check_in(field.outlet.code))
    assert await doubted(session) == []


async def test_amending_or_cancelling_an_order_judges_it_again(
    sync: Sync, session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, field: Field, past: Past
) -> None:
    await past(24, 24, 24, 24)
    order = from_afar(field, 48)
    await sync(order)
    assert await doubted(session) == []
    path, headers = f"/v1/orders/{order['id']}", bearer(app, field.device)
    lines = [order["lines"][0] | {"quantity": "30"}]
    form = {key: order[key] for key in ("outlet_code", "captured_at", "delivery_date")}

    assert (await api.put(path, json=form | {"lines": lines}, headers=headers)).status_code == 200
    assert await doubted(session) == [order["id"]]

    assert (await api.post(f"{path}/cancel", json={}, headers=headers)).status_code == 200
    assert await doubted(session) == []


async def test_two_handhelds_at_once_are_found_by_an_order_without_a_fix(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    second = await make_device(session, field.rep)
    for minutes in (30, 10):
        await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=minutes)))

    await sync(make_order(field.outlet.code, field.product.code, time=NOON - timedelta(minutes=20)), device=second)

    found = await session.scalars(select(RiskSignal.rule).where(RiskSignal.withdrawn_at.is_(None)))
    assert list(found) == ["two_devices"]


@pytest.mark.parametrize("orders", [1, 60])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_doubted_orders(
    sync: Sync, statements: Statements, field: Field, orders: int
) -> None:
    await sync(sequence_to=0)
    events = [from_afar(field, 24) for _ in range(orders)]
    await statements.taken()

    await sync(*events, sequence_to=0)

    # caller, locks, outlets, offers, what stands around the orders, ids, orders with lines, what lies around them in
    # time, what is asked of the day, what was ordered, the signals, the device's state
    assert len(await statements.taken()) == 12


QUANTITIES = st.lists(st.sampled_from([6, 12, 24]), min_size=7, max_size=7)


@given(QUANTITIES, st.permutations(range(7)), st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_neither_the_order_nor_the_splitting_of_uploads_makes_a_difference(
    sync: Sync, session: AsyncSession, field: Field, quantities: list[int], order: list[int], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, 6), max_size=4)))
    events = [
        from_afar(field, quantity, time=NOON - timedelta(days=6 - number), monotonic_ms=None)
        for number, quantity in enumerate(quantities)
    ]

    async def left_by(ways: list[list[dict[str, Any]]]) -> list[str]:
        async with by_the_owner(session):
            for table in (RiskSignal, OrderLine, Order, CheckIn, NoOrderReport, EventReceipt):
                await session.execute(delete(table))
        for upload in ways:
            await sync(*upload)
        return await doubted(session)

    at_once = await left_by([events])
    shuffled = [events[place] for place in order]
    split = [shuffled[lo:hi] for lo, hi in zip([0, *cuts], [*cuts, 7], strict=True)]
    assert await left_by(split) == at_once
