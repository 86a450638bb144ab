"""Workbooks as rows of an import: what each cell counts as, and which rows are rejected rather than guessed."""

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook
from pydantic import BaseModel

from app.doors.imports.errors import FileUnreadable
from app.doors.imports.files import FileRow
from app.field.visits.schemas import VisitBody
from app.masters.catalogue.schemas import PriceBody, ProductBody, StockBody
from app.masters.outlets.schemas import OutletBody
from app.masters.territories.schemas import RepBody, TerritoryBody
from tests.doors.imports.sheets import make_sheet, parts_of, rows_of
from tests.doors.order_inbox.forms.workbooks import make_raw_workbook, packed, text_cell

PRODUCT = ("code", "name", "list_price")
STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def text_row(line: int, texts: Sequence[str]) -> str:
    """A row of a sheet as XML."""
    cells = "".join(text_cell(f"{chr(65 + at)}{line}", text) for at, text in enumerate(texts))
    return f'<row r="{line}">{cells}</row>'


def codes(row: FileRow) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in row.problems]


def cell_in(column: str, value: Any, number_format: str = "General") -> Any:
    """What a cell of this column becomes, or the code of the problem with it."""
    model: type[BaseModel] = next(m for m, columns in _COLUMNS.items() if column in columns)

    def touch(sheet: Any) -> None:
        sheet["A2"].number_format = number_format

    [row] = rows_of(make_sheet([column], [value], touch=touch), model)
    place, *path = reversed(row.problems[0].pointer.split("/")[1:] if row.problems else column.split("."))
    pointer = "/" + column.replace(".", "/")
    mine = [problem.code for problem in row.problems if problem.pointer.startswith(pointer)]
    if mine:
        return mine[0]
    target: Any = row.raw
    *path, place = column.split(".")
    for part in path:
        target = target[part]
    return target[place]


_COLUMNS: dict[type[BaseModel], set[str]] = {
    ProductBody: {"code", "name", "gtin", "list_price", "pack_size", "active"},
    PriceBody: {"valid_from", "valid_to"},
    OutletBody: {"phone", "location.lat", "location.radius_m", "terms.allowed_weekdays", "terms.min_gap_days"},
    TerritoryBody: {"order_cutoff", "holidays"},
    StockBody: {"as_of"},
    VisitBody: {"visit_date", "sequence"},
}


