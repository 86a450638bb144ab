"""The order form going out, and coming back in."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.form_requests import form_request
from app.doors.order_inbox.forms.reader_process import read_form
from app.doors.order_inbox.forms.understanding import ReadSheet
from app.ground.web.access import Role
from app.masters.catalogue.models import Price, Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Territory
from tests.conftest import Statements
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

FIRST_LINE = 10


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def product(session: AsyncSession) -> Product:
    return await make_product(session, code="CHO-100", name="=Dark", pack_size=Decimal(6), list_price=Decimal("1.15"))


@pytest.fixture
async def outlet(session: AsyncSession, territory: Territory, product: Product) -> Outlet:
    terms = {"must_stock": [{"product_code": "CHO-100", "min_quantity": "10"}], "min_order_value": Decimal(50)}
    return await make_outlet(session, territory, code="PAT-0042", name="Kiosk", terms=terms)


async def fetch(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, suffix: str = "xlsx", **query: str
) -> httpx.Response:
    user = await make_user(session, role=Role.ADMIN)
    await session.flush()
    headers = bearer(app, user)
    return await api.get(f"/v1/order-form.{suffix}", params={"outlet_code": "PAT-0042"} | query, headers=headers)


def filled_in(content: bytes, fill: Callable[[Any], object]) -> ReadSheet:
    """What is read of a workbook once somebody has filled it in and saved it."""
    book = load_workbook(io.BytesIO(content))
    fill(book.active)
    out = io.BytesIO()
    book.save(out)
    return said_by(out.getvalue())


def said_by(content: bytes) -> ReadSheet:
    said = ReadSheet(**orjson.loads(read_form(form_request(content))))
    said.lines = [(code, quantity, price) for code, quantity, price in said.lines]  # JSON knows no tuples
    return said


async def test_the_form_comes_with_products_prices_and_what_must_be_stocked(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    price = {"channel": "grocery", "price": Decimal("1.05"), "valid_from": date(2026, 1, 1)}
    session.add(Price(product_id=product.id, outlet_id=None, valid_to=None, **price))
    await make_product(session, code="AAA-1", name="Almonds", active=False)
    answer = await fetch(api, app, session)
    assert answer.headers["content-disposition"] == 'attachment; filename="order-form-PAT-0042-2026-11-23.xlsx"'
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    row = [cell.value for cell in sheet[FIRST_LINE]]
    assert row[:9] == ["CHO-100", "=Dark", "chocolate", "piece", 6, 1.05, 10, 12, None]
    assert sheet.cell(FIRST_LINE, 2).data_type == "s"
    assert sheet.max_row == FIRST_LINE


async def test_a_suggestion_stands_beside_the_quantity_and_is_not_ordered_by_itself(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet
) -> None:
    other = await make_product(session, code="NUT-1", pack_size=Decimal(1))
    await make_order(session, outlet, lines=[(other, 7)], business_date=date(2026, 11, 20))
    answer = await fetch(api, app, session)
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    assert [sheet.cell(row, 8).value for row in (FIRST_LINE, FIRST_LINE + 1)] == [12, 7]
    assert filled_in(answer.content, lambda _: None).lines == []


async def test_a_form_that_is_filled_in_comes_back_as_an_order(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet
) -> None:
    def fill(sheet: Any) -> None:
        sheet.cell(FIRST_LINE, 9, 24)
        sheet["B6"] = "to the back door"

    said = filled_in((await fetch(api, app, session)).content, fill)
    assert said.problems == []
    assert (said.outlet_code, said.delivery_date, said.comment) == ("PAT-0042", "2026-11-24", "to the back door")
    assert said.lines == [("CHO-100", "24", "1.15")]
    assert said.form_id is not None
    assert said.form_id[14] == "7"


async def test_each_download_is_a_form_of_its_own(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet
) -> None:
    ids = {filled_in((await fetch(api, app, session)).content, lambda _: None).form_id for _ in range(2)}
    assert len(ids) == 2


async def test_only_what_is_to_be_filled_in_is_open(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet
) -> None:
    sheet: Any = load_workbook(io.BytesIO((await fetch(api, app, session)).content)).active
    assert sheet.protection.sheet
    opened = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert opened == {"B5", "B6", "I10"}
    assert [sheet.row_dimensions[row].hidden for row in (6, 7, 8)] == [False, True, True]


async def test_quantities_are_checked_in_the_cells_by_the_pack(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet
) -> None:
    sheet: Any = load_workbook(io.BytesIO((await fetch(api, app, session)).content)).active
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules["B5"] == "DATE(2026,11,23)"
    assert rules["I10"] == "AND(ISNUMBER(I10),I10>=0,ROUND(I10/E10,6)=ROUND(I10/E10,0))"


async def test_the_csv_form_is_read_as_it_was_written(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet
) -> None:
    answer = await fetch(api, app, session, "csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[-1] == "CHO-100,'=Dark,chocolate,piece,6,1.15,10,12,,"
    said = said_by(answer.content.replace(b",12,,", b",12,24,"))
    assert (said.outlet_code, said.lines, said.problems) == ("PAT-0042", [("CHO-100", "24", "1.15")], [])


@pytest.mark.parametrize(
    ("order_date", "delivery_date"),
    [
        ("2026-12-03", "2026-12-04"),
        ("2026-12-04", "2026-12-07"),
        ("2026-11-27", "2026-11-30"),
        ("2026-12-24", "2026-12-28"),
    ],
)
async def test_a_form_proposes_the_next_working_day_of_the_territory(
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    territory: Territory,
    outlet: Outlet,
    order_date: str,
    delivery_date: str,
) -> None:
    territory.holidays = [date(2026, 12, 25)]
    answer = await fetch(api, app, session, "csv", order_date=order_date)
    assert said_by(answer.content).delivery_date == delivery_date


@pytest.mark.parametrize(("territorys", "own", "title"), [("el", None, "Ποσότητα"), ("el", "ru", "Количество")])
async def test_a_form_in_another_language_is_read_as_one_in_english(
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    territory: Territory,
    outlet: Outlet,
    territorys: str,
    own: str | None,
    title: str,
) -> None:
    territory.language, outlet.language = territorys, own

    def fill(sheet: Any) -> None:
        assert sheet.cell(FIRST_LINE - 1, 9).value == title
        sheet.cell(FIRST_LINE, 9, 24)
        sheet["B6"] = "ναι"

    said = filled_in((await fetch(api, app, session)).content, fill)
    assert (said.outlet_code, said.delivery_date, said.comment) == ("PAT-0042", "2026-11-24", "ναι")
    assert (said.lines, said.names, said.problems) == ([("CHO-100", "24", "1.15")], ["=Dark"], [])
    assert said.form_id is not None


async def test_an_outlet_out_of_sight_or_no_longer_served_has_no_form(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, territory: Territory, outlet: Outlet
) -> None:
    stranger = await make_user(session, role=Role.SUPERVISOR)
    await make_outlet(session, territory, code="PAT-0043", active=False)
    assert (await fetch(api, app, session, outlet_code="PAT-0043")).status_code == 404
    answer = await api.get("/v1/order-form.csv?outlet_code=PAT-0042", headers=bearer(app, stranger))
    assert answer.status_code == 404


async def test_a_form_takes_a_fixed_number_of_statements(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlet: Outlet, statements: Statements
) -> None:
    async def count() -> int:
        await statements.taken()
        await fetch(api, app, session, "csv")
        return len(await statements.taken())

    few = await count()
    for _ in range(20):
        await make_product(session)
    assert await count() == few
