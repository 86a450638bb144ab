"""The order form as a workbook: what a person sees of it, and what becomes of text that looks like something else."""

import io
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from openpyxl import load_workbook

from app.doors.order_inbox.forms.form_requests import form_request
from app.doors.order_inbox.forms.reader_process import read_form
from app.doors.order_inbox.forms.writing import MOST_PRODUCTS, FormRow, OrderSheet, xlsx_form

FORM_ID = UUID("0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a")


def make_row(**values: Any) -> FormRow:
    defaults = {"product_code": "CHO-100", "name": "Dark", "group": None, "unit": "piece", "pack_size": Decimal(6)}
    prices = {"unit_price": Decimal("1.15"), "must_stock": None, "suggested": None}
    return FormRow(**(defaults | prices | values))


def make_sheet(*rows: FormRow) -> OrderSheet:
    return OrderSheet(FORM_ID, "PAT-0042", "Kiosk", date(2026, 11, 3), date(2026, 11, 4), None, rows or (make_row(),))


def sheet_of(form: OrderSheet, **how: Any) -> Any:
    return load_workbook(io.BytesIO(xlsx_form(form)), **how).active


@pytest.mark.parametrize(
    "text",
    ["=1+1", "{=1+1}", "+1", "-1", "@SUM(A1)", "'", "<r>a & b</r>", "<r>", "https://example.com", " 007 ", "1e3"],
)
def test_text_stays_text_whatever_it_looks_like(text: str) -> None:
    cell = sheet_of(make_sheet(make_row(name=text)))["B10"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert cell.quotePrefix is text.startswith("=")


def test_what_no_workbook_can_hold_is_left_out() -> None:
    assert sheet_of(make_sheet(make_row(name="Da\x00r\x1fk\uffff")))["B10"].value == "Dark"


@pytest.mark.parametrize("price", ["1.15", "0.0001", "1234567890.1234", "1.00", "0"])
def test_prices_are_the_numbers_that_they_are(price: str) -> None:
    cell = sheet_of(make_sheet(make_row(unit_price=Decimal(price))))["F10"]
    assert (Decimal(str(cell.value)), cell.data_type, cell.number_format) == (Decimal(price), "n", "#,##0.00##")


def test_a_day_is_a_day_without_a_zone() -> None:
    cell = sheet_of(make_sheet())["B5"]
    assert (cell.value.isoformat(), cell.number_format) == ("2026-11-04T00:00:00", "yyyy-mm-dd")


def test_values_follow_what_is_filled_in_and_nothing_is_until_then() -> None:
    form = make_sheet(make_row(), make_row(product_code="CHO-101"))
    formulas, values = sheet_of(form), sheet_of(form, data_only=True)
    assert [formulas[cell].value for cell in ("J2", "J11")] == ["=SUM(J10:J11)", '=IF(I11="","",I11*F11)']
    assert [values[cell].value for cell in ("J2", "J11")] == [0, None]


def test_a_sheet_scrolls_under_its_heading_and_prints_a_page_wide() -> None:
    sheet = sheet_of(make_sheet())
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.auto_filter.ref) == ("C10", "$9:$9", "A9:J10")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert [sheet.column_dimensions[column].width for column in "ABCDFIJ"] == [16, 36, 16, 10, 11, 11, 12]


def test_without_products_the_form_is_still_one() -> None:
    form = OrderSheet(FORM_ID, "PAT-0042", "Kiosk", date(2026, 11, 3), date(2026, 11, 4), Decimal(50), ())
    sheet = sheet_of(form)
    assert (sheet["J1"].value, sheet["J2"].value, sheet.max_row) == (50, None, 9)


def test_the_largest_form_is_read() -> None:
    rows = [make_row(product_code=f"CHO-{number}", name="Dark " * 20) for number in range(MOST_PRODUCTS)]
    said = orjson.loads(read_form(form_request(xlsx_form(make_sheet(*rows)))))
    assert (said["outlet_code"], said["form_id"], said["problems"]) == ("PAT-0042", str(FORM_ID), [])
