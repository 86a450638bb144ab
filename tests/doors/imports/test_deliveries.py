"""Deliveries by file: a row a line, judged delivery by delivery, answered row by row."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.media_types import Medium
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.deliveries.models import Delivery, DeliveryLine, Fulfilment
from app.sales.orders.models import Order
from tests.conftest import Statements
from tests.doors.imports.sending import NDJSON, Row, problems, send, told
from tests.doors.imports.sheets import make_sheet
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

TUESDAY_NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(200)]


@pytest.fixture(autouse=True)
def tuesday(the_clock: clock.SetClock) -> None:
    the_clock.move_to(TUESDAY_NOON)


@pytest.fixture
async def warehouse(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of a client that may tell of deliveries, and no more."""
    return bearer(app, await make_client(session, "deliveries:write"))


@pytest.fixture
async def products(session: AsyncSession) -> list[Product]:
    return [await make_product(session, code=f"P{number}") for number in range(1, 11)]


@pytest.fixture
async def outlet(session: AsyncSession) -> Outlet:
    return await make_outlet(session, await make_territory(session), code="O1")


@pytest.fixture
async def order(session: AsyncSession, outlet: Outlet, products: list[Product]) -> Order:
    return await make_order(session, outlet, lines=[(product, 12) for product in products])


def row(id_: str, order: Order | None, product_code: str, **fields: Any) -> Row:
    sound: Row = {
        "id": id_,
        "number": "DN-1",
        "outlet_code": "O1",
        "order_id": str(order.id) if order else None,
        "delivered_at": "2026-11-24T09:30:00+02:00",
        "product_code": product_code,
        "shipped_quantity": "12",
        "accepted_quantity": "12",
        "unit_price": "1.15",
    }
    return sound | fields


async def test_rows_of_one_id_make_one_delivery_and_each_row_is_answered(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str], order: Order
) -> None:
    rows = [row(IDS[1], order, "P1"), row(IDS[1], order, "P2"), row(IDS[2], order, "P3", number="DN-2")]
    answer = await send(api, warehouse, "deliveries", rows)
    assert told(answer) == [(1, IDS[1], "created"), (2, IDS[1], "created"), (3, IDS[2], "created")]
    assert await session.scalar(select(func.count()).select_from(Delivery)) == 2
    assert await session.scalar(select(func.count()).select_from(DeliveryLine)) == 3
    assert [status for *_, status in told(await send(api, warehouse, "deliveries", rows))] == ["unchanged"] * 3
    rows[1]["accepted_quantity"] = "6"
    again = await send(api, warehouse, "deliveries", rows)
    assert [status for *_, status in told(again)] == ["updated", "updated", "unchanged"]


async def test_a_delivery_with_one_bad_row_is_rejected_as_a_whole_and_costs_no_other(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str], order: Order
) -> None:
    rows = [
        row(IDS[1], order, "P1"),
        row(IDS[1], order, "NONE"),
        row(IDS[2], order, "P2", shipped_quantity="many"),
        row(IDS[2], order, "P3"),
        row(IDS[3], order, "P4"),
        row(IDS[4], order, "P5", outlet_code="NOWHERE"),
        row(IDS[4], order, "P6", outlet_code="NOWHERE"),
    ]
    answer = await send(api, warehouse, "deliveries", rows)
    assert [status for *_, status in told(answer)] == ["rejected"] * 4 + ["created"] + ["rejected"] * 2
    assert problems(answer) == [
        ("/id", "rejected_as_a_whole"),
        ("/product_code", "unknown_product"),
        ("/shipped_quantity", "decimal_text"),
        ("/id", "rejected_as_a_whole"),
        ("/outlet_code", "unknown_outlet"),
        ("/id", "rejected_as_a_whole"),
    ]
    assert await session.scalar(select(func.count()).select_from(Delivery)) == 1


