"""What becomes of orders whose delivery date passes (D2)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import DueOrders
from app.ground import clock
from app.ground.events.models import Event
from app.sales.deliveries.models import Fulfilment
from tests.conftest import SavepointDatabase, Statements
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene, conclude_due
from tests.factories.deliveries import make_delivery
from tests.factories.orders import make_order

WEDNESDAY_MORNING = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


async def test_what_falls_due_is_concluded_by_the_hour(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    """The whole order, a part of one, nothing of one, nothing of a cancelled one, one that is due later."""
    kinds: dict[str, dict[str, Any]] = {
        "part": {},
        "nothing": {},
        "cancelled": {"cancelled_at": TUESDAY_NOON},
        "later": {"delivery_date": date(2026, 11, 25)},
    }
    lines = [(scene.chocolate, 12), (scene.wafer, 6)]
    orders = {name: await make_order(session, scene.outlet, lines=lines, **fields) for name, fields in kinds.items()}
    await scene.tell(scene.as_ordered())
    await make_delivery(session, scene.outlet, orders["part"], (scene.chocolate, 12, 12))
    assert await conclude_due(database, the_clock, TUESDAY_NOON) == 0
    assert await conclude_due(database, the_clock, WEDNESDAY_MORNING) == 2
    assert await conclude_due(database, the_clock, WEDNESDAY_MORNING) == 0
    statuses = {row.order_id: row.status for row in await session.scalars(select(Fulfilment))}
    assert statuses == {
        scene.order.id: "matched",
        orders["part"].id: "mismatched",
        orders["nothing"].id: "undelivered",
    }
    assert set(
        await session.scalars(select(Event.payload["status"].as_string()).where(Event.type == "fulfilment.concluded"))
    ) == {
        "mismatched",
        "undelivered",
    }


@pytest.mark.parametrize(
    ("due", "now", "found"),
    [
        (date(2026, 11, 27), datetime(2026, 11, 28, 10, tzinfo=UTC), 0),  # Friday's, on Saturday
        (date(2026, 11, 27), datetime(2026, 11, 29, 21, 59, tzinfo=UTC), 0),
        (date(2026, 11, 27), datetime(2026, 11, 29, 22, 0, tzinfo=UTC), 1),  # Monday has begun in Athens
        (date(2026, 11, 28), datetime(2026, 11, 30, 10, tzinfo=UTC), 1),
    ],
)
async def test_an_order_that_nothing_came_of_is_undelivered_from_the_next_working_day_on(
    scene: Scene,
    session: AsyncSession,
    database: SavepointDatabase,
    the_clock: clock.SetClock,
    due: date,
    now: datetime,
    found: int,
) -> None:
    await scene.tell(scene.as_ordered())
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=due)
    assert await conclude_due(database, the_clock, now) == found


async def test_a_territory_that_tells_of_no_deliveries_has_none_late(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    """Nor has one for what was due before its first delivery."""
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    assert await conclude_due(database, the_clock, WEDNESDAY_MORNING) == 0
    await scene.tell(scene.as_ordered())
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=MONDAY)
    assert await conclude_due(database, the_clock, WEDNESDAY_MORNING) == 1


async def test_what_was_undelivered_comes_after_all(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    other = await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    await make_delivery(session, scene.outlet, other, (scene.chocolate, 12, 12))
    await conclude_due(database, the_clock, WEDNESDAY_MORNING)
    assert (await session.scalars(select(Fulfilment.status).where(Fulfilment.order_id == scene.order.id))).one() == (
        "undelivered"
    )
    await make_delivery(
        session,
        scene.outlet,
        scene.order,
        (scene.chocolate, 12, 12),
        (scene.wafer, 6, 6),
        at=WEDNESDAY_MORNING,
        delivered_at=WEDNESDAY_MORNING,
    )
    row = (await session.scalars(select(Fulfilment).where(Fulfilment.order_id == scene.order.id))).one()
    await session.refresh(row)
    assert (row.status, row.on_time) == ("matched", False)


async def test_the_hours_after_read_what_has_fallen_due_since_and_a_day_later_everything_is_looked_through(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    await scene.tell(scene.as_ordered())
    scheduler = DueOrders()

    async def conclude_at(at: datetime) -> int:
        the_clock.move_to(at)
        return await scheduler.conclude(database)

    assert await conclude_at(datetime(2026, 12, 1, 8, tzinfo=UTC)) == 0
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=date(2026, 11, 30))
    assert await conclude_at(datetime(2026, 12, 1, 9, tzinfo=UTC)) == 1
    late = await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    assert await conclude_at(datetime(2026, 12, 1, 10, tzinfo=UTC)) == 0
    assert await conclude_at(datetime(2026, 12, 2, 10, tzinfo=UTC)) == 1
    assert (
        await session.scalars(select(Fulfilment.status).where(Fulfilment.order_id == late.id))
    ).one() == "undelivered"


async def test_however_many_fall_due_costs_the_same_number_of_statements(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, statements: Statements, the_clock: clock.SetClock
) -> None:
    await scene.tell(scene.as_ordered())
    costs = []
    for many in (1, 30):
        for _ in range(many):
            await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
        await statements.taken()
        assert await conclude_due(database, the_clock, WEDNESDAY_MORNING) == many
        costs.append(len(await statements.taken()))
    assert costs[0] == costs[1]
