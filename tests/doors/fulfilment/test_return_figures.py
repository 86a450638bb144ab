"""Figures and reps' months are what all facts come to, in whatever order deliveries, returns, corrections and words
come: compared with the slow truth.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.returns import decide_return, take_returns
from app.doors.fulfilment.service import take_deliveries
from app.ground import clock
from app.ground.receipts.forms import FormFate
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.territories.models import Rep
from app.sales.deliveries.models import Fulfilment
from app.sales.deliveries.rules import DeliveryForm, DeliveryFormLine
from app.sales.orders.models import Order
from app.sales.returns.figure_service import figures
from app.sales.returns.figures import FigureFilter, FigureGrouping, FigureSums
from app.sales.returns.models import Return
from app.sales.returns.rep_months import RepMonth, reps_touched, returns_of
from app.sales.returns.rules import ReturnForm, ReturnFormLine
from tests.doors.fulfilment import slow_returns
from tests.doors.fulfilment.slow_returns import Came, Ordered, Shop, Story, WentBack
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

ADMIN = Caller(CallerKind.USER, "1", "admin", role=Role.ADMIN, territory_ids=None)
NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
LAST_DAYS = {NOVEMBER: date(2026, 11, 30), DECEMBER: date(2026, 12, 31)}
PRODUCTS = ("P1", "P2")
REASONS = {"expired": "rep", "damaged": "carrier", "quality": "warehouse"}
PRICE = Decimal("1.15")
# 22:30 UTC is December in Athens, and November in Lisbon
CAME = [
    datetime(2026, 11, 26, 8, tzinfo=UTC),
    datetime(2026, 11, 26, 12, tzinfo=UTC),
    datetime(2026, 11, 30, 22, 30, tzinfo=UTC),
    datetime(2026, 12, 1, 8, tzinfo=UTC),
]
WENT_BACK = [datetime(2026, 11, 26, 10, tzinfo=UTC), CAME[2], CAME[3], datetime(2026, 12, 2, 8, tzinfo=UTC)]

_came = st.tuples(st.sampled_from(PRODUCTS), st.sampled_from([0, 6, 12]))
_back = st.tuples(
    st.sampled_from(PRODUCTS),
    st.sampled_from([1, 2, 20]),
    st.sampled_from([*REASONS]),
    st.sampled_from([True, True, False]),
)
_deliver = st.tuples(
    st.just("deliver"),
    st.sampled_from([1, 2, 3, 3, 4, 5, 6]),
    st.sampled_from(CAME),
    st.lists(_came, min_size=1, max_size=2, unique_by=lambda line: line[0]),
)
_return = st.tuples(
    st.just("return"),
    st.integers(11, 12),
    st.sampled_from(["ATH", "ATH", "ATH", "LIS"]),
    st.sampled_from([None, None, None, 1, 3, 4]),
    st.sampled_from(WENT_BACK),
    st.lists(_back, min_size=1, max_size=3, unique_by=lambda line: (line[0], line[2])),
)
_decide = st.tuples(
    st.just("decide"), st.integers(11, 12), st.sampled_from([None, *PRODUCTS]), st.sampled_from(["rep", "outlet"])
)
_ALL = [("P1", 12), ("P2", 12)]
BEGINNING = [("deliver", 1, datetime(2026, 11, 25, 8, tzinfo=UTC), _ALL), ("deliver", 4, CAME[0], _ALL)]
_steps = st.lists(st.one_of(_deliver, _deliver, _return, _return, _decide, _decide), min_size=2, max_size=8)
_BOTH = [("P1", 1, "expired", True), ("P2", 2, "expired", True)]
TAKEN_OVER = [
    ("return", 11, "ATH", None, WENT_BACK[0], _BOTH),
    ("return", 12, "ATH", None, WENT_BACK[1], _BOTH),
    ("deliver", 3, CAME[1], [("P1", 6)]),
    ("decide", 11, "P1", "outlet"),
    ("decide", 12, None, "outlet"),
    ("decide", 12, "P1", "rep"),
]
"""Bob's delivery comes after one return, and before another: that one's product becomes his."""
MOVED = [
    ("return", 11, "ATH", 1, WENT_BACK[0], _BOTH),
    ("return", 11, "ATH", 1, WENT_BACK[2], _BOTH),
    ("deliver", 3, CAME[0], _ALL),
    ("return", 12, "ATH", 3, WENT_BACK[2], _BOTH),
    ("deliver", 3, CAME[3], _ALL),
]
"""A return is corrected to another month, and so is a delivery."""


@dataclass
class Place:
    """Shops by name; deliveries 1 and 2 are of Anna's orders, 3 of Bob's at the same outlet, 4 of Clara's in Lisbon, 5
    of an order of no rep, 6 of none.
    """

    reps: dict[str, Rep]
    shops: dict[str, Shop]
    orders: dict[int, Order]
    products: dict[int, str]

    def of_delivery(self, number: int) -> tuple[Shop, str | None]:
        """The outlet and the rep of a delivery."""
        shop = self.shops["LIS" if number == 4 else "ATH"]
        return shop, {1: "ANNA", 2: "ANNA", 3: "BOB", 4: "CLARA"}.get(number)


@pytest.fixture
async def place(session: AsyncSession, the_clock: clock.SetClock) -> Place:
    the_clock.move_to(NOW)
    athens = await make_territory(session, code="T-ATH", warehouse_code="WH")
    lisbon = await make_territory(session, code="T-LIS", time_zone="Europe/Lisbon")
    reps = {
        "ANNA": await make_rep(session, athens, code="ANNA"),
        "BOB": await make_rep(session, athens, code="BOB"),
        "CLARA": await make_rep(session, lisbon, code="CLARA"),
    }
    outlets = {
        "ATH": await make_outlet(session, athens, code="ATH"),
        "LIS": await make_outlet(session, lisbon, code="LIS"),
    }
    products = [await make_product(session, code=code, pack_size=Decimal(1)) for code in PRODUCTS]
    lines = [(product, 12) for product in products]
    orders = {}
    for number, rep in enumerate(("ANNA", "ANNA", "BOB", "CLARA", None), start=1):
        outlet = outlets["LIS" if rep == "CLARA" else "ATH"]
        orders[number] = await make_order(session, outlet, rep=reps[rep] if rep else None, lines=lines)
    shops = {
        "ATH": Shop("ATH", "T-ATH", ZoneInfo("Europe/Athens"), "WH"),
        "LIS": Shop("LIS", "T-LIS", ZoneInfo("Europe/Lisbon"), None),
    }
    return Place(reps, shops, orders, {product.id: product.code for product in products})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=_steps,
    group_by=st.sampled_from(FigureGrouping),
    month=st.sampled_from([NOVEMBER, DECEMBER]),
    rep=st.sampled_from([None, None, "ANNA"]),
)
@example(steps=TAKEN_OVER, group_by=FigureGrouping.REP, month=NOVEMBER, rep=None)
@example(steps=MOVED, group_by=FigureGrouping.OUTLET, month=DECEMBER, rep="ANNA")
async def test_figures_and_reps_months_are_what_all_facts_come_to(
    session: AsyncSession, place: Place, steps: list[Any], group_by: FigureGrouping, month: date, rep: str | None
) -> None:
    savepoint = await session.begin_nested()
    story = Story()
    for step in [*BEGINNING, *steps]:
        before = months_of(story, place)
        touched = await take(session, place, story, step)
        after = months_of(story, place)
        assert {key for key in after if after[key] != before[key]} <= touched, step
    for each in (NOVEMBER, DECEMBER):
        assert await told_months(session, place, each) == {
            key: value for key, value in months_of(story, place).items() if key.month == each
        }
    last = LAST_DAYS[month]
    filters = FigureFilter(month, last, rep_id=place.reps[rep].id if rep else None)
    groups, _ = await figures(session, ADMIN, filters, group_by, NOW)
    orders = await due_orders(session, place)
    expected = slow_returns.figures(story, orders, group_by.value, month, last, rep)
    assert {group.code: plain(group.sums) for group in groups} == expected
    await savepoint.rollback()


async def take(session: AsyncSession, place: Place, story: Story, step: Any) -> set[RepMonth]:
    """Let one thing happen, and tell the story; the reps' months that it touched."""
    match step:
        case ("deliver", number, at, lines):
            shop, rep = place.of_delivery(number)
            told = tuple((code, Decimal(accepted), PRICE) for code, accepted in lines)
            form_lines = tuple(DeliveryFormLine(code, quantity, quantity, price) for code, quantity, price in told)
            order = place.orders.get(number)
            order_id = order.id if order else None
            form = DeliveryForm(UUID(int=number), "DN", shop.code, order_id, at, form_lines)
            (delivery,) = await take_deliveries(session, [form], "client:erp", NOW, knows_what_stands=True)
            assert delivery.problems == ()
            if delivery.fate is not FormFate.UNCHANGED:
                story.deliveries[number] = Came(shop, rep, at, told)
            return await reps_touched(session, orders=[(order.business_date, order.id)] if order else [])
        case ("return", number, shop_code, delivery_number, at, lines):
            shop = place.shops[shop_code]
            back = tuple(ReturnFormLine(code, Decimal(quantity), PRICE, *rest) for code, quantity, *rest in lines)
            named = UUID(int=delivery_number) if delivery_number else None
            (outcome,) = await take_returns(
                session, [ReturnForm(UUID(int=number), shop.code, at, named, back)], "client:erp", NOW,
                knows_what_stands=True,
            )  # fmt: skip
            if outcome.fate not in {FormFate.RECORDED, FormFate.CORRECTED}:
                return set()
            content = tuple((*line[:4], REASONS[line.reason_code], line.accepted) for line in back)
            story.returns[number] = WentBack(shop, delivery_number, at, content)
            assert outcome.key is not None
            return await reps_touched(session, returns=[outcome.key])
        case ("decide", number, product, party):
            if number not in story.returns or (
                product and product not in {line[0] for line in story.returns[number].lines}
            ):
                return set()
            await decide_return(session, ADMIN, UUID(int=number), product, (party, "so it is"), NOW)
            story.words.append((number, product, party))
            key = await session.execute(select(Return.business_date, Return.id).where(Return.id == UUID(int=number)))
            return await reps_touched(session, returns=[(row[0], row[1]) for row in key])
    raise AssertionError(step)


