"""The order form as a file: a workbook to fill in, or CSV. Pure functions, called in a thread."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

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
    TITLES,
    UNIT_PRICE,
    VERSION,
)
from app.doors.order_inbox.forms.form_words import form_words
from app.ground import clock
from app.ground.web.amounts import decimal_text
from app.ground.web.spreadsheets import harmless, put

MOST_PRODUCTS = 9_000
"""What a form holds: `form_grids` reads 10,000 rows of it, and 100,000 cells."""

_WIDTHS = {PRODUCT_CODE: 16, "product": 36, "group": 16, UNIT_PRICE: 11, QUANTITY: 11, "line_value": 12}
_LONGEST_TITLE = 32
"""Of a message, as spreadsheet programs take it."""
_USUAL_WIDTH, _PIXELS_A_CHARACTER = 10, 7
_COLUMN = {name: column for column, name in enumerate(COLUMNS)}
_FIRST_FIELD_ROW = 2
_HEADING_ROW = _FIRST_FIELD_ROW + len(FIELDS)
_FIRST_ROW = _HEADING_ROW + 1
"""Rows and columns count from 0 on here, as XlsxWriter counts them."""

_BOLD = {"bold": True}
_TO_FILL_IN = {"locked": False, "bg_color": "#FFF4CC"}
_MONEY: dict[str, Any] = {"num_format": "#,##0.00##"}
_AMOUNT: dict[str, Any] = {}
"""No format of its own: `#,##0.####` would show `12.`, also in a CSV file that somebody makes of the form."""


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
    """A form for one outlet, not filled in: without quantities, so that nobody orders by sending it back as it is."""

    id: UUID
    outlet_code: str
    outlet_name: str
    order_date: date
    delivery_date: date
    min_order_value: Decimal | None
    rows: Sequence[FormRow]
    language: str = "en"


def csv_form(sheet: OrderSheet) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheet programs need; the fields above the table, as in the workbook."""
    out = io.StringIO()
    writer = csv.writer(out)
    values = _field_values(sheet)
    writer.writerows((name, harmless(values[name])) for name in FIELDS)
    writer.writerow(())
    writer.writerow(COLUMNS)
    for row in sheet.rows:
        values_by_name = _row_values(row)
        writer.writerow([_csv_cell(values_by_name.get(name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_form(sheet: OrderSheet) -> bytes:
    """A workbook: cells to fill in are coloured and open, all others are locked (without a password)."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": clock.now()})
        form = _Form(book, sheet.language)
        _write_fields(form, sheet)
        _write_table(form, sheet)
        _validate(form, sheet)
        _lay_out(form.cells, len(sheet.rows))
    return out.getvalue()


class _Form:
    """The sheet `cells` of a workbook, the formats of its cells, each made once, and its words in a language."""

    def __init__(self, book: Any, language: str) -> None:
        self.words, self.titles = form_words(language), TITLES.get(language, TITLES["en"])
        self.cells = book.add_worksheet(self.words.form)
        self._format = cache(lambda properties: book.add_format(dict(properties)))

    def style(self, *styles: dict[str, Any]) -> Any:
        """All of these properties together."""
        return self._format(tuple(sorted({name: value for style in styles for name, value in style.items()}.items())))

    def put(self, row: int, column: int, value: Any, *styles: dict[str, Any]) -> None:
        """A value into a cell; text stays text, also where it begins like a formula and somebody edits it."""
        quoted = {"quote_prefix": True} if isinstance(value, str) and value.startswith("=") else {}
        put(self.cells, row, column, value, self.style(*styles, quoted))


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


def _write_fields(form: _Form, sheet: OrderSheet) -> None:
    form.put(0, 0, form.words.form, _BOLD, {"font_size": 14})
    form.put(0, 2, form.words.how_to)
    if sheet.min_order_value is not None:
        form.put(0, 7, form.words.min_order)
        form.put(0, 9, sheet.min_order_value, _MONEY)
    for row, (name, value) in enumerate(_field_values(sheet).items(), _FIRST_FIELD_ROW):
        form.put(row, 0, form.titles[name], _BOLD)
        date_style = {"num_format": "yyyy-mm-dd", "align": "left"} if name == DELIVERY_DATE else {}
        form.put(row, 1, value, _TO_FILL_IN if name in {DELIVERY_DATE, COMMENT} else {}, date_style)
        if name in {FORM_ID, VERSION}:
            form.cells.set_row(row, None, None, {"hidden": True})


def _write_table(form: _Form, sheet: OrderSheet) -> None:
    for name in COLUMNS:
        heading_style = {"bg_color": "#DDE5EE", "text_wrap": True, "valign": "top"}
        form.put(_HEADING_ROW, _COLUMN[name], form.titles[name], _BOLD, heading_style)
        width = _WIDTHS.get(name, _USUAL_WIDTH) * _PIXELS_A_CHARACTER
        form.cells.set_column_pixels(_COLUMN[name], _COLUMN[name], width)
    value_style = form.style(_MONEY)
    for row, product in enumerate(sheet.rows, _FIRST_ROW):
        for name, value in _row_values(product).items():
            style = (_MONEY if name == UNIT_PRICE else _AMOUNT) if isinstance(value, Decimal) else {}
            form.put(row, _COLUMN[name], value, style, _BOLD if name == "must_stock" and value is not None else {})
        form.put(row, _COLUMN[QUANTITY], None, _TO_FILL_IN, _AMOUNT)
        quantity, price = (xl_rowcol_to_cell(row, _COLUMN[name]) for name in (QUANTITY, UNIT_PRICE))
        # programs that calculate nothing show the value beside the formula: nothing is ordered yet
        form.cells.write_formula(
            row, _COLUMN["line_value"], f'=IF({quantity}="","",{quantity}*{price})', value_style, ""
        )
    if sheet.rows:
        form.put(1, 7, form.words.order_value, _BOLD)
        values = xl_col_to_name(_COLUMN["line_value"])
        total = f"=SUM({values}{_FIRST_ROW + 1}:{values}{_FIRST_ROW + len(sheet.rows)})"
        form.cells.write_formula(1, 9, total, form.style(_BOLD, _MONEY), 0)


def _validate(form: _Form, sheet: OrderSheet) -> None:
    """What a spreadsheet program says while the form is filled in; the service judges it again (O2)."""
    day_row = _FIRST_FIELD_ROW + list(FIELDS).index(DELIVERY_DATE)
    day = {
        "validate": "date",
        "criteria": ">=",
        "value": f"=DATE({sheet.order_date:%Y,%-m,%-d})",
        "ignore_blank": False,
        "error_title": form.titles[DELIVERY_DATE][:_LONGEST_TITLE],
        "error_message": form.words.day_from.format(day=sheet.order_date),
    }
    form.cells.data_validation(day_row, 1, day_row, 1, day)
    if not sheet.rows:
        return
    quantity, pack = (xl_rowcol_to_cell(_FIRST_ROW, _COLUMN[name]) for name in (QUANTITY, "pack_size"))
    packs = {
        "validate": "custom",
        "value": (f"=AND(ISNUMBER({quantity}),{quantity}>=0,ROUND({quantity}/{pack},6)=ROUND({quantity}/{pack},0))"),
        "error_title": form.titles[QUANTITY][:_LONGEST_TITLE],
        "error_message": form.words.in_packs,
    }
    last_row = _HEADING_ROW + len(sheet.rows)
    form.cells.data_validation(_FIRST_ROW, _COLUMN[QUANTITY], last_row, _COLUMN[QUANTITY], packs)


def _lay_out(cells: Any, products: int) -> None:
    """Set how the sheet scrolls, prints and is filtered, and lock it."""
    cells.freeze_panes(_FIRST_ROW, 2)
    cells.repeat_rows(_HEADING_ROW)
    cells.set_landscape()
    cells.fit_to_pages(1, 0)
    cells.autofilter(_HEADING_ROW, 0, _HEADING_ROW + max(products, 1), len(COLUMNS) - 1)
    # people may widen a column, or filter the rows of one group
    allowed = ("format_columns", "format_rows", "autofilter", "objects", "scenarios")
    cells.protect("", dict.fromkeys(allowed, True))
