"""Deliveries that come by several connections at once: constraints and locks decide, and nothing is forgotten."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from app.doors.fulfilment.service import take_deliveries
from app.ground.db.session import Database
from app.ground.receipts.forms import FormFate
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.deliveries.models import Delivery, DeliveryLine, DeliveryVersion, Fulfilment
from app.sales.deliveries.rules import DeliveryForm, DeliveryFormLine
from app.sales.orders.models import Order
from tests.doors.fulfilment.conftest import TUESDAY_NOON
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery_form
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

CONNECTIONS = 20


@dataclass
class Committed:
    """A committed order of 12 of each of two products."""

    outlet: Outlet
    products: list[Product]
    order: Order

    def form(self, *quantities: int, order_id: UUID | None = None, **fields: UUID) -> DeliveryForm:
        lines = [
            DeliveryFormLine(product.code, Decimal(quantity), Decimal(quantity), product.list_price)
            for product, quantity in zip(self.products, quantities, strict=False)
            if quantity
        ]
        return make_delivery_form(self.outlet.code, order_id or self.order.id, lines, **fields)


@pytest.fixture
async def stage(committed: Database) -> Committed:
    async with committed.transaction() as session:
        outlet = await make_outlet(session, await make_territory(session))
        products = [await make_product(session) for _ in range(2)]
        order = await make_order(session, outlet, lines=[(product, 12) for product in products])
    return Committed(outlet, products, order)


async def tell_at_once(database: Database, batches: Sequence[Sequence[DeliveryForm]]) -> list[list[FormFate]]:
    """Each batch by a connection of its own, all of them open before the first one is told."""
    start = asyncio.Barrier(len(batches))

    async def tell(forms: Sequence[DeliveryForm]) -> list[FormFate]:
        async with database.transaction() as session:
            await session.connection()
            await start.wait()
            outcomes = await take_deliveries(session, forms, "client:erp", TUESDAY_NOON)
            return [outcome.fate for outcome in outcomes]

    return await asyncio.gather(*map(tell, batches))


async def test_one_delivery_by_twenty_connections_is_recorded_once(committed: Database, stage: Committed) -> None:
    fates = await tell_at_once(committed, [[stage.form(12, 12, id=UUID(int=1))]] * CONNECTIONS)
    assert Counter(fate for batch in fates for fate in batch) == {
        FormFate.RECORDED: 1,
        FormFate.UNCHANGED: CONNECTIONS - 1,
    }
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(DeliveryLine)) == 2


async def test_a_delivery_of_no_order_is_recorded_once_likewise(committed: Database, stage: Committed) -> None:
    form = stage.form(3)
    unordered = DeliveryForm(form.id, form.number, form.outlet_code, None, form.delivered_at, form.lines)
    fates = await tell_at_once(committed, [[unordered]] * CONNECTIONS)
    assert Counter(fate for batch in fates for fate in batch) == {
        FormFate.RECORDED: 1,
        FormFate.UNCHANGED: CONNECTIONS - 1,
    }


async def test_different_contents_of_one_id_become_versions_of_one_delivery(
    committed: Database, stage: Committed
) -> None:
    forms = [stage.form(number, 12, id=UUID(int=1)) for number in range(1, CONNECTIONS + 1)]
    fates = await tell_at_once(committed, [[form] for form in forms])
    assert Counter(fate for batch in fates for fate in batch) == {
        FormFate.RECORDED: 1,
        FormFate.CORRECTED: CONNECTIONS - 1,
    }
    async with committed.read_only() as session:
        assert (await session.scalars(select(Delivery.version))).all() == [CONNECTIONS]
        versions = await session.scalars(select(DeliveryVersion.version).order_by(DeliveryVersion.version))
        assert versions.all() == list(range(1, CONNECTIONS))
        assert await session.scalar(select(func.count()).select_from(DeliveryLine)) == 2


async def test_parts_of_an_order_that_come_at_once_are_all_counted(committed: Database, stage: Committed) -> None:
    parts = [[stage.form(1, 1)] for _ in range(12)]
    await tell_at_once(committed, parts)
    async with committed.read_only() as session:
        row = (await session.scalars(select(Fulfilment))).one()
        assert (row.delivery_count, row.status) == (12, "matched")


async def test_batches_that_share_ids_and_orders_in_any_order_never_deadlock(
    committed: Database, stage: Committed
) -> None:
    async with committed.transaction() as session:
        orders = [await make_order(session, stage.outlet, lines=[(stage.products[0], 12)]) for _ in range(10)]
    forms = [stage.form(12, order_id=order.id, id=uuid4()) for order in orders]
    fates = await tell_at_once(committed, [forms[shift:] + forms[:shift] for shift in range(len(forms))])
    counts = Counter(fate for batch in fates for fate in batch)
    assert counts == {FormFate.RECORDED: 10, FormFate.UNCHANGED: 90}
    async with committed.read_only() as session:
        assert set(await session.scalars(select(Fulfilment.status))) == {"matched"}


async def test_an_old_content_that_waits_for_its_correction_changes_nothing(
    committed: Database, stage: Committed
) -> None:
    ordered = stage.form(12, id=UUID(int=1))
    unordered = replace(stage.form(12, id=UUID(int=2)), order_id=None)
    await tell_at_once(committed, [[ordered, unordered]])
    for old in (ordered, unordered):
        line = old.lines[0]._replace(accepted_quantity=Decimal(6))
        async with committed.transaction() as correction, asyncio.timeout(20):
            (outcome,) = await take_deliveries(correction, [replace(old, lines=(line,))], "client:erp", TUESDAY_NOON)
            again = asyncio.create_task(tell_at_once(committed, [[old]]))
            while not await correction.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                pass  # each question is a round trip
        assert (outcome.fate, await again) == (FormFate.CORRECTED, [[FormFate.UNCHANGED]])
    async with committed.read_only() as session:
        assert set(await session.scalars(select(Delivery.version))) == {2}
