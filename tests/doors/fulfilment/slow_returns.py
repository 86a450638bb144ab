"""What figures and reps' months come to, told slowly: a story of contents, gone through one by one (D4, D5)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Group = str | None
Sums = dict[Group, dict[str, Decimal]]
Counted = tuple[Any, str | None, Mapping[str, Decimal | int]]
"""A record, its product, and what it counts for by name."""


class Shop(NamedTuple):
    """An outlet, where it is."""

    code: str
    territory: str
    zone: ZoneInfo
    warehouse: str | None


class Came(NamedTuple):
    """A delivery's last content. `lines`: product, accepted, price."""

    shop: Shop
    rep: str | None
    at: datetime
    lines: tuple[tuple[str, Decimal, Decimal], ...]

    @property
    def day(self) -> date:
        return self.at.astimezone(self.shop.zone).date()


class WentBack(NamedTuple):
    """A return's last content. `lines`: product, quantity, price, reason, its party, accepted."""

    shop: Shop
    delivery: int | None
    at: datetime
    lines: tuple[tuple[str, Decimal, Decimal, str, str, bool], ...]

    @property
    def day(self) -> date:
        return self.at.astimezone(self.shop.zone).date()


class Ordered(NamedTuple):
    """An order that is due, and what was concluded of it."""

    shop: Shop
    rep: str | None
    day: date
    products: tuple[str, ...]
    status: str
    on_time: bool | None


class Line(NamedTuple):
    """A line that was accepted, with what follows for it."""

    number: int
    shop: Shop
    day: date
    product: str
    reason: str
    value: Decimal
    rep: str | None
    party: str


@dataclass
class Story:
    """Contents by number, and words: the return's number, a product or none, who answers."""

    deliveries: dict[int, Came] = field(default_factory=dict)
    returns: dict[int, WentBack] = field(default_factory=dict)
    words: list[tuple[int, str | None, str]] = field(default_factory=list)

    def accepted(self) -> Iterator[Line]:
        """All lines that were accepted."""
        for number, back in self.returns.items():
            for product, quantity, price, reason, party, accepted in back.lines:
                if accepted:
                    words = [word[2] for word in self.words if word[0] == number and word[1] in {None, product}]
                    rep, answers = self._rep(back, product), [party, *words][-1]
                    yield Line(number, back.shop, back.day, product, reason, quantity * price, rep, answers)

    def _rep(self, back: WentBack, product: str) -> str | None:
        if back.delivery is not None:
            return self.deliveries[back.delivery].rep
        newest = max(
            (
                (came.day, came.at, number)
                for number, came in self.deliveries.items()
                if came.shop == back.shop
                and came.rep is not None
                and came.at <= back.at
                and any(line[0] == product and line[1] > 0 for line in came.lines)
            ),
            default=None,
        )
        return self.deliveries[newest[2]].rep if newest else None


def rep_month(story: Story, rep: str, first: date, last: date) -> tuple[Any, ...]:
    """What went back and came of a rep, the numbers of the returns, and what went back by reason."""
    lines = [line for line in story.accepted() if line.rep == rep and line.party == "rep" and first <= line.day <= last]
    by_reason: dict[str, Decimal] = {}
    for line in lines:
        by_reason[line.reason] = by_reason.get(line.reason, Decimal(0)) + line.value
    delivered = sum(
        accepted * price
        for came in story.deliveries.values()
        if came.rep == rep and first <= came.day <= last
        for _, accepted, price in came.lines
    )
    return sum(by_reason.values()), delivered, sorted({line.number for line in lines}), by_reason


KEYS: dict[str, Callable[[Any, str | None], Group]] = {
    "rep": lambda record, _: record.rep,
    "outlet": lambda record, _: record.shop.code,
    "product": lambda _, product: product,
    "warehouse": lambda record, _: record.shop.warehouse,
    "territory": lambda record, _: record.shop.territory,
}


def figures(story: Story, orders: list[Ordered], group_by: str, first: date, last: date, rep: str | None) -> Sums:
    """Sums by group and name, those of nothing left out."""
    sums: Sums = {}
    for record, product, numbers in [*_of_orders(orders, group_by), *_of_deliveries(story), *_of_returns(story)]:
        if first <= record.day <= last and rep in {None, record.rep}:
            group = sums.setdefault(KEYS[group_by](record, product), {})
            for name, number in numbers.items():
                group[name] = group.get(name, Decimal(0)) + number
    return {group: {name: number for name, number in numbers.items() if number} for group, numbers in sums.items()}


def _of_orders(orders: list[Ordered], group_by: str) -> Iterator[Counted]:
    for order in orders:
        in_full = order.status == "matched" and bool(order.on_time)
        counts = {"due": 1, "in_full": int(in_full), "undelivered": int(order.status == "undelivered")}
        for product in order.products if group_by == "product" else (None,):
            yield order, product, counts


def _of_deliveries(story: Story) -> Iterator[Counted]:
    for came in story.deliveries.values():
        for product, accepted, price in came.lines:
            value = accepted * price
            yield came, product, {"delivered": value, "delivered_of_reps": value if came.rep else 0}


def _of_returns(story: Story) -> Iterator[Counted]:
    for line in story.accepted():
        of_reps = line.value if line.party == "rep" and line.rep else 0
        by_name = {f"reason {line.reason}": line.value, f"party {line.party}": line.value}
        yield line, line.product, {"returned_of_reps": of_reps} | by_name
