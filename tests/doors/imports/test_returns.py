"""Returns by file: a row a line, judged return by return, answered row by row."""

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.media_types import Medium
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.returns.models import Return, ReturnLine
from tests.conftest import Statements
from tests.doors.imports.sending import Row, problems, send, told
from tests.doors.imports.sheets import make_sheet
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

WEDNESDAY_NOON = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(200)]


@pytest.fixture(autouse=True)
def wednesday(the_clock: clock.SetClock) -> None:
    the_clock.move_to(WEDNESDAY_NOON)


@pytest.fixture
async def warehouse(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of a client that may tell of deliveries, and no more."""
    return bearer(app, await make_client(session, "deliveries:write"))


@pytest.fixture(autouse=True)
async def products(session: AsyncSession) -> list[Product]:
    return [await make_product(session, code=f"P{number}") for number in range(1, 11)]


@pytest.fixture(autouse=True)
async def outlet(session: AsyncSession) -> Outlet:
    return await make_outlet(session, await make_territory(session), code="O1")


def row(id_: str, product_code: str, **fields: str) -> Row:
    sound: Row = {
        "id": id_,
        "outlet_code": "O1",
        "returned_at": "2026-11-25T09:30:00+02:00",
        "product_code": product_code,
        "quantity": "2",
        "unit_price": "1.15",
        "reason_code": "expired",
        "accepted": True,
    }
    return sound | fields


async def test_rows_of_one_id_make_one_return_and_each_row_is_answered(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str]
) -> None:
    rows = [row(IDS[1], "P1"), row(IDS[1], "P1", reason_code="damaged"), row(IDS[2], "P3")]
    answer = await send(api, warehouse, "returns", rows)
    assert told(answer) == [(1, IDS[1], "created"), (2, IDS[1], "created"), (3, IDS[2], "created")]
    assert await session.scalar(select(func.count()).select_from(Return)) == 2
    assert await session.scalar(select(func.count()).select_from(ReturnLine)) == 3
    assert [status for *_, status in told(await send(api, warehouse, "returns", rows))] == ["unchanged"] * 3
    rows[1]["accepted"] = False
    again = await send(api, warehouse, "returns", rows)
    assert [status for *_, status in told(again)] == ["updated", "updated", "unchanged"]


async def test_a_return_with_one_bad_row_is_rejected_as_a_whole_and_costs_no_other(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str]
) -> None:
    rows = [
        row(IDS[1], "P1"),
        row(IDS[1], "NONE"),
        row(IDS[2], "P2", quantity="0"),
        row(IDS[3], "P4"),
        row(IDS[3], "P5", outlet_code="NOWHERE"),
        row(IDS[4], "P6"),
    ]
    answer = await send(api, warehouse, "returns", rows)
    assert [status for *_, status in told(answer)] == ["rejected"] * 5 + ["created"]
    assert problems(answer) == [
        ("/id", "rejected_as_a_whole"),
        ("/product_code", "unknown_product"),
        ("/quantity", "not_positive"),
        ("/id", "rejected_as_a_whole"),
        ("", "differs_from_first_row"),
    ]
    assert await session.scalar(select(func.count()).select_from(Return)) == 1


async def test_the_file_may_be_csv_or_a_workbook(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str]
) -> None:
    header = list(row(IDS[1], "P1"))
    cells = [str(value).lower() if value is True else str(value) for value in row(IDS[1], "P1").values()]
    answer = await send(api, warehouse, "returns", "\n".join([";".join(header), ";".join(cells)]))
    assert told(answer) == [(2, IDS[1], "created")], answer.text
    workbook = make_sheet(header, list((row(IDS[2], "P2") | {"quantity": 2}).values()))
    headers = warehouse | {"content-type": Medium.XLSX.value}
    answer = await api.post("/v1/imports/returns", content=workbook, headers=headers)
    assert told(answer) == [(2, IDS[2], "created")], answer.text
    assert set(await session.scalars(select(ReturnLine.accepted))) == {True}


async def test_all_or_nothing_and_a_dry_run_write_nothing_of_it(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str]
) -> None:
    rows = [row(IDS[1], "P1"), row(IDS[2], "NONE")]
    whole = await send(api, warehouse, "returns", rows, "?atomic=true")
    assert whole.status_code == 422
    dry = await send(api, warehouse, "returns", rows, "?dry_run=true")
    assert [status for *_, status in told(dry)] == ["created", "rejected"]
    assert await session.scalar(select(func.count()).select_from(Return)) == 0


async def test_telling_of_returns_opens_no_import_of_masters_and_the_other_way_round(
    api: httpx.AsyncClient, warehouse: dict[str, str], erp: dict[str, str]
) -> None:
    assert (await send(api, erp, "returns", [row(IDS[1], "P1")])).status_code == 403
    assert (await send(api, warehouse, "reps", [])).status_code == 403


async def test_a_hundred_times_the_returns_cost_the_same_number_of_statements(
    api: httpx.AsyncClient, statements: Statements, warehouse: dict[str, str], products: list[Product]
) -> None:
    costs = []
    for numbers in (range(1, 2), range(2, 102)):
        rows = [row(IDS[number], product.code) for number in numbers for product in products]
        await statements.taken()
        answer = await send(api, warehouse, "returns", rows)
        assert answer.json()["accepted"] == len(rows)
        new = len(await statements.taken())
        for corrected in rows:
            corrected["quantity"] = "1"
        answer = await send(api, warehouse, "returns", rows)
        assert {status for *_, status in told(answer)} == {"updated"}
        costs.append((new, len(await statements.taken())))
    assert costs[0] == costs[1]
