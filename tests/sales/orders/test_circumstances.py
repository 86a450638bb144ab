"""What a form is warned of because of what stands around it (O2)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from app.sales.orders.circumstances import (
    MOST_ALIKE,
    NOTHING_AROUND,
    SAME_LINES_WITHIN,
    Circumstances,
    DayOrders,
    OtherOrder,
    is_large,
    large_quantities,
    warnings_around,
)
from app.sales.orders.rules import OrderFormLine
from tests.sales.orders.plain_values import MONDAY, TUESDAY, form_of, line, offer_of

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TWELVE, OTHERS = 12, 6
"""Hashes of lines."""


def warned(
    *lines: OrderFormLine,
    around: Circumstances = NOTHING_AROUND,
    day: DayOrders | None = None,
    received_date: date = MONDAY,
    pack_size: int = 6,
    **fields: Any,
) -> list[str]:
    offers = {code: offer_of(code, pack_size=Decimal(pack_size)) for code in ("CHO-100", "LEM-033")}
    form = form_of(*(lines or (line(),)), **fields)
    large = is_large(form, large_quantities(offers))
    found = warnings_around(
        form,
        offers,
        around,
        day or DayOrders(),
        times=[NOON, NOON],
        received_date=received_date,
        lines_digest=TWELVE,
        large=large,
    )
    return [warning.code for warning in found]


def usual(*orders: dict[str, int], pack_size: int = 6) -> Circumstances:
    units = [{code: Decimal(quantity) for code, quantity in order.items()} for order in orders]
    return Circumstances(usual=[(order, {code: it / pack_size for code, it in order.items()}) for order in units])


def other(minutes: int = 0, lines_digest: int = TWELVE, *, by_both_clocks: bool = True) -> OtherOrder:
    captured_at = NOON + minutes * MINUTE
    return OtherOrder(uuid4(), [captured_at, captured_at if by_both_clocks else NOON - 60 * MINUTE], lines_digest)


def test_of_an_ordinary_form_there_is_nothing_to_tell() -> None:
    assert warned() == []


@pytest.mark.parametrize(
    ("received_date", "told"),
    [(MONDAY, []), (TUESDAY, []), (TUESDAY + timedelta(days=1), ["delivery_date_passed"])],
)
def test_a_delivery_date_that_has_passed_when_the_order_comes_is_told(received_date: date, told: list[str]) -> None:
    assert warned(received_date=received_date) == told


def test_a_delivery_on_a_day_off_is_told() -> None:
    assert warned(around=replace(NOTHING_AROUND, delivery_on_day_off=True)) == ["delivery_on_day_off"]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (other(lines_digest=OTHERS), ["another_order_that_day"]),
        (other(), ["another_order_that_day", "same_lines"]),
        (other(minutes=10), ["another_order_that_day", "same_lines"]),
        (other(minutes=-10), ["another_order_that_day", "same_lines"]),
        (other(minutes=10, by_both_clocks=False), ["another_order_that_day", "same_lines"]),
        (other(minutes=11), ["another_order_that_day"]),
    ],
)
def test_another_order_of_the_day_is_told_and_that_it_has_the_same_lines(order: OtherOrder, told: list[str]) -> None:
    assert timedelta(minutes=10) == SAME_LINES_WITHIN
    assert warned(day=DayOrders(1, alike=[order])) == told
    came_with_it = DayOrders()
    came_with_it.add(order)
    assert warned(day=came_with_it) == told


def test_an_order_is_not_another_one_to_itself_however_often_it_comes() -> None:
    own = other()
    day = DayOrders(1, repeats=[own.id], alike=[own])
    day.add(own)
    assert day.besides(own.id) == day.alike(own.id, own.times, TWELVE) == 0
    assert day.besides(uuid4()) == day.alike(uuid4(), own.times, TWELVE) == 1


def test_of_many_orders_with_the_same_lines_a_hundred_are_counted() -> None:
    orders = [other() for _ in range(MOST_ALIKE + 50)]
    day = DayOrders(len(orders), repeats=[order.id for order in orders], alike=orders)
    assert day.alike(orders[0].id, orders[0].times, TWELVE) == MOST_ALIKE
    assert day.besides(orders[0].id) == len(orders) - 1


@pytest.mark.parametrize(
    ("quantity", "around", "told"),
    [
        ("120", usual({"CHO-100": 12}), []),
        ("126", usual({"CHO-100": 12}), ["implausible_quantity"]),
        # the mean of the orders that had it, not of all
        ("126", usual({"CHO-100": 12}, {"LEM-033": 6}, {"LEM-033": 6}, {"LEM-033": 6}), ["implausible_quantity"]),
        ("180", usual({"CHO-100": 12}, {"CHO-100": 24}), []),
        ("186", usual({"CHO-100": 12}, {"CHO-100": 24}), ["implausible_quantity"]),
        # a product that is new there: by packs of a line
        ("120", usual({"LEM-033": 12}), []),
        ("126", usual({"LEM-033": 12}), ["implausible_quantity"]),
        # an outlet that is new
        ("9996", NOTHING_AROUND, []),
        ("96385074", NOTHING_AROUND, ["implausible_quantity"]),
    ],
)
def test_a_quantity_over_ten_times_the_outlets_mean_is_told(
    quantity: str, around: Circumstances, told: list[str]
) -> None:
    assert warned(line(quantity=quantity), around=around) == told


@pytest.mark.parametrize(("quantity", "pack_size", "large"), [("60", 6, False), ("66", 6, True), ("11", 1, True)])
def test_the_mean_is_read_only_where_a_quantity_may_be_over_ten_times_of_it(
    quantity: str, pack_size: int, large: bool
) -> None:
    offers = {"CHO-100": offer_of(pack_size=Decimal(pack_size))}
    assert is_large(form_of(line(quantity=quantity)), large_quantities(offers)) is large
