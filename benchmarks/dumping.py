"""A simulated year of orders, honest and dumped: what `averaged_order` (O6) finds, and whom it wrongs.

`python -m benchmarks.dumping` prints the tables of `docs/dumped-orders.md`. No database: the rule is a pure function.
"""

import argparse
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import pi, sin
from random import Random
from uuid import UUID

from app.field.risk_signals.rules.averaged_order import EarlierOrder, OrderContent, likeness

FIRST_DAY = date(2026, 1, 5)
WEEKS = 52
HONEST, DUMPED = 364, 136
"""Outlets of honest reps, and of reps who dump: 500 together."""
PACK_SIZES = {f"P{number:02}": Decimal((6, 8, 10, 12, 20, 24)[number % 6]) for number in range(60)}
HISTORY = 6
"""As many past orders are kept as any way of dumping looks at, and one more."""

Packs = dict[str, int]


@dataclass(frozen=True, slots=True)
class Habit:
    """How an outlet's orders differ from its usual one. `spread`: of each line, as a share; `left_out`, `brought`: how
    often a line is missing or a new one comes; `scale`: the level in a week of the year; `products`: from, to.
    """

    outlets: int
    spread: float
    left_out: float = 0.0
    brought: float = 0.0
    scale: Callable[[int], float] = lambda _: 1.0
    products: tuple[int, int] = (5, 12)
    renewed_weeks: int | None = None


HABITS: Mapping[str, Habit] = {
    "steady, the same every time": Habit(36, 0.0),
    "nearly steady": Habit(54, 0.12),
    "ordinary": Habit(148, 0.4, left_out=0.15, brought=0.3),
    "seasonal": Habit(36, 0.3, left_out=0.1, brought=0.2, scale=lambda week: 1 + 0.6 * sin(2 * pi * week / 52)),
    "growing": Habit(30, 0.3, left_out=0.1, brought=0.2, scale=lambda week: 1 + week / 52),
    "tiny, one or two products": Habit(30, 0.4, products=(1, 2)),
    "new products every six weeks": Habit(30, 0.3, left_out=0.1, renewed_weeks=6),
}
"""The honest outlets, by kind. Their numbers add up to `HONEST`."""

EVERY_HOW_MANY_DAYS = ((3, 25), (7, 65), (14, 10))
"""How often outlets order, and how many of a hundred."""
UNSHOWN_VISITS, UNSHOWN_AT_BAD_PLACES, BAD_PLACES = 0.06, 0.40, 0.10
"""How many honest orders have nothing that shows the rep INSIDE: no fix or a poor one, or entered in the car. At one
outlet in ten (a basement, an arcade, a location that is wrong) it is four in ten."""


@dataclass(slots=True)
class Count:
    """Of a kind of order: how many, how many that nothing shows to be captured INSIDE, and how many equal the mean."""

    orders: int = 0
    unshown: int = 0
    alike: int = 0
    doubted: int = 0

    def add(self, *, unshown: bool, alike: bool) -> None:
        """One order more."""
        self.orders += 1
        self.unshown += unshown
        self.alike += alike
        self.doubted += unshown and alike

    @property
    def recall(self) -> float:
        """How many of these are doubted."""
        return self.doubted / self.orders if self.orders else 0.0

    def per_1000(self) -> float:
        """Doubted ones of a thousand."""
        return 1000 * self.recall

    def per_1000_unshown(self) -> float:
        """Doubted ones of a thousand that nothing shows to be captured INSIDE."""
        return 1000 * self.doubted / self.unshown if self.unshown else 0.0


@dataclass(slots=True)
class Year:
    """What a year brought: by kind of honest outlet, and by way of dumping."""

    honest: dict[str, Count] = field(default_factory=dict)
    dumped: dict[str, Count] = field(default_factory=dict)
    honest_days_of_dumpers: Count = field(default_factory=Count)

    @property
    def all_honest(self) -> Count:
        """The honest outlets together."""
        total = Count()
        for one in self.honest.values():
            total.orders += one.orders
            total.unshown += one.unshown
            total.alike += one.alike
            total.doubted += one.doubted
        return total


def _mean(past: Sequence[Packs], number: int) -> Packs:
    last = list(past)[-number:]
    codes = sorted({code for packs in last for code in packs})
    mean = {code: int(sum(packs.get(code, 0) for packs in last) / len(last) + 0.5) for code in codes}
    return {code: packs for code, packs in mean.items() if packs} or dict(last[-1])


def _jittered(rng: Random, past: Sequence[Packs], most: int) -> Packs:
    mean = _mean(past, 4)
    return {code: max(1, packs + rng.randint(-most, most)) for code, packs in mean.items()}


Dump = Callable[[Random, Sequence[Packs]], Packs]
WAYS: Mapping[str, tuple[float, Dump]] = {
    "the mean, in whole packs": (1.0, lambda _, past: _mean(past, 4)),
    "the mean, now and then (3 orders in 10)": (0.3, lambda _, past: _mean(past, 4)),
    "the mean, a pack more or less of each": (1.0, lambda rng, past: _jittered(rng, past, 1)),
    "the mean, up to two packs more or less": (1.0, lambda rng, past: _jittered(rng, past, 2)),
    "a copy of the last order, every time": (1.0, lambda _, past: dict(past[-1])),
    "a copy of the last order, now and then": (0.3, lambda _, past: dict(past[-1])),
    "the mean of three, now and then": (0.3, lambda _, past: _mean(past, 3)),
    "the mean of five, now and then": (0.3, lambda _, past: _mean(past, 5)),
}
"""How reps dump: how many of their orders, and what they enter. Those outlets are ordinary ones."""


