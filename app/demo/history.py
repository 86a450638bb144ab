"""What the demo's outlets ordered in the four weeks before: a habit each, a pure function of the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from app.demo.products import DemoProduct, line_of, random_uuid
from app.demo.shops import Shop

WEEKS = 4
STEADY_EVERY = 4
"""One outlet in four orders the same every week: what looks like its mean is what it wants."""

Packs = Mapping[str, int]
"""Product code → packs."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What an outlet orders: about as much, or (`steady`) the same to the piece. `weeks`: its last orders, the newest
    first.
    """

    shop: Shop
    usual: Packs
    steady: bool
    weeks: Sequence[Packs]

    def today(self, rng: Random) -> Packs:
        """What it wants this time."""
        return self.usual if self.steady else _about(rng, self.usual)

    def mean(self) -> Packs:
        """What a rep who has not asked enters: the mean of the last four orders, in whole packs."""
        codes = sorted({code for week in self.weeks for code in week})
        packs = {code: (2 * sum(week.get(code, 0) for week in self.weeks) + WEEKS) // (2 * WEEKS) for code in codes}
        return {code: number for code, number in packs.items() if number}

    def after(self, packs: Packs) -> "Habit":
        """The habit, with one order more."""
        return replace(self, weeks=[packs, *self.weeks[:-1]])


def habit_of(shop: Shop, number: int, products: Sequence[DemoProduct], seed: int) -> Habit:
    """An outlet's habit; the same seed makes it again."""
    rng = Random(f"{seed}/{shop.code}")
    assortment = rng.sample(products, rng.randint(4, 8))
    usual = {product.code: rng.randint(1, 6) for product in assortment}
    steady = number % STEADY_EVERY == 0
    weeks = [usual if steady else _about(rng, usual) for _ in range(WEEKS)]
    return Habit(shop, usual, steady, weeks)


def past_orders(
    habit: Habit, day: date, zone: ZoneInfo, products: Mapping[str, DemoProduct], seed: int
) -> list[dict[str, Any]]:
    """Its orders of the last four weeks on the weekday of `day`, as the company's old system sends them."""
    rng = Random(f"{seed}/{habit.shop.code}/past")
    orders = []
    for number, packs in enumerate(habit.weeks, start=1):
        order_date = day - timedelta(weeks=number)
        orders.append(
            {
                "id": random_uuid(rng),
                "outlet_code": habit.shop.code,
                "captured_at": datetime.combine(order_date, time(11), zone).isoformat(),
                "delivery_date": (order_date + timedelta(days=1)).isoformat(),
                "lines": [line_of(products[code], packs[code]) for code in packs],
                "comment": "",
            }
        )
    return orders


def _about(rng: Random, usual: Packs) -> Packs:
    """A week like the others: a pack or three more or less, now and then a product left out."""
    packs = {code: max(number + rng.choice([-2, -1, 0, 0, 1, 2, 3]), 0) for code, number in usual.items()}
    selection = {code: number for code, number in packs.items() if number and rng.random() > 0.1}
    return selection or usual
