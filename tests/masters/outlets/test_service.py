from datetime import time
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.outlets.rules import MustStock
from app.masters.outlets.service import (
    exceptions,
    has_taken_over,
    outlets_by_code,
    outlets_by_id,
    territories_that_took_over,
)
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_territory


async def test_a_field_outlet_has_its_current_location_and_terms(session: AsyncSession) -> None:
    terms = {
        "order_due_time": time(15, 30),
        "must_stock": [{"product_code": "CHO-1", "min_quantity": "6"}],
        "min_order_value": Decimal(20),
        "credit_hold": True,
    }
    outlet = await make_outlet(session, await make_territory(session), radius_m=50.0, terms=terms)
    found = (await outlets_by_code(session, [outlet.code, "UNKNOWN"]))[outlet.code]
    assert found == (await outlets_by_id(session, [outlet.id]))[outlet.id]
    assert (found.lat, found.lon, found.radius_m, found.polygon) == (*PATRAS, 50.0, None)
    assert found.must_stock == (MustStock("CHO-1", Decimal(6)),)
    assert (found.order_due_time, found.min_order_value, found.credit_hold) == (time(15, 30), Decimal(20), True)


async def test_an_outlet_without_location_and_terms_has_none(session: AsyncSession) -> None:
    outlet = await make_outlet(session, await make_territory(session), at=None, terms_version=0)
    found = (await outlets_by_id(session, [outlet.id]))[outlet.id]
    assert (found.location_version, found.lat, found.radius_m, found.polygon) == (0, None, None, None)
    assert (found.must_stock, found.credit_hold) == ((), False)


async def test_a_territory_knows_where_its_outlets_went_unless_they_came_back(session: AsyncSession) -> None:
    territory, heir, elsewhere = [await make_territory(session) for _ in range(3)]
    gone, back = await make_outlet(session, territory), await make_outlet(session, territory)
    for outlet, stations in ((gone, (elsewhere, heir)), (back, (heir, territory))):
        for station in stations:
            outlet.territory_id = station.id
            await session.flush()
    assert await territories_that_took_over(session, territory.id) == [heir.id]
    assert await territories_that_took_over(session, heir.id) == [territory.id]
    assert await has_taken_over(session, heir.id)
    assert not await has_taken_over(session, elsewhere.id)


async def test_the_exceptions_among_a_territorys_outlets_are_closed_or_have_once_left(session: AsyncSession) -> None:
    territory, heir = await make_territory(session), await make_territory(session)
    await make_outlet(session, territory)
    await make_outlet(session, heir, active=False)
    closed = await make_outlet(session, territory, active=False)
    gone, back = await make_outlet(session, territory), await make_outlet(session, territory)
    for outlet, stations in ((gone, (heir,)), (back, (heir, territory))):
        for station in stations:
            outlet.territory_id = station.id
            await session.flush()
    assert await exceptions(session, territory.id) == {closed.id: None, gone.id: heir.id, back.id: territory.id}
