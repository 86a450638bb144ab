"""A small company's November, reckoned by hand to the last point: three reps, five Mondays, every rule at least once.

The territory works on Mondays alone, closes at 17:00, and its orders are delivered on the Tuesday after. Each line of
`NOVEMBER` is one planned visit: what came of it, what was delivered, and what it comes to for its rep.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.months.service import close_month
from app.closing.reviews import service as reviews
from app.doors.fulfilment import service as fulfilment
from app.field.risk_signals.records import SignalReviewOutcome
from app.field.risk_signals.review_rules import SignalReview
from app.field.visits.models import Visit
from app.ground import clock
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories import service as territories
from app.masters.territories.models import Rep, Territory
from app.motivation.appeals import service as appeals
from app.motivation.appeals.rules import AppealOutcome
from app.motivation.points.models import PointsEntry, PointsPolicy
from app.motivation.statements import service as statements
from app.sales.orders.models import Order
from tests.conftest import SavepointDatabase
from tests.factories.appeals import make_appeal
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.returns import make_return
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

PIECES = 60
"""Of each order, at 1.15: 69.00."""
CAP = 3
"""Points that a rep can earn by orders on time in a month."""


class Line(NamedTuple):
    """A planned visit: the day of November, what came of it, what was delivered, and each rule's points."""

    day: int
    rep: str
    outlet: str
    came_of_it: str
    delivered: str
    comes_to: dict[str, int]


NOVEMBER = [
    # Anna: a good month, with one order too late for its outlet and one that she made up
    Line(2, "Anna", "Kiosk", "on time", "as ordered", {"order_on_time": 1, "delivery_matched": 2}),
    Line(
        9, "Anna", "Bakery, due at noon", "at two", "as ordered",
        {"order_on_time": 1, "past_due_order": -1, "delivery_matched": 2},
    ),
    Line(16, "Anna", "Kiosk", "missed, appealed", "", {}),
    Line(23, "Anna", "Kiosk", "offline until half past five", "", {"order_on_time": 1}),
    Line(30, "Anna", "Kiosk", "dumped", "", {"dumped_order": -10}),
    # Nikos: late, careless with quantities and prices, and ill on one day
    Line(2, "Nikos", "Market", "after five", "", {"late_order": -3}),
    Line(9, "Nikos", "Market", "on time", "ten too many, his mistake", {"order_on_time": 1, "delivery_mismatch": -5}),
    Line(16, "Nikos", "Market", "on time", "a price that he promised", {"order_on_time": 1, "price_mismatch": -5}),
    Line(23, "Nikos", "Market", "excused", "", {}),
    Line(30, "Nikos", "Market", "missed", "", {"missed_order": -10}),
    # Maria: more orders on time than are paid for; a doubt about her phone that nobody has looked at
    Line(2, "Maria", "Hotel", "on time", "as ordered", {"order_on_time": 1, "delivery_matched": 2}),
    Line(9, "Maria", "Hotel", "on time", "the warehouse was short", {"order_on_time": 1}),
    Line(16, "Maria", "Hotel", "on time", "as ordered", {"order_on_time": 1, "delivery_matched": 2}),
    Line(23, "Maria", "Hotel", "offline, in doubt", "", {"order_on_time": 1}),
    Line(30, "Maria", "Hotel", "on time", "", {"order_on_time": 1}),
]  # fmt: skip
RETURNED = {"Anna": 3, "Nikos": 5, "Maria": 0}
"""Pieces that came back unsold: 3.45 of 138.00 is 2.5 %; 5.75 of 129.50 is 4.4 %."""