@pytest.mark.parametrize(
    ("column", "value", "number_format", "meant"),
    [
        # codes
        ("code", "00123", "General", "00123"),
        ("code", 123, "00000", "00123"),
        ("code", 4711, "General", "4711"),
        ("code", 4711.0, "0", "4711"),
        ("code", date(2026, 2, 1), "d-mmm", "date_in_cell"),
        ("code", time(1, 20), "h:mm", "time_in_cell"),
        ("gtin", 5201234567890, "General", "5201234567890"),
        ("code", 1234567890123456, "0", "shortened_code"),
        ("name", 0.35, "0%", "35%"),
        ("name", 0.355, "0.0%", "35.5%"),
        ("phone", 306912345678, "General", "306912345678"),
        ("name", "null", "General", "null"),
        ("gtin", "null", "General", None),
        # numbers
        ("list_price", 1.15, "General", "1.15"),
        ("list_price", 3.4499999999999997, "General", "3.45"),
        ("list_price", 0.1 + 0.2, "#,##0.00 €", "0.3"),
        ("list_price", 0.35, "0%", "0.35"),
        ("list_price", "1,15", "General", "1.15"),
        ("list_price", "1 234,50", "General", "1234.5"),
        ("list_price", "1\u00a0234,50", "General", "1234.5"),
        ("list_price", "1.234,50", "General", "1234.5"),
        ("list_price", "1,200", "General", "ambiguous_number"),
        ("list_price", "1.200", "General", "ambiguous_number"),
        ("list_price", "12 €", "General", "decimal_text"),
        ("list_price", date(2015, 1, 1), "dd.mm.yy", "date_in_cell"),
        ("list_price", True, "General", "decimal_text"),
        ("list_price", "#DIV/0!", "General", "cell_error"),
        ("list_price", "=1+1", "General", "formula_without_value"),
        ("location.lat", 38.2080319, "General", 38.2080319),
        ("location.lat", "38,208", "General", 38.208),
        ("location.lat", "38.208", "General", 38.208),
        ("location.radius_m", "80.000", "General", 80.0),
        ("sequence", 3.0, "General", 3),
        ("sequence", 3.5, "General", "int_type"),
        ("terms.min_gap_days", "2", "General", 2),
        # days and times
        ("visit_date", date(2026, 11, 24), "dd/mm/yyyy", "2026-11-24"),
        ("visit_date", datetime.combine(date(2026, 11, 24), time(9, 30)), "dd/mm/yyyy hh:mm", "2026-11-24"),
        ("visit_date", 46350, "General", "2026-11-24"),
        ("visit_date", 20261124, "General", "2026-11-24"),
        ("visit_date", 2026, "General", "date_out_of_range"),
        ("visit_date", "24.11.2026", "General", "2026-11-24"),
        ("visit_date", "05/06/2026", "General", "ambiguous_date"),
        ("valid_to", date(9999, 12, 31), "yyyy-mm-dd", "9999-12-31"),
        ("valid_from", "1900-01-01", "General", "1900-01-01"),
        ("holidays", date(2026, 12, 25), "yyyy-mm-dd", ["2026-12-25"]),
        ("order_cutoff", time(17, 0), "hh:mm", "17:00"),
        ("order_cutoff", 0.708333, "hh:mm", "17:00"),
        ("order_cutoff", timedelta(hours=8, minutes=30), "[h]:mm", "08:30"),
        ("order_cutoff", 17 / 24, "General", "17:00"),
        ("order_cutoff", "8:30", "General", "08:30"),
        ("order_cutoff", 17, "General", "wall_time"),
        ("as_of", "2026-11-23T06:00:00+02:00", "General", "2026-11-23T06:00:00+02:00"),
        ("as_of", datetime.combine(date(2026, 11, 23), time(6)), "yyyy-mm-dd hh:mm", "no_offset"),
        # flags and lists
        ("active", True, "General", True),
        ("active", False, "General", False),
        ("active", 1, "General", True),
        ("active", "no", "General", False),
        ("terms.allowed_weekdays", "1|2|3", "General", [1, 2, 3]),
        ("terms.allowed_weekdays", "1,2", "General", [1, 2]),
        ("terms.allowed_weekdays", 5, "General", [5]),
    ],
)
def test_a_cell_counts_by_what_it_holds(column: str, value: object, number_format: str, meant: object) -> None:
    read = cell_in(column, value, number_format)
    assert (read, type(read)) == (meant, type(meant))


def test_a_workbook_by_xlsxwriter_has_its_rows_by_their_lines() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Empty")
        hidden = book.add_worksheet("Old list")
        hidden.write_row(0, 0, ["colour"])
        hidden.hide()
        sheet = book.add_worksheet("Products")
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(1, 1, ["price", " product_code ", "valid_from"])
        sheet.write_row(2, 1, [1.15, "CHO-100"])
        sheet.write_datetime(2, 3, datetime.combine(date(2026, 11, 1), time.min), day)
        sheet.write_row(4, 1, [2, "  "])
        sheet.write_row(5, 2, [" "])
        sheet.write_formula(6, 1, "=6*2")
        sheet.write_row(6, 2, ["LEM-033", "2026-11-01"])
        sheet.write(7, 5, "a remark")
    rows = rows_of(out.getvalue(), PriceBody)
    assert rows[0].body == PriceBody(product_code="CHO-100", price=Decimal("1.15"), valid_from=date(2026, 11, 1))
    assert [(row.line, row.body is not None) for row in rows] == [(3, True), (5, False), (7, False), (8, False)]
    assert codes(rows[1]) == [("/product_code", "missing"), ("/valid_from", "missing")]
    # XlsxWriter calculates nothing: it writes 0 beside a formula, to be calculated on load
    assert codes(rows[2]) == [("/price", "formula_without_value")]


def test_a_formula_counts_by_its_stored_value_and_one_without_is_named_by_its_cell() -> None:
    row = f'<row r="2">{text_cell("A2", "CHO")}{text_cell("B2", "Choc")}'
    heading = (
        f'<row r="1">{"".join(text_cell(f"{place}1", name) for place, name in zip("ABC", PRODUCT, strict=True))}</row>'
    )
    [valued] = rows_of(make_raw_workbook(f'{heading}{row}<c r="C2"><f>6*2</f><v>12</v></c></row>'), ProductBody)
    assert valued.body == ProductBody(code="CHO", name="Choc", list_price=Decimal(12))
    [unknown] = rows_of(make_raw_workbook(f'{heading}{row}<c r="C2"><f>6*2</f></c></row>'), ProductBody)
    assert codes(unknown) == [("/list_price", "formula_without_value")]
    assert unknown.problems[0].message.startswith("C2: The cell holds a formula")


