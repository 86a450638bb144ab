"""What a month's returns bring a rep: at the month's close, and anew by what is told of it later (P2, D5, P6)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.months.service import close_month
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import Client
from app.masters.territories import service as territories
from app.motivation.points.models import PointsEntry
from app.motivation.statements.models import MonthClosing
from tests.conftest import SavepointDatabase
from tests.doors.fulfilment.conftest import Scene
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_client
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.returns import WEDNESDAY_MORNING, make_return, make_return_body
from tests.factories.territories import make_rep, make_territory
from tests.processes import until

NOVEMBER = date(2026, 11, 1)
SECOND_OF_DECEMBER = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


async def ledger(session: AsyncSession) -> list[tuple[str, int, int]]:
    """Rule, points and month of every entry about returns, in order."""
    columns = select(PointsEntry.rule, PointsEntry.points, PointsEntry.month)
    rows = await session.execute(columns.where(PointsEntry.source_type != "order").order_by(PointsEntry.id))
    return [(row.rule, row.points, row.month.month) for row in rows if row.rule.startswith("returns")]


class Month:
    """November, in which the order of the scene came as ordered, for 20.70."""

    def __init__(self, app: FastAPI, scene: Scene, session: AsyncSession, database: SavepointDatabase) -> None:
        self.app, self.scene, self.session, self.database = app, scene, session, database
        self.client: Client

    async def close(self, the_clock: clock.SetClock) -> None:
        the_clock.move_to(SECOND_OF_DECEMBER)
        self.scene.territory.created_at = SECOND_OF_DECEMBER
        await self.session.flush()
        territory = await territories.territory_facts(self.session, self.scene.territory.id)
        await close_month(self.database, territory, NOVEMBER, by="test")

    async def send_back(self, quantity: int, **fields: Any) -> dict[str, Any]:
        """A return of chocolate that nobody bought, for which the rep answers; the ERP tells it."""
        body = make_return_body(self.scene.outlet, None, (self.scene.chocolate, quantity, "unsold")) | fields
        answer = await self.scene.api.post("/v1/returns", json=body, headers=self.erp())
        assert answer.status_code in {200, 201}, answer.text
        return body

    def erp(self) -> dict[str, str]:
        return bearer(self.app, self.client)


@pytest.fixture
async def month(
    app: FastAPI, scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> Month:
    scene.rep.created_at = datetime(2026, 1, 1, tzinfo=UTC)
    await session.flush()
    await scene.tell(scene.as_ordered())
    the_clock.move_to(WEDNESDAY_MORNING + timedelta(hours=1))
    month = Month(app, scene, session, database)
    month.client = await make_client(session, "deliveries:write")
    return month


@pytest.mark.parametrize(("quantity", "entry"), [(0, ("returns_within_limit", 20)), (6, ("returns_over_limit", -20))])
async def test_a_months_returns_are_judged_at_its_close(
    session: AsyncSession, month: Month, the_clock: clock.SetClock, quantity: int, entry: tuple[str, int]
) -> None:
    if quantity:
        await month.send_back(quantity)
    assert await ledger(session) == []
    await month.close(the_clock)
    assert await ledger(session) == [(*entry, 11)]


async def test_a_rep_without_deliveries_has_no_share(
    session: AsyncSession, month: Month, the_clock: clock.SetClock
) -> None:
    await make_rep(session, month.scene.territory, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    await month.close(the_clock)
    entries = await session.scalars(select(PointsEntry).where(PointsEntry.source_type == "month"))
    assert [entry.rep_id for entry in entries] == [month.scene.rep.id]


async def test_a_return_that_is_told_after_the_close_is_judged_in_the_open_month(
    session: AsyncSession, month: Month, the_clock: clock.SetClock
) -> None:
    await month.close(the_clock)
    body = await month.send_back(6)
    within, over = "returns_within_limit", "returns_over_limit"
    assert await ledger(session) == [(within, 20, 11), (within, -20, 12), (over, -20, 12)]
    # it was declined after all: what was concluded is concluded anew
    body["lines"][0]["accepted"] = False
    await month.send_back(6, **body)
    assert sum(points for _, points, _ in await ledger(session)) == 20


async def test_a_return_of_the_open_month_is_judged_at_its_close_alone(
    session: AsyncSession, month: Month, the_clock: clock.SetClock
) -> None:
    await month.close(the_clock)
    before = await ledger(session)
    await month.send_back(6, returned_at=SECOND_OF_DECEMBER.isoformat())
    assert await ledger(session) == before


async def test_what_was_delivered_and_is_corrected_after_the_close_changes_the_share(
    session: AsyncSession, month: Month, the_clock: clock.SetClock
) -> None:
    """Returns of 0.60 are 2.9 % of 20.70, and 5.8 % of what is left of it."""
    chocolate = month.scene.chocolate
    line = {"unit_price": "0.60", "quantity": "1", "product_code": chocolate.code, "reason_code": "unsold"}
    await month.send_back(1, lines=[line | {"accepted": True}])
    await month.close(the_clock)
    assert [rule for rule, _, _ in await ledger(session)] == ["returns_within_limit"]
    (delivery,) = (await month.scene.api.get("/v1/deliveries", headers=month.erp())).json()["items"]
    lines = [
        {name: line[name] for name in ("product_code", "shipped_quantity", "accepted_quantity", "unit_price")}
        for line in delivery["lines"]
    ]
    lines[0]["accepted_quantity"] = "3"
    body = {name: delivery[name] for name in ("id", "number", "outlet_code", "order_id", "delivered_at")}
    answer = await month.scene.api.post("/v1/deliveries", json=body | {"lines": lines}, headers=month.erp())
    assert answer.status_code == 200, answer.text
    assert sum(points for _, points, _ in await ledger(session)) == -20


async def test_a_month_of_before_the_first_one_that_was_closed_is_judged_by_nothing_that_comes_later(
    session: AsyncSession, month: Month, the_clock: clock.SetClock
) -> None:
    """December is the first one that is closed."""
    the_clock.move_to(datetime(2027, 1, 2, 8, 0, tzinfo=UTC))
    month.scene.territory.created_at = clock.now()
    await session.flush()
    territory = await territories.territory_facts(session, month.scene.territory.id)
    await close_month(month.database, territory, date(2026, 12, 1), by="test")
    before = await ledger(session)
    await month.send_back(6)
    assert await ledger(session) == before


async def test_a_return_that_was_under_way_when_the_month_was_marked_is_judged_in_the_next_one(
    committed: Database, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session, created_at=SECOND_OF_DECEMBER)
        rep = await make_rep(session, territory, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        outlet, product = await make_outlet(session, territory), await make_product(session)
        order = await make_order(session, outlet, rep=rep, lines=[(product, 12)])
        await make_delivery(session, outlet, order, (product, 12, 12))
        facts = await territories.territory_facts(session, territory.id)
    the_clock.move_to(SECOND_OF_DECEMBER)
    async with committed.transaction() as teller:
        await make_return(teller, outlet, (product, 6, "unsold"), at=SECOND_OF_DECEMBER)
        closing = asyncio.create_task(close_month(committed, facts, NOVEMBER, by="test"))
        await until(lambda: is_marked(committed))
        assert not closing.done()
    await closing
    async with committed.read_only() as session:
        within, over = "returns_within_limit", "returns_over_limit"
        assert await ledger(session) == [(within, 20, 11), (within, -20, 12), (over, -20, 12)]


async def is_marked(database: Database) -> bool:
    """Whether the month is being closed."""
    async with database.read_only() as session:
        return await session.scalar(select(MonthClosing.begun_at)) is not None
