from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.sales.orders.records import OrderedLine, PastOrder
from app.sales.orders.suggestion import suggest_lines
from tests.sales.orders.plain_values import MONDAY, must_stock

PACKS = {"CHO-100": Decimal(6), "CHO-200": Decimal("0.5")}


def ordered(day: date, **quantities: int | str) -> PastOrder:
    lines = tuple(
        OrderedLine(code.replace("_", "-"), Decimal(quantity), Decimal(1), Decimal(1))
        for code, quantity in quantities.items()
    )
    return PastOrder(
        id=UUID(int=0), outlet_id=7, business_date=day, channel="HANDHELD", total_value=Decimal(0), lines=lines
    )


def suggested(past: list[PastOrder], *wanted: tuple[str, int]) -> dict[str, Decimal]:
    items = [must_stock(code, quantity) for code, quantity in wanted]
    return dict(suggest_lines(past, MONDAY.isoweekday(), PACKS, items))


def days_before(*days: int) -> list[date]:
    return [MONDAY - timedelta(days=number) for number in days]


def test_the_mean_of_the_last_four_orders_is_suggested_in_whole_packs() -> None:
    quantities = [12, 18, 24, 30, 600]
    past = [ordered(day, CHO_100=q) for day, q in zip(days_before(1, 2, 3, 4, 5), quantities, strict=True)]
    assert suggested(past) == {"CHO-100": Decimal(24)}  # the mean is 21, three and a half packs


def test_a_product_that_was_not_on_every_order_counts_as_nothing_there() -> None:
    past = [ordered(day, CHO_100=6) for day in days_before(1, 2, 3)] + [ordered(day) for day in days_before(4)]
    assert suggested(past) == {"CHO-100": Decimal(6)}
    assert suggested(past[2:] + [ordered(day) for day in days_before(5, 6)]) == {}


def test_with_four_orders_of_the_weekday_only_those_count() -> None:
    mondays = [ordered(day, CHO_100=60) for day in days_before(7, 14, 21, 28)]
    tuesdays = [ordered(day, CHO_100=6) for day in days_before(6, 13, 20, 27)]
    past = sorted(mondays + tuesdays, key=lambda order: order.business_date, reverse=True)
    assert suggested(past) == {"CHO-100": Decimal(60)}
    assert suggested([order for order in past if order.business_date != MONDAY - timedelta(28)]) == {
        "CHO-100": Decimal(36)  # six, sixty, six, sixty: a mean of 33, five and a half packs
    }


def test_an_outlet_without_orders_gets_its_must_stock_in_whole_packs() -> None:
    assert suggested([], ("CHO-100", 7)) == {"CHO-100": Decimal(12)}


def test_must_stock_tops_up_and_never_takes_away() -> None:
    past = [ordered(MONDAY - timedelta(1), CHO_100=24, CHO_200="0.5")]
    assert suggested(past, ("CHO-100", 6), ("CHO-200", 3)) == {"CHO-100": Decimal(24), "CHO-200": Decimal(3)}


def test_a_product_that_is_no_longer_sold_is_not_suggested() -> None:
    assert suggested([ordered(MONDAY - timedelta(1), GONE=6)], ("GONE", 6)) == {}


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(1, 100))
def test_a_suggestion_is_a_positive_number_of_packs_within_half_a_pack_of_the_mean(
    quantities: list[int], least: int
) -> None:
    past = [ordered(MONDAY - timedelta(days=1 + number), CHO_100=q) for number, q in enumerate(quantities)]
    quantity = suggested(past).get("CHO-100", Decimal(0))
    mean = Decimal(sum(quantities[:4])) / len(quantities[:4])
    assert quantity % 6 == 0
    if len(past) < 7:  # no weekday comes four times within a week
        assert abs(quantity - mean) <= 3
    assert suggested(past, ("CHO-100", least))["CHO-100"] >= least