class Outlet:
    """One outlet over the year: what it wants, and what its orders were."""

    def __init__(self, rng: Random, habit: Habit) -> None:
        self.rng, self.habit = rng, habit
        self.every_days = rng.choices(*zip(*EVERY_HOW_MANY_DAYS, strict=True))[0]
        self.usual = {code: self._level() for code in rng.sample(sorted(PACK_SIZES), rng.randint(*habit.products))}
        self.past: deque[Packs] = deque(maxlen=HISTORY)
        self.badly_placed = rng.random() < BAD_PLACES
        self.renewed = 0

    def days(self) -> Iterator[int]:
        """The days of the year on which it orders."""
        yield from range(self.rng.randrange(self.every_days), WEEKS * 7, self.every_days)

    def wants(self, day: int) -> Packs:
        """What it orders on a day when it is asked."""
        habit, rng, week = self.habit, self.rng, day // 7
        if habit.renewed_weeks and week // habit.renewed_weeks > self.renewed:
            self.renewed = week // habit.renewed_weeks
            self.usual.pop(rng.choice(sorted(self.usual)))
            self.usual[self._unlisted()] = self._level()
        scale = habit.scale(week)
        packs = {
            code: max(1, round(level * scale * (1 + rng.gauss(0, habit.spread))))
            for code, level in self.usual.items()
            if rng.random() >= habit.left_out
        }
        if rng.random() < habit.brought:
            packs[self._unlisted()] = rng.randint(1, 4)
        return packs or dict(self.usual)

    def unshown(self) -> bool:
        """Whether nothing shows an honest rep to have been INSIDE when this order was taken."""
        return self.rng.random() < (UNSHOWN_AT_BAD_PLACES if self.badly_placed else UNSHOWN_VISITS)

    def is_mean(self, packs: Packs) -> bool:
        """What the rule says of an order after those before it."""
        earlier = [EarlierOrder(UUID(int=0), FIRST_DAY, _pieces(one)) for one in reversed(self.past)]
        compared = likeness(OrderContent(_pieces(packs), earlier, PACK_SIZES))
        return compared is not None and compared.dumped

    def _level(self) -> int:
        """How many packs of a product it usually takes: three, seldom more than twelve."""
        return max(1, round(self.rng.lognormvariate(1.1, 0.7)))

    def _unlisted(self) -> str:
        return self.rng.choice(sorted(PACK_SIZES.keys() - self.usual.keys()))


def _pieces(packs: Packs) -> dict[str, Decimal]:
    return {code: PACK_SIZES[code] * number for code, number in packs.items()}


def simulate(seed: int = 1) -> Year:
    """A year of 500 outlets: 364 with honest reps, 136 whose reps dump, seventeen for each way of doing it."""
    year = Year()
    for kind, habit in HABITS.items():
        counted = year.honest.setdefault(kind, Count())
        for number in range(habit.outlets):
            _honest_year(Outlet(Random(f"{seed}/{kind}/{number}"), habit), counted)
    for way, (share, dump) in WAYS.items():
        counted = year.dumped.setdefault(way, Count())
        for number in range(DUMPED // len(WAYS)):
            outlet = Outlet(Random(f"{seed}/{way}/{number}"), HABITS["ordinary"])
            _dumped_year(outlet, share, dump, counted, year.honest_days_of_dumpers)
    return year


def _honest_year(outlet: Outlet, counted: Count) -> None:
    for day in outlet.days():
        packs = outlet.wants(day)
        counted.add(unshown=outlet.unshown(), alike=outlet.is_mean(packs))
        outlet.past.append(packs)


def _dumped_year(outlet: Outlet, share: float, dump: Dump, dumped: Count, honest: Count) -> None:
    """The rep begins to dump once the outlet has five orders. A dumped order is captured at home, never INSIDE."""
    for day in outlet.days():
        if len(outlet.past) >= 5 and outlet.rng.random() < share:
            packs = dump(outlet.rng, outlet.past)
            dumped.add(unshown=True, alike=outlet.is_mean(packs))
        else:
            packs = outlet.wants(day)
            honest.add(unshown=outlet.unshown(), alike=outlet.is_mean(packs))
        outlet.past.append(packs)


def _table(year: Year) -> Iterator[str]:
    yield "| dumped orders | orders | doubted | recall |"
    yield "|---|---:|---:|---:|"
    for way, counted in year.dumped.items():
        yield f"| {way} | {counted.orders:,} | {counted.doubted:,} | {counted.recall:.1%} |"
    yield ""
    yield "| honest orders | orders | not shown INSIDE | like the mean | doubted | per 1,000 | per 1,000 not INSIDE |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    rows = {**year.honest, "all of honest reps": year.all_honest, "honest days of dumpers": year.honest_days_of_dumpers}
    for kind, counted in rows.items():
        yield (
            f"| {kind} | {counted.orders:,} | {counted.unshown:,} | {counted.alike / counted.orders:.1%} |"
            f" {counted.doubted:,} | {counted.per_1000():.1f} | {counted.per_1000_unshown():.0f} |"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    for line in _table(simulate(parser.parse_args().seed)):
        print(line)


if __name__ == "__main__":
    main()