STATEMENTS = {
    "Anna": {
        "order_on_time": (3, 3),
        "past_due_order": (1, -1),
        "delivery_matched": (2, 4),
        "dumped_order": (1, -10),
        "returns_within_limit": (1, 20),
    },
    "Nikos": {
        "missed_order": (1, -10),
        "late_order": (1, -3),
        "order_on_time": (2, 2),
        "delivery_mismatch": (1, -5),
        "price_mismatch": (1, -5),
        "returns_over_limit": (1, -20),
    },
    "Maria": {
        "order_on_time": (5, 5),
        "over_monthly_cap": (1, -2),
        "delivery_matched": (2, 4),
        "returns_within_limit": (1, 20),
    },
}
"""How many of each rule count, and what they come to."""
BALANCES = {"Anna": 16, "Nikos": -41, "Maria": 27}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in Athens, in November."""
    return datetime(2026, 11, day, hour - 2, minute, tzinfo=UTC)


@dataclass
class Company:
    """The company, and what becomes of its visits."""

    session: AsyncSession
    the_clock: clock.SetClock
    territory: Territory
    product: Product
    reps: dict[str, Rep]
    outlets: dict[str, Outlet] = field(default_factory=dict)

    @property
    def supervisor(self) -> Caller:
        return Caller(CallerKind.USER, "1", "sofia", role=Role.SUPERVISOR, territory_ids=frozenset({self.territory.id}))

    async def order(self, line: Line, received_at: datetime, **fields: Any) -> Order:
        """By the rep's handheld, for the Tuesday after."""
        times = {"received_at": received_at, "captured_at": received_at, "corrected_at": received_at}
        return await make_order(
            self.session,
            self.outlets[line.outlet],
            rep=self.reps[line.rep],
            lines=[(self.product, PIECES)],
            business_date=date(2026, 11, line.day),
            **times | fields,
        )

    async def plan(self, line: Line) -> Visit:
        """The visit, as it was planned."""
        day = date(2026, 11, line.day)
        return await make_visit(self.session, self.reps[line.rep], self.outlets[line.outlet], day)

    async def close_day(self, day: int) -> None:
        """As the scheduler does."""
        await cutoff.close_day(self.session, self.territory.id, date(2026, 11, day), triggered_by="scheduler")

    async def send_back(self, rep: str) -> None:
        """On a Wednesday, what a rep's outlet did not sell."""
        outlet = next(self.outlets[line.outlet] for line in NOVEMBER if line.rep == rep)
        if RETURNED[rep]:
            returned = (self.product, RETURNED[rep], "unsold")
            await make_return(self.session, outlet, returned, returned_at=at(18, 10), at=clock.now())

    async def statements(self, database: SavepointDatabase) -> dict[str, dict[str, tuple[int, int]]]:
        """The month is closed, and stated: by rep and rule how many count, and what they come to."""
        self.the_clock.move_to(at(30, 20) + timedelta(days=1))
        territory = await territories.territory_facts(self.session, self.territory.id)
        await close_month(database, territory, date(2026, 11, 1), by="user:root")
        stated = {}
        for name, rep in self.reps.items():
            statement = await statements.statement_of(self.session, rep.id, date(2026, 11, 1))
            assert (statement.opening, statement.closing) == (0, BALANCES[name])
            stated[name] = {line.rule: (line.count, line.points) for line in statement.lines}
        return stated

    async def play_until_the_cutoff(self, line: Line) -> Order | None:
        """What is in the system by five."""
        if line.came_of_it in {"on time", "dumped"}:
            return await self.order(line, at(line.day, 10))
        if line.came_of_it == "at two":
            return await self.order(line, at(line.day, 14))
        return None

    async def play_afterwards(self, line: Line, visit: Visit, order: Order | None) -> None:
        """What comes after the cutoff, or is found then."""
        captured = {"captured_at": at(line.day, 16), "corrected_at": at(line.day, 16), "verdict": "INSIDE"}
        match line.came_of_it:
            case "after five":
                await self.order(line, at(line.day, 17, 20))
            case "offline until half past five":
                await self.order(line, at(line.day, 17, 30), **captured)
            case "offline, in doubt":
                late = await self.order(line, at(line.day, 17, 30), **captured)
                await make_signal(self.session, late, "mock_location")
            case "excused":
                excuse = {"reason_code": "rep_ill", "comment": "", "by": "user:sofia"}
                await cutoff.excuse_visit(self.session, visit.id, None, **excuse)
            case "dumped" if order is not None:
                signal = await make_signal(self.session, order, "averaged_order")
                confirmed = SignalReview(signal.id, SignalReviewOutcome.CONFIRMED, "He was at home.")
                await reviews.review(self.session, None, confirmed, actor="user:sofia")
            case "missed, appealed":
                penalty = select(PointsEntry).where(PointsEntry.source_id == visit.id)
                (entry,) = await self.session.scalars(penalty)
                appeal = await make_appeal(self.session, entry, submitted_at=clock.now())
                granted = AppealOutcome.GRANTED
                await appeals.decide(
                    self.session, self.supervisor, appeal.id, granted, "The shop was shut.", clock.now()
                )
        touched = [(visit.outlet_id, visit.visit_date)]
        await cutoff.settle_late_orders(self.session, touched, clock.now())

    async def deliver(self, line: Line, order: Order | None) -> None:
        """On the Tuesday after, if anything is."""
        if order is None or not line.delivered:
            return
        tuesday = at(line.day, 10) + timedelta(days=1)
        accepted = PIECES - 10 if line.delivered in {"ten too many, his mistake", "the warehouse was short"} else PIECES
        shipped = accepted if line.delivered == "the warehouse was short" else PIECES
        price = Decimal("1.20") if line.delivered == "a price that he promised" else Decimal("1.15")
        product = self.product
        product.list_price = price  # what is charged
        lines = (product, shipped, accepted)
        await make_delivery(self.session, self.outlets[line.outlet], order, lines, delivered_at=tuesday, at=clock.now())
        product.list_price = Decimal("1.15")
        if line.delivered in {"ten too many, his mistake", "a price that he promised"}:
            comment = "He says so himself."
            await fulfilment.decide(self.session, self.supervisor, order.id, None, "rep", comment, clock.now())


