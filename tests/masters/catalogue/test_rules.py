from datetime import date
from decimal import Decimal

from app.masters.catalogue.rules import Offer, PriceRow, price_for

MONDAY = date(2026, 11, 23)


def offer(*prices: PriceRow) -> Offer:
    return Offer(1, "CHO-1", "Chocolate", Decimal(6), True, Decimal("1.15"), {}, prices)


def price(
    amount: int, *, channel: str | None = None, outlet_id: int | None = None, start: int = 1, end: int | None = None
) -> PriceRow:
    last = None if end is None else date(2026, 11, end)
    return PriceRow(channel, outlet_id, Decimal(amount), date(2026, 11, start), last)


def test_without_any_price_the_list_price_counts() -> None:
    assert price_for(offer(), 7, "grocery", MONDAY) == Decimal("1.15")


def test_the_outlets_own_price_beats_its_channels_which_beats_everyones() -> None:
    everyones, channels, own = price(3), price(2, channel="grocery"), price(1, outlet_id=7)
    assert price_for(offer(everyones, channels, own), 7, "grocery", MONDAY) == 1
    assert price_for(offer(everyones, channels, own), 8, "grocery", MONDAY) == 2
    assert price_for(offer(everyones, channels, own), 8, "kiosk", MONDAY) == 3
    assert price_for(offer(channels, own), 8, None, MONDAY) == Decimal("1.15")


def test_the_price_that_came_into_force_last_counts() -> None:
    assert price_for(offer(price(1, outlet_id=7, start=20), price(2, outlet_id=7, start=2)), 7, None, MONDAY) == 1


def test_a_price_counts_on_its_first_and_its_last_day_and_on_no_other() -> None:
    row = price(2, outlet_id=7, start=22, end=24)
    asked = [price_for(offer(row), 7, None, date(2026, 11, day)) for day in (21, 22, 24, 25)]
    assert asked == [Decimal("1.15"), 2, 2, Decimal("1.15")]


def test_a_price_of_zero_is_a_price() -> None:
    assert price_for(offer(price(0, outlet_id=7)), 7, None, MONDAY) == 0