async def test_rows_of_one_id_that_stand_apart_or_contradict_each_other_are_rejected(
    api: httpx.AsyncClient, warehouse: dict[str, str], order: Order
) -> None:
    rows = [
        row(IDS[1], order, "P1"),
        row(IDS[2], order, "P2"),
        row(IDS[1], order, "P3"),
        row(IDS[3], order, "P4"),
        row(IDS[3], order, "P5", number="DN-9"),
    ]
    answer = await send(api, warehouse, "deliveries", rows)
    assert [status for *_, status in told(answer)] == ["rejected", "created", "rejected", "rejected", "rejected"]
    assert problems(answer) == [
        ("/id", "rows_apart"),
        ("/id", "rows_apart"),
        ("/id", "rejected_as_a_whole"),
        ("", "differs_from_first_row"),
    ]


async def test_the_file_may_be_csv_or_a_workbook(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str], order: Order
) -> None:
    header = list(row(IDS[1], order, "P1"))
    csv = "\n".join([";".join(header), ";".join(str(value) for value in row(IDS[1], order, "P1").values())])
    answer = await send(api, warehouse, "deliveries", csv.replace("1.15", "1,15"))
    assert told(answer) == [(2, IDS[1], "created")], answer.text
    workbook = make_sheet(header, list(row(IDS[2], order, "P2", shipped_quantity=12, unit_price=1.15).values()))
    headers = warehouse | {"content-type": Medium.XLSX.value}
    answer = await api.post("/v1/imports/deliveries", content=workbook, headers=headers)
    assert told(answer) == [(2, IDS[2], "created")], answer.text
    assert set(await session.scalars(select(DeliveryLine.unit_price))) == {order.total_value / 120}


async def test_all_or_nothing_and_a_dry_run_write_nothing_of_it(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str], order: Order
) -> None:
    rows = [row(IDS[1], order, "P1"), row(IDS[2], order, "NONE")]
    whole = await send(api, warehouse, "deliveries", rows, "?atomic=true")
    assert whole.status_code == 422
    assert [(error["pointer"], error["code"]) for error in whole.json()["errors"]] == [
        ("/2/product_code", "unknown_product")
    ]
    dry = await send(api, warehouse, "deliveries", rows, "?dry_run=true")
    assert [status for *_, status in told(dry)] == ["created", "rejected"]
    assert await session.scalar(select(func.count()).select_from(Delivery)) == 0


async def test_telling_of_deliveries_opens_no_import_of_masters_and_the_other_way_round(
    api: httpx.AsyncClient, warehouse: dict[str, str], erp: dict[str, str], order: Order
) -> None:
    assert (await send(api, erp, "deliveries", [row(IDS[1], order, "P1")])).status_code == 403
    assert (await send(api, warehouse, "reps", [])).status_code == 403


async def test_a_hundred_times_the_deliveries_cost_the_same_number_of_statements(
    api: httpx.AsyncClient,
    session: AsyncSession,
    statements: Statements,
    warehouse: dict[str, str],
    outlet: Outlet,
    products: list[Product],
) -> None:
    costs = []
    for numbers in (range(1, 2), range(2, 102)):
        orders = [await make_order(session, outlet, lines=[(product, 12) for product in products]) for _ in numbers]
        pairs = list(zip(numbers, orders, strict=True))
        rows = [row(IDS[number], order, product.code) for number, order in pairs for product in products]
        await statements.taken()
        answer = await send(api, warehouse, "deliveries", rows)
        assert answer.json()["accepted"] == len(rows)
        new = len(await statements.taken())
        for corrected in rows:
            corrected["accepted_quantity"] = "6"
        answer = await send(api, warehouse, "deliveries", rows)
        assert {status for *_, status in told(answer)} == {"updated"}
        costs.append((new, len(await statements.taken())))
    assert costs[0] == costs[1]
    assert await session.scalar(select(func.count()).select_from(Fulfilment)) == 101


