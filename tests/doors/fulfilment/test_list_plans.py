"""A page of deliveries or returns is read off an index in the order of the list, whatever was told of in two years."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Subquery, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller, CallerKind, Role
from app.sales.deliveries.listings import DeliveryFilter, page_of_deliveries
from app.sales.returns.listings import ReturnFilter, page_of_returns
from tests.databases import by_the_owner

SUPERVISOR = Caller(CallerKind.USER, "1", "anna", role=Role.SUPERVISOR, territory_ids=frozenset({1, 2}))
CLIENT = Caller(CallerKind.CLIENT, "2", "erp", territory_ids=None)
DEVICE = Caller(CallerKind.DEVICE, "3", "PAT-R1", rep_id=7, territory_ids=frozenset({1}))
SINCE = date(2026, 11, 1)
AFTER = (date(2026, 11, 24), UUID(int=1))


def deliveries(caller: Caller) -> Subquery:
    return page_of_deliveries(caller, DeliveryFilter(first=SINCE), AFTER, 50)


def returns(caller: Caller) -> Subquery:
    return page_of_returns(caller, ReturnFilter(first=SINCE), AFTER, 50)


CASES = [
    (deliveries(CLIENT), "deliveries", [{"delivered_date"}]),
    (deliveries(SUPERVISOR), "deliveries", [{"territory_id", "delivered_date"}]),
    (deliveries(DEVICE), "deliveries", [{"rep_id", "delivered_date"}, {"outlet_id", "delivered_date"}]),
    (returns(CLIENT), "returns", [{"returned_date"}]),
    (returns(SUPERVISOR), "returns", [{"territory_id", "returned_date"}]),
    (returns(DEVICE), "returns", [{"outlet_id", "returned_date"}]),
]
COLUMNS = ("territory_id", "outlet_id", "rep_id", "delivered_date", "returned_date")


# 3,000 of each in a month and a half, of 30 territories with 300 outlets and as many reps
FILLED = {
    "deliveries": """
        INSERT INTO deliveries (business_date, id, territory_id, outlet_id, rep_id, number, delivered_at,
            delivered_date, value, version, digest, received_at, recorded_by)
        SELECT DATE '2026-10-20' + n % 45, gen_random_uuid(), n % 30, n % 300, n % 300, 'DN-' || n, now(),
            DATE '2026-10-20' + n % 45, 1, 1, '', now(), 'client:erp'
        FROM generate_series(1, 3000) AS n
    """,
    "returns": """
        INSERT INTO returns (business_date, id, territory_id, outlet_id, returned_at, returned_date, value, version,
            digest, received_at, recorded_by)
        SELECT DATE '2026-10-20' + n % 45, gen_random_uuid(), n % 30, n % 300, now(), DATE '2026-10-20' + n % 45, 1, 1,
            '', now(), 'client:erp'
        FROM generate_series(1, 3000) AS n
    """,
}


def conditions_in(plan: dict[str, Any], month: str) -> Iterator[str]:
    """By what the indexes of a month are searched."""
    if plan.get("Index Name", "").startswith(month):
        yield plan.get("Index Cond", "")
    for child in plan.get("Plans", ()):
        yield from conditions_in(child, month)


@pytest.mark.parametrize(
    ("page", "table", "conditions"),
    CASES,
    ids=[f"{table} of a {who}" for _, table, _ in CASES[::3] for who in ("client", "supervisor", "device")],
)
async def test_a_page_is_looked_up_in_the_order_of_the_list(
    session: AsyncSession, page: Subquery, table: str, conditions: list[set[str]]
) -> None:
    looked_up = await looked_up_for(session, page, table)
    columns = [{column for column in COLUMNS if column in condition} for condition in looked_up]
    assert all(each in columns for each in conditions), columns
    assert [each for each in columns if each not in conditions] == []


@pytest.mark.parametrize("caller", [CLIENT, SUPERVISOR, DEVICE], ids=lambda caller: caller.kind)
async def test_a_delivery_is_looked_up_by_its_number(session: AsyncSession, caller: Caller) -> None:
    page = page_of_deliveries(caller, DeliveryFilter(number="DN-7"), None, 50)
    assert {"number" in condition for condition in await looked_up_for(session, page, "deliveries")} == {True}


async def looked_up_for(session: AsyncSession, page: Subquery, table: str) -> list[str]:
    """By what the indexes of November are searched for a page."""
    async with by_the_owner(session):
        await session.execute(text(FILLED[table]))
        await session.execute(text(f"ANALYZE {table}"))
    sql = page.element.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    plan = await session.scalar(text(f"EXPLAIN (FORMAT JSON) {sql}".replace(":", "\\:")))
    return list(conditions_in(plan[0]["Plan"], f"{table}_y2026m11"))
