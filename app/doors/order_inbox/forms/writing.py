"""The order form as a file: a workbook to fill in, or CSV. Pure functions: they are called in a thread."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from app.doors.order_inbox.forms.columns import (
    COLUMNS,
    COMMENT,
    DELIVERY_DATE,
    FIELDS,
    FORM_ID,
    FORM_VERSION,
    OUTLET_CODE,
    PRODUCT_CODE,
    QUANTITY,
    UNIT_PRICE,
    VERSION,
)
from app.ground.web.fields import decimal_text
from app.ground.web.spreadsheets import harmless, storable

MOST_PRODUCTS = 9_000
"""What a form holds: `form_grids` reads 10,000 rows of it, and 100,000 cells."""

_WIDTHS = {PRODUCT_CODE: 16, "product": 36, "group": 16, UNIT_PRICE: 11, QUANTITY: 11, "line_value": 12}
_LOCKED, _OPEN = Protection(locked=True), Protection(locked=False)
_TO_FILL_IN = PatternFill("solid", fgColor="FFF4CC")
_HEADING = PatternFill("solid", fgColor="DDE5EE")
_BOLD = Font(bold=True)
_MONEY, _AMOUNT = "#,##0.00##", "#,##0.####"
_FIRST_FIELD_ROW = 3


@dataclass(frozen=True, slots=True)
class FormRow:
    """A product that an outlet can order, at its price. `must_stock`: at least so many an order, where agreed (M1)."""

    product_code: str
    name: str
    group: str | None
    unit: str
    pack_size: Decimal
    unit_price: Decimal
    must_stock: Decimal | None
    suggested: Decimal | None


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """A form for one outlet, not yet filled in: no quantity is, so that nobody orders by sending it back as it is."""

    id: UUID
    outlet_code: str
    outlet_name: str
    order_date: date
    delivery_date: date
    min_order_value: Decimal | None
    rows: Sequence[FormRow]


def csv_form(sheet: OrderSheet) -> bytes:
    """UTF-8 with a mark, which spreadsheet programs ask for; the fields above the table, as in the workbook."""
    out = io.StringIO()
    writer = csv.writer(out)
    values = _field_values(sheet)
    writer.writerows((name, harmless(values[name])) for name in FIELDS)
    writer.writerow(())
    writer.writerow(COLUMNS)
    for row in sheet.rows:
        told = _row_values(row)
        writer.writerow([_csv_cell(told.get(name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_form(sheet: OrderSheet) -> bytes:
    """A workbook: what is to be filled in is coloured and open, all else is locked (without a password)."""
    book = Workbook()
    form = book.active
    if form is None:
        raise ValueError("a new workbook has a sheet")
    form.title = "Order form"
    _write_fields(form, sheet)
    heading = _FIRST_FIELD_ROW + len(FIELDS)
    _write_table(form, sheet, heading)
    _validate(form, sheet, heading)
    form.freeze_panes = f"C{heading + 1}"
    form.print_title_rows = f"{heading}:{heading}"
    form.page_setup.orientation = "landscape"
    form.page_setup.fitToHeight = 0
    form.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    protection = form.protection
    protection.sheet = True
    # whoever wants a column wider, or only the rows of one group, shall have it
    protection.formatColumns = protection.formatRows = protection.autoFilter = False
    form.auto_filter.ref = f"A{heading}:{get_column_letter(len(COLUMNS))}{heading + max(len(sheet.rows), 1)}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _field_values(sheet: OrderSheet) -> dict[str, Any]:
    return {
        OUTLET_CODE: sheet.outlet_code,
        "outlet": sheet.outlet_name,
        DELIVERY_DATE: sheet.delivery_date,
        COMMENT: "",
        FORM_ID: str(sheet.id),
        VERSION: FORM_VERSION,
    }


def _row_values(row: FormRow) -> dict[str, Any]:
    return {
        PRODUCT_CODE: row.product_code,
        "product": row.name,
        "group": row.group,
        "unit": row.unit,
        "pack_size": row.pack_size,
        UNIT_PRICE: row.unit_price,
        "must_stock": row.must_stock,
        "suggested_quantity": row.suggested,
    }


def _csv_cell(value: Any) -> Any:
    return decimal_text(value) if isinstance(value, Decimal) else harmless(value)


def _write_fields(form: Any, sheet: OrderSheet) -> None:
    form["A1"], form["A1"].font = "Order form", Font(bold=True, size=14)
    form["C1"] = "Fill in the coloured cells, save, and send the file back by mail. Each form orders once."
    if sheet.min_order_value is not None:
        form["H1"], form["J1"] = "Minimum order", sheet.min_order_value
        form["J1"].number_format = _MONEY
    for row, (name, value) in enumerate(_field_values(sheet).items(), _FIRST_FIELD_ROW):
        label = form.cell(row, 1, FIELDS[name])
        label.font = _BOLD
        cell = form.cell(row, 2)
        _put(cell, value)
        if name in {DELIVERY_DATE, COMMENT}:
            cell.protection, cell.fill = _OPEN, _TO_FILL_IN
        if name == DELIVERY_DATE:
            cell.number_format, cell.alignment = "yyyy-mm-dd", Alignment(horizontal="left")
        if name in {FORM_ID, VERSION}:
            form.row_dimensions[row].hidden = True


def _write_table(form: Any, sheet: OrderSheet, heading: int) -> None:
    letters = {name: get_column_letter(column) for column, name in enumerate(COLUMNS, 1)}
    for name, title in COLUMNS.items():
        cell = form[f"{letters[name]}{heading}"]
        cell.value, cell.font, cell.fill = title, _BOLD, _HEADING
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        form.column_dimensions[letters[name]].width = _WIDTHS.get(name, 10)
    last = heading + len(sheet.rows)
    for number, row in enumerate(sheet.rows, heading + 1):
        for name, value in _row_values(row).items():
            cell = form[f"{letters[name]}{number}"]
            _put(cell, value)
            if isinstance(value, Decimal):
                cell.number_format = _MONEY if name == UNIT_PRICE else _AMOUNT
        quantity = form[f"{letters[QUANTITY]}{number}"]
        quantity.protection, quantity.fill, quantity.number_format = _OPEN, _TO_FILL_IN, _AMOUNT
        if row.must_stock is not None:
            form[f"{letters['must_stock']}{number}"].font = _BOLD
        price = f"{letters[UNIT_PRICE]}{number}"
        value = form[f"{letters['line_value']}{number}"]
        value.value = f'=IF({quantity.coordinate}="","",{quantity.coordinate}*{price})'
        value.number_format = _MONEY
    if sheet.rows:
        form["H2"], form["H2"].font = "Order value", _BOLD
        form["J2"] = f"=SUM({letters['line_value']}{heading + 1}:{letters['line_value']}{last})"
        form["J2"].font, form["J2"].number_format = _BOLD, _MONEY


def _validate(form: Any, sheet: OrderSheet, heading: int) -> None:
    """What a spreadsheet program says while the form is filled in; the service judges it again (O2)."""
    names = list(COLUMNS)
    quantity = get_column_letter(names.index(QUANTITY) + 1)
    pack = get_column_letter(names.index("pack_size") + 1)
    first, last = heading + 1, heading + len(sheet.rows)
    day = DataValidation(
        type="date",
        operator="greaterThanOrEqual",
        formula1=f"DATE({sheet.order_date:%Y,%-m,%-d})",
        showErrorMessage=True,
        errorTitle="Delivery date",
        error=f"A day from {sheet.order_date} on.",
    )
    form.add_data_validation(day)
    day.add(f"B{_FIRST_FIELD_ROW + list(FIELDS).index(DELIVERY_DATE)}")
    if not sheet.rows:
        return
    packs = DataValidation(
        type="custom",
        formula1=(
            f"AND(ISNUMBER({quantity}{first}),{quantity}{first}>=0,"
            f"ROUND({quantity}{first}/{pack}{first},6)=ROUND({quantity}{first}/{pack}{first},0))"
        ),
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="Quantity",
        error="Pieces in whole packs: a multiple of the pack size beside it.",
    )
    form.add_data_validation(packs)
    packs.add(f"{quantity}{first}:{quantity}{last}")


def _put(cell: Any, value: Any) -> None:
    """A value into a cell; text stays text, also where it begins like a formula."""
    cell.value = storable(value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith("=")