async def test_a_row_that_names_no_id_takes_the_deliveries_beside_it_along(
    api: httpx.AsyncClient, session: AsyncSession, warehouse: dict[str, str], order: Order
) -> None:
    rows = [
        row(IDS[1], order, "P1"),
        row(IDS[2], order, "P2"),
        row(IDS[2], order, "P3"),
        row("none", order, "P4"),
        row("", order, "P5"),
        row(IDS[3], order, "P6"),
        row(IDS[4], order, "P7"),
    ]
    answer = await send(api, warehouse, "deliveries", rows)
    assert [status for *_, status in told(answer)] == ["created", *["rejected"] * 5, "created"]
    assert problems(answer) == [
        ("/id", "rejected_as_a_whole"),
        ("/id", "beside_a_row_without_id"),
        ("/id", "uuid_parsing"),
        ("/id", "uuid_parsing"),
        ("/id", "beside_a_row_without_id"),
    ]
    assert await session.scalar(select(func.count()).select_from(DeliveryLine)) == 2


async def test_a_row_that_cannot_be_read_takes_its_own_delivery_along_where_it_names_one(
    api: httpx.AsyncClient, warehouse: dict[str, str], order: Order
) -> None:
    rows = [json.dumps(row(IDS[number], order, f"P{number}")) for number in range(1, 5)]
    cut = json.dumps(row(IDS[2], order, "P5"))[:90]
    with_nul = json.dumps(row(IDS[3], order, "P6", number="DN\x00"))
    content = "\n".join([*rows[:2], cut, rows[2], with_nul, rows[3]])
    headers = warehouse | {"content-type": NDJSON}
    answer = await api.post("/v1/imports/deliveries", content=content, headers=headers)
    assert [status for *_, status in told(answer)] == ["created", *["rejected"] * 4, "created"]
    assert [code for _, code, _ in told(answer)] == [IDS[1], IDS[2], IDS[2], IDS[3], IDS[3], IDS[4]]


async def test_a_line_that_is_two_takes_the_deliveries_around_it_along(
    api: httpx.AsyncClient, warehouse: dict[str, str], order: Order
) -> None:
    rows = [json.dumps(row(IDS[number], order, f"P{number}")) for number in (1, 2, 3, 4)]
    content = "\n".join([rows[0], rows[1], rows[1] + rows[2], rows[2], rows[3]])
    answer = await api.post("/v1/imports/deliveries", content=content, headers=warehouse | {"content-type": NDJSON})
    assert [status for *_, status in told(answer)] == ["created", *["rejected"] * 3, "created"]


async def test_a_csv_row_of_another_width_takes_its_own_delivery_along(
    api: httpx.AsyncClient, warehouse: dict[str, str], order: Order
) -> None:
    rows = [row(IDS[number], order, product) for number, product in ((1, "P1"), (2, "P2"), (2, "P3"), (3, "P4"))]
    lines = [",".join(str(value) for value in each.values()) for each in rows]
    lines[2] = lines[2].replace("1.15", "1,15")
    answer = await send(api, warehouse, "deliveries", "\n".join([",".join(rows[0]), *lines]))
    assert [status for *_, status in told(answer)] == ["created", "rejected", "rejected", "created"]
    assert problems(answer) == [("/id", "rejected_as_a_whole"), ("", "ragged")]


async def test_a_hidden_row_of_a_workbook_takes_its_own_delivery_along(
    api: httpx.AsyncClient, warehouse: dict[str, str], order: Order
) -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True

    rows = [row(IDS[number], order, product) for number, product in ((1, "P1"), (2, "P2"), (2, "P3"), (3, "P4"))]
    workbook = make_sheet(list(rows[0]), *(list(each.values()) for each in rows), touch=hide)
    headers = warehouse | {"content-type": Medium.XLSX.value}
    answer = await api.post("/v1/imports/deliveries", content=workbook, headers=headers)
    assert [status for *_, status in told(answer)] == ["created", "rejected", "rejected", "created"]