@pytest.fixture
async def company(session: AsyncSession, the_clock: clock.SetClock) -> Company:
    the_clock.move_to(at(1, 9))
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    territory = await make_territory(session, code="PAT", working_weekdays=[1], created_at=at(1, 9))
    reps = {name: await make_rep(session, territory, name=name, created_at=long_ago) for name in STATEMENTS}
    company = Company(session, the_clock, territory, await make_product(session), reps)
    for name in {line.outlet for line in NOVEMBER}:
        due = {"order_due_time": time(12)} if "noon" in name else {}
        company.outlets[name] = await make_outlet(session, territory, name=name, terms=due)
    fields = {"version": 2, "rule": "order_on_time", "points": 1, "monthly_cap": CAP, "valid_from": date(2026, 11, 1)}
    session.add(PointsPolicy(**fields, created_at=at(1, 9), created_by="user:root"))
    await session.flush()
    return company


async def test_a_month_comes_to_what_was_reckoned_by_hand(
    session: AsyncSession, database: SavepointDatabase, company: Company, the_clock: clock.SetClock
) -> None:
    for day in sorted({line.day for line in NOVEMBER}):
        lines = [line for line in NOVEMBER if line.day == day]
        visits = [await company.plan(line) for line in lines]
        orders = [await company.play_until_the_cutoff(line) for line in lines]
        the_clock.move_to(at(day, 17))
        await company.close_day(day)
        for line, visit, order in zip(lines, visits, orders, strict=True):
            the_clock.move_to(at(day, 17, 30))
            await company.play_afterwards(line, visit, order)
        for line, order in zip(lines, orders, strict=True):
            the_clock.move_to(at(day, 10) + timedelta(days=1))
            await company.deliver(line, order)
    for name in RETURNED:
        await company.send_back(name)
    assert await company.statements(database) == STATEMENTS


@pytest.mark.parametrize("seed", range(4))
async def test_the_same_facts_make_the_same_statements_whatever_is_known_first(
    session: AsyncSession, database: SavepointDatabase, company: Company, the_clock: clock.SetClock, seed: int
) -> None:
    """Everything is told on the first of December, in any order: also a day's closing after what came of the day."""
    the_clock.move_to(at(30, 19) + timedelta(days=1))
    visits = [await company.plan(line) for line in NOVEMBER]
    orders = [await company.play_until_the_cutoff(line) for line in NOVEMBER]
    steps: list[Callable[[], Awaitable[None]]] = [partial(company.send_back, name) for name in RETURNED]
    steps += [partial(company.close_day, day) for day in {line.day for line in NOVEMBER}]
    appealing: list[Callable[[], Awaitable[None]]] = []
    for line, visit, order in zip(NOVEMBER, visits, orders, strict=True):
        afterwards = partial(company.play_afterwards, line, visit, order)
        # there is nothing to appeal against before the day was closed
        (appealing if "appealed" in line.came_of_it else steps).append(afterwards)
        steps.append(partial(company.deliver, line, order))
    Random(seed).shuffle(steps)
    for step in [*steps, *appealing]:
        await step()
    assert await company.statements(database) == STATEMENTS


def test_the_hand_reckoned_lines_and_statements_agree() -> None:
    for name, statement in STATEMENTS.items():
        of_lines: dict[str, int] = {}
        for line in NOVEMBER:
            for rule, points in line.comes_to.items() if line.rep == name else ():
                of_lines[rule] = of_lines.get(rule, 0) + points
        of_months = {"returns_within_limit", "returns_over_limit", "over_monthly_cap"}
        assert of_lines == {rule: points for rule, (_, points) in statement.items() if points and rule not in of_months}
        assert sum(points for _, points in statement.values()) == BALANCES[name]