def test_days_of_a_workbook_that_counts_from_1904_are_the_days_that_it_shows() -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 # openpyxl's own constant is one without a zone
    sheet: Any = book.active
    sheet.append(["rep_code", "outlet_code", "visit_date"])
    sheet.append(["R", "O", date(2026, 11, 24)])
    out = io.BytesIO()
    book.save(out)
    [row] = rows_of(out.getvalue(), VisitBody)
    assert row.body == VisitBody(rep_code="R", outlet_code="O", visit_date=date(2026, 11, 24))


def test_strict_open_xml_with_the_part_names_of_1c_is_read_like_any_other() -> None:
    sheet = text_row(1, PRODUCT) + text_row(2, ("00123", "Шоколад", "1,15"))
    parts = parts_of(make_raw_workbook(sheet))
    for name, part in parts.items():
        text = part
        for transitional, strict in STRICT.items():
            text = text.replace(transitional, strict)
        parts[name] = text
    parts["xl/worksheets/Sheet1.xml"] = parts.pop("xl/worksheets/sheet1.xml")
    [row] = rows_of(packed({name.replace("/", "\\"): part for name, part in parts.items()}), ProductBody)
    assert row.body == ProductBody(code="00123", name="Шоколад", list_price=Decimal("1.15"))


def test_rows_that_are_hidden_are_rejected_and_hidden_columns_are_read() -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["C"].hidden = True

    hidden, seen = rows_of(make_sheet(PRODUCT, ("A", "a", 1), ("B", "b", 2), touch=hide), ProductBody)
    assert (hidden.line, codes(hidden)) == (2, [("", "hidden_row")])
    assert seen.body == ProductBody(code="B", name="b", list_price=Decimal(2))


def test_a_cell_that_is_merged_downwards_counts_beside_each_row_and_one_across_for_none() -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("C2:C3")
        sheet.merge_cells("A4:B4")

    rows = rows_of(
        make_sheet(("code", "name", "territory_code"), ("A", "a", "T"), ("B", "b"), ("C", None, "T"), touch=merge),
        RepBody,
    )
    assert [row.body.territory_code for row in rows[:2] if isinstance(row.body, RepBody)] == ["T", "T"]
    assert codes(rows[2]) == [("", "merged_cells")]
    assert "A4:B4" in rows[2].problems[0].message


def test_what_stands_under_no_heading_rejects_its_row_by_the_cell() -> None:
    stray, sound = rows_of(make_sheet(PRODUCT, ("A", "a", 1, None, "x"), ("B", "b", 2)), ProductBody)
    assert codes(stray) == [("", "ragged")]
    assert stray.problems[0].message.startswith("E2")
    assert sound.body is not None


@pytest.mark.parametrize(
    ("heading", "pointer"),
    [
        (("code", "colour"), "/header/colour"),
        (("code", "name", "code"), "/header/code"),
        (("code", "=A1"), "/header/B1"),
    ],
)
def test_a_heading_that_is_not_right_refuses_the_file(heading: tuple[str, ...], pointer: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        rows_of(make_sheet(heading, ("A", "a")), ProductBody)
    assert [problem.pointer for problem in refused.value.errors] == [pointer]


def test_numbers_that_are_texts_show_the_mark_of_their_column_where_their_rows_are_seen() -> None:
    heading = ("code", "name", "list_price")
    content = make_sheet(heading, ("A", "a", "12.000"), ("B", "b", "1.15"), ("C", "c", 7.25))
    assert [row.raw["list_price"] for row in rows_of(content, ProductBody)] == ["12.000", "1.15", "7.25"]

    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True

    content = make_sheet(heading, ("A", "a", "12.000"), ("B", "b", "1.15"), ("C", "c", 7.25), touch=hide)
    codes = [[problem.code for problem in row.problems] for row in rows_of(content, ProductBody)]
    assert codes == [["ambiguous_number"], ["hidden_row"], []]
