"""What is kept of an order is what all facts come to, in whatever order deliveries, corrections, words and amendments
come: after each of them, compared with the slow truth.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import decide, take_deliveries
from app.doors.order_taking import amendments
from app.doors.order_taking.schemas import OrderAmendmentBody, OrderCancellationBody
from app.ground import clock
from app.ground.web.access import Caller, CallerKind, Role
from app.ground.web.versions import Precondition
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.deliveries.errors import NothingDelivered
from app.sales.deliveries.models import Fulfilment
from app.sales.deliveries.rules import DeliveryForm, DeliveryFormLine
from app.sales.orders.errors import OrderCancelled
from app.sales.orders.models import Order
from tests.doors.fulfilment.slow_fulfilment import Story, fulfilment
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
PRODUCTS = ("P1", "P2", "P3")
REASONS = {"damaged_in_transit": "carrier", "ordered_wrongly": "rep", None: None}
ADMIN = Caller(CallerKind.USER, "1", "admin", role=Role.ADMIN, territory_ids=None)
AGREED = Decimal("1.15")

_line = st.tuples(
    st.sampled_from(PRODUCTS),
    st.sampled_from([0, 6, 6, 12]),
    st.sampled_from([0, 0, 0, 6]),
    st.sampled_from(["1.15", "1.15", "1.20"]),
    st.sampled_from([*REASONS]),
)
_tell = st.tuples(
    st.just("tell"),
    st.integers(1, 2),
    st.sampled_from([0, 0, 1]),
    st.one_of(
        st.lists(_line, min_size=1, max_size=3, unique_by=lambda line: line[0]),
        st.just([("P1", 0, 0, "1.15", None)]),
    ),
)
_decide = st.tuples(
    st.just("decide"), st.sampled_from([None, "P1", "P2"]), st.sampled_from(["rep", "outlet", "warehouse"])
)
_amend = st.tuples(st.just("amend"), st.dictionaries(st.sampled_from(PRODUCTS), st.sampled_from([6, 12]), min_size=1))
_steps = st.lists(st.one_of(_tell, _tell, _tell, _decide, _amend, st.just(("cancel",))), min_size=1, max_size=7)


@dataclass
class Place:
    rep: Rep
    outlets: dict[str | None, Outlet]
    products: dict[str, Product]


@pytest.fixture
async def place(session: AsyncSession) -> Place:
    """Outlets by who answers for mismatches by their terms."""
    territory = await make_territory(session)
    outlets = {
        party: await make_outlet(session, territory, terms={"mismatch_answered_by": party}) for party in (None, "rep")
    }
    products = {code: await make_product(session, code=code, pack_size=Decimal(1)) for code in PRODUCTS}
    return Place(await make_rep(session, territory), outlets, products)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps, terms_party=st.sampled_from([None, "rep"]), today=st.sampled_from([TUESDAY, WEDNESDAY]))
async def test_what_is_kept_is_what_all_facts_come_to(
    session: AsyncSession,
    place: Place,
    the_clock: clock.SetClock,
    steps: list[Any],
    terms_party: str | None,
    today: date,
) -> None:
    savepoint = await session.begin_nested()
    the_clock.move_to(datetime(today.year, today.month, today.day, 10, tzinfo=UTC))
    outlet = place.outlets[terms_party]
    order = await make_order(session, outlet, rep=place.rep, lines=[(place.products[c], 12) for c in PRODUCTS[:2]])
    story = Story(TUESDAY, today, today - timedelta(days=1), terms_party, [{"P1": 12, "P2": 12}])
    for number, step in enumerate(steps):
        await take(session, story, outlet, order, number, step)
        kept = await kept_of(session, order, place.products)
        assert kept is None or kept == fulfilment(story, AGREED), step
        assert (kept is None) == (not story.deliveries)
    await savepoint.rollback()


async def take(session: AsyncSession, story: Story, outlet: Outlet, order: Order, number: int, step: Any) -> None:
    """Let one thing happen, and tell the story."""
    at = clock.now()
    match step:
        case ("tell", delivery, days_late, lines):
            day = TUESDAY + timedelta(days=days_late)
            if day > story.today:
                return
            told = [
                (code, shipped, max(0, shipped - less), price, reason) for code, shipped, less, price, reason in lines
            ]
            delivered_at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
            form_lines = tuple(
                DeliveryFormLine(code, Decimal(shipped), Decimal(accepted), Decimal(price), reason)
                for code, shipped, accepted, price, reason in told
            )
            form = DeliveryForm(UUID(int=delivery), "DN", outlet.code, order.id, delivered_at, form_lines)
            (outcome,) = await take_deliveries(session, [form], "client:erp", at)
            assert outcome.problems == ()
            story.tell(delivery, delivered_at, day, tuple((*line[:4], REASONS[line[4]]) for line in told))
        case ("decide", product, party):
            concerned = {line[0] for contents in story.standing().values() for line in contents[-1][2]}
            concerned |= set(story.ordered[-1])
            if not story.standing():
                with pytest.raises(NothingDelivered):
                    await decide(session, ADMIN, order.id, product, party, "so it is", at)
            elif product is None or product in concerned:
                await decide(session, ADMIN, order.id, product, party, "so it is", at)
                story.words.append((product, party))
        case ("amend", quantities):
            await amend(session, outlet, order, quantities, f"change {number}")
            if not story.cancelled:
                story.ordered.append(quantities)
        case ("cancel",):
            standing = await amendments.order_in_sight(session, ADMIN, order.id)
            assert standing is not None
            await amendments.cancel_order(session, ADMIN, standing, OrderCancellationBody(), Precondition())
            story.cancelled = True


async def amend(session: AsyncSession, outlet: Outlet, order: Order, quantities: dict[str, int], comment: str) -> None:
    lines = [
        {"product_code": code, "quantity": str(number), "unit_price": "1.10"} for code, number in quantities.items()
    ]
    head = {"outlet_code": outlet.code, "delivery_date": TUESDAY, "comment": comment}
    body = OrderAmendmentBody.model_validate(head | {"captured_at": "2026-11-23T12:00:00+02:00", "lines": lines})
    standing = await amendments.order_in_sight(session, ADMIN, order.id)
    assert standing is not None
    if standing.cancelled_at is None:
        await amendments.amend_order(session, ADMIN, standing, body, Precondition())
    else:
        with pytest.raises(OrderCancelled):
            await amendments.amend_order(session, ADMIN, standing, body, Precondition())


async def kept_of(session: AsyncSession, order: Order, products: dict[str, Product]) -> dict[str, Any] | None:
    """The row as it is kept, as the slow truth tells it."""
    query = select(Fulfilment).where(Fulfilment.order_id == order.id).execution_options(populate_existing=True)
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        return None
    codes = {product.id: code for code, product in products.items()}
    names = ("status", "settled", "on_time", "delivery_count", "last_delivered_date")
    kept = {name: getattr(row, name) for name in (*names, "rep_answers_quantity", "rep_answers_price")}
    lines = {
        codes[line["product_id"]]: (set(line["mismatches"]), line["answered_by"], line["price_answered_by"])
        for line in row.mismatches
    }
    return kept | {"mismatches": lines}
