"""Returns that come by several connections at once: constraints and locks decide, and nothing is forgotten."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app.doors.fulfilment.returns import take_returns
from app.ground.db.session import Database
from app.ground.receipts.forms import FormFate
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.returns.models import Return, ReturnLine, ReturnVersion
from app.sales.returns.rules import ReturnForm, ReturnFormLine
from tests.doors.fulfilment.conftest import TUESDAY_NOON
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.returns import make_return_form
from tests.factories.territories import make_territory

CONNECTIONS = 10
THURSDAY_NOON = TUESDAY_NOON + timedelta(days=2)


@dataclass
class Committed:
    """A committed outlet, and what goes back from it."""

    outlet: Outlet
    product: Product

    def form(self, quantity: int, **fields: object) -> ReturnForm:
        line = ReturnFormLine(self.product.code, Decimal(quantity), self.product.list_price, "expired", True)
        return make_return_form(self.outlet.code, [line], **fields)


@pytest.fixture
async def stage(committed: Database) -> Committed:
    async with committed.transaction() as session:
        outlet = await make_outlet(session, await make_territory(session))
        return Committed(outlet, await make_product(session))


async def tell_at_once(database: Database, forms: list[ReturnForm]) -> Counter[FormFate]:
    """Each form by a connection of its own, all of them open before the first one is told."""
    start = asyncio.Barrier(len(forms))

    async def tell(form: ReturnForm) -> FormFate:
        async with database.transaction() as session:
            await session.connection()
            await start.wait()
            (outcome,) = await take_returns(session, [form], "client:erp", THURSDAY_NOON)
            return outcome.fate

    return Counter(await asyncio.gather(*map(tell, forms)))


async def test_one_return_by_ten_connections_is_recorded_once(committed: Database, stage: Committed) -> None:
    fates = await tell_at_once(committed, [stage.form(2, id=uuid4())] * CONNECTIONS)
    assert fates == {FormFate.RECORDED: 1, FormFate.UNCHANGED: CONNECTIONS - 1}


async def test_of_ten_contents_of_one_id_each_is_kept(committed: Database, stage: Committed) -> None:
    id_ = uuid4()
    forms = [stage.form(quantity, id=id_) for quantity in range(1, CONNECTIONS + 1)]
    fates = await tell_at_once(committed, forms)
    assert fates == {FormFate.RECORDED: 1, FormFate.CORRECTED: CONNECTIONS - 1}
    async with committed.transaction() as session:
        assert await session.scalar(select(Return.version).where(Return.id == id_)) == CONNECTIONS
        versions = select(func.count()).select_from(ReturnVersion).where(ReturnVersion.return_id == id_)
        assert await session.scalar(versions) == CONNECTIONS - 1
        lines = select(func.count()).select_from(ReturnLine).where(ReturnLine.return_id == id_)
        assert await session.scalar(lines) == 1


async def test_an_old_content_that_waits_for_its_correction_changes_nothing(
    committed: Database, stage: Committed
) -> None:
    old = stage.form(2, id=uuid4())
    await tell_at_once(committed, [old])
    async with committed.transaction() as correction, asyncio.timeout(20):
        await take_returns(correction, [stage.form(3, id=old.id)], "client:erp", THURSDAY_NOON)
        again = asyncio.create_task(tell_at_once(committed, [old]))
        while not await correction.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass  # each question is a round trip
    assert await again == {FormFate.UNCHANGED: 1}