def months_of(story: Story, place: Place) -> dict[RepMonth, tuple[Any, ...]]:
    """Every rep's months, by the slow truth."""
    return {
        RepMonth(rep.id, month): slow_returns.rep_month(story, code, month, last)
        for code, rep in place.reps.items()
        for month, last in LAST_DAYS.items()
    }


async def told_months(session: AsyncSession, place: Place, month: date) -> dict[RepMonth, tuple[Any, ...]]:
    """The same of a month as it is told."""
    told = await returns_of(session, [rep.id for rep in place.reps.values()], month)
    return {
        RepMonth(each.rep_id, each.month): (
            each.returned_value,
            each.delivered_value,
            [id_.int for id_ in each.return_ids],
            each.by_reason,
        )
        for each in told
    }


async def due_orders(session: AsyncSession, place: Place) -> list[Ordered]:
    """The orders, all of them due, with what is kept of them."""
    rows = {row.order_id: row for row in await session.scalars(select(Fulfilment))}
    orders = []
    for number, order in place.orders.items():
        shop, rep = place.of_delivery(number)
        kept = rows.get(order.id)
        status, on_time = (kept.status, kept.on_time) if kept else ("open", None)
        orders.append(Ordered(shop, rep, order.delivery_date, PRODUCTS, status, on_time))
    return orders


def plain(sums: FigureSums) -> dict[str, Decimal]:
    """Sums as the slow truth tells them."""
    names = ("due", "in_full", "undelivered", "delivered", "delivered_of_reps", "returned_of_reps")
    told = {name: Decimal(getattr(sums, name)) for name in names}
    told |= {f"reason {name}": value for name, value in sums.by_reason.items()}
    told |= {f"party {name}": value for name, value in sums.by_party.items()}
    return {name: value for name, value in told.items() if value}
