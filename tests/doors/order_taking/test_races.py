"""The same order id from many connections at once: the constraint decides (O3)."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking.service import EventStatus, NewOrder, Result, place_order
from app.ground.db.session import Database
from app.ground.receipts.models import EventReceipt
from app.ground.receipts.service import Claim, Claimed, ClaimStatus, claim
from app.ground.web.access import Caller, CallerKind
from app.masters.outlets.models import Outlet
from app.sales.orders.models import Order, OrderLine
from app.sales.orders.rules import OrderChannel, OrderForm, OrderFormLine
from app.sales.orders.service import record_orders
from tests.conftest import MONDAY_NOON
from tests.databases import until_somebody_waits
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.sales.orders.plain_values import MONDAY, TUESDAY
from tests.sales.orders.records import order_record

CONNECTIONS = 50
ERP = Caller(CallerKind.CLIENT, "1", "erp", territory_ids=None, scopes=frozenset({"orders:write"}))


@dataclass
class Scene:
    """A committed outlet and a form for it."""

    outlet: Outlet
    product_id: int
    form: OrderForm


@pytest.fixture
async def scene(committed: Database) -> Scene:
    async with committed.transaction() as session:
        outlet = await make_outlet(session, await make_territory(session))
        product = await make_product(session)
    form = OrderForm(uuid4(), outlet.code, None, TUESDAY, (OrderFormLine(product.code, Decimal(12), None),))
    return Scene(outlet, product.id, form)


class CutOff(Exception):
    """The connection of a request breaks before its commit."""


async def place_at_once(database: Database, forms: list[OrderForm]) -> list[Result]:
    """Each form by a connection of its own, all of them open before the first one is placed."""
    start = asyncio.Barrier(len(forms))

    async def place(form: OrderForm) -> Result:
        async with database.transaction() as session:
            await session.connection()
            await start.wait()
            return await place_order(session, NewOrder(form, OrderChannel.API, ERP))

    return await asyncio.gather(*map(place, forms))


async def rows_of(session: AsyncSession, form: OrderForm) -> tuple[int | None, int | None, int | None]:
    """How many receipts, orders and lines there are of a form's id."""
    return (
        await session.scalar(select(func.count()).where(EventReceipt.id == form.id)),
        await session.scalar(select(func.count()).where(Order.id == form.id)),
        await session.scalar(select(func.count()).where(OrderLine.order_id == form.id)),
    )


async def test_fifty_connections_post_one_order_and_get_fifty_right_answers(committed: Database, scene: Scene) -> None:
    answers = await place_at_once(committed, [scene.form] * CONNECTIONS)
    assert Counter(answer.status for answer in answers) == {
        EventStatus.ACCEPTED: 1,
        EventStatus.DUPLICATE: CONNECTIONS - 1,
    }
    told = {(a.business_date, a.received_at, a.corrected_at, a.total_value) for a in answers}
    assert told == {(MONDAY, MONDAY_NOON, MONDAY_NOON, Decimal("13.80"))}
    async with committed.read_only() as session:
        assert await rows_of(session, scene.form) == (1, 1, 1)


async def test_of_two_contents_under_one_id_exactly_one_wins(committed: Database, scene: Scene) -> None:
    other = replace(scene.form, lines=(scene.form.lines[0]._replace(quantity=Decimal(18)),))
    answers = await place_at_once(committed, [scene.form, other] * (CONNECTIONS // 2))
    by_content = [Counter(a.status for a in answers[::2]), Counter(a.status for a in answers[1::2])]
    loser, winner = sorted(by_content, key=lambda statuses: statuses[EventStatus.ACCEPTED])
    assert winner == {EventStatus.ACCEPTED: 1, EventStatus.DUPLICATE: CONNECTIONS // 2 - 1}
    assert loser == {EventStatus.CONFLICT: CONNECTIONS // 2}
    async with committed.read_only() as session:
        assert await rows_of(session, scene.form) == (1, 1, 1)
        kept = await session.scalar(select(OrderLine.quantity).where(OrderLine.order_id == scene.form.id))
        assert kept == Decimal(12 if winner is by_content[0] else 18)


async def test_when_the_first_transaction_rolls_back_the_next_one_takes_over(committed: Database, scene: Scene) -> None:
    claimed, waiting = asyncio.Event(), asyncio.Event()

    async def break_off() -> None:
        async with committed.transaction() as session:
            await place_order(session, NewOrder(scene.form, OrderChannel.API, ERP))
            claimed.set()
            await waiting.wait()
            raise CutOff

    async def take_over() -> Result:
        await claimed.wait()
        async with committed.transaction() as session:
            placing = asyncio.ensure_future(place_order(session, NewOrder(scene.form, OrderChannel.API, ERP)))
            await until_somebody_waits(committed)
            waiting.set()
            return await placing

    broken, answer = await asyncio.gather(break_off(), take_over(), return_exceptions=True)
    assert isinstance(broken, CutOff)
    assert isinstance(answer, Result)
    assert answer.status is EventStatus.ACCEPTED
    async with committed.read_only() as session:
        assert await rows_of(session, scene.form) == (1, 1, 1)


async def test_batches_that_share_ids_in_any_order_never_deadlock(committed: Database, scene: Scene) -> None:
    orders = [order_record(scene.outlet, scene.product_id) for _ in range(20)]
    claims = [Claim(order.id, "order", order.id.bytes * 2, MONDAY) for order in orders]

    async def upload(shift: int) -> dict[UUID, Claimed]:
        async with committed.transaction() as session:
            answers = await claim(session, claims[shift:] + claims[:shift], MONDAY_NOON)
            new = [order for order in orders if answers[order.id].status is ClaimStatus.NEW]
            await record_orders(session, new)
            return answers

    uploads = await asyncio.gather(*(upload(shift) for shift in range(len(orders))))
    assert Counter(answer.status for answers in uploads for answer in answers.values()) == {
        ClaimStatus.NEW: 20,
        ClaimStatus.DUPLICATE: 380,
    }
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).where(Order.outlet_id == scene.outlet.id)) == 20
