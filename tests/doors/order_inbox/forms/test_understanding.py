"""The form, however much a person has moved about in it."""

from collections.abc import Sequence

import pytest

from app.doors.order_inbox.forms.understanding import MOST_LINES, ReadSheet, understand
from app.ground.sheets.cells import Cell, CellKind, Grid, Merge, SheetUnreadable

FORM = [
    ["Outlet code", "PAT-0042"],
    ["Delivery date", "2026-11-27"],
    ["Form id", "0193583f-1a2b-7d4c-8e5f-0a1b2c3d4e5f"],
    [],
    ["Product code", "Product", "Unit price", "Quantity"],
    ["CHO-100", "Chocolate", "1.15", "12"],
    ["BIS-100", "Biscuits", "1.40", ""],
    ["JUI-100", "Juice", "0.80", "6"],
]


def grid(rows: Sequence[Sequence[str]], *merges: Merge, name: str = "Order") -> Grid:
    cells = {
        row: {column: Cell(CellKind.TEXT, value) for column, value in enumerate(values, 1) if value}
        for row, values in enumerate(rows, 1)
    }
    return Grid(name, {row: columns for row, columns in cells.items() if columns}, merges)


def codes(sheet: ReadSheet) -> set[tuple[str, str]]:
    return {(pointer, code) for pointer, code, _ in sheet.problems}


def test_the_form_as_it_was_sent_out_is_read() -> None:
    sheet = understand([grid(FORM)])
    assert (sheet.outlet_code, sheet.delivery_date, sheet.problems) == ("PAT-0042", "2026-11-27", [])
    assert sheet.lines == [("CHO-100", "12", "1.15"), ("JUI-100", "6", "0.8")]


def test_every_field_tells_its_cell() -> None:
    cells = understand([grid(FORM)]).cells
    assert (cells["/outlet_code"], cells["/lines/1/quantity"]) == ("B1", "D8")


def test_columns_may_be_moved_and_rows_sorted() -> None:
    moved = [["Quantity", "Product code"], ["6", "JUI-100"], ["12", "CHO-100"]]
    assert understand([grid(FORM[:4] + moved)]).lines == [("JUI-100", "6", None), ("CHO-100", "12", None)]


def test_other_sheets_and_new_names_of_sheets_do_no_harm() -> None:
    sheets = [grid([["Notes", "call me"]], name="Sheet2"), grid(FORM, name="renamed")]
    assert understand(sheets).problems == []


def test_zero_and_a_dash_order_nothing() -> None:
    rows = [*FORM[:5], ["CHO-100", "", "", "0"], ["BIS-100", "", "", "-"], ["JUI-100", "", "", "6"]]
    assert [code for code, _, _ in understand([grid(rows)]).lines] == ["JUI-100"]


def test_a_quantity_without_a_product_is_told_with_its_cell() -> None:
    sheet = understand([grid([*FORM, ["", "", "", "5"]])])
    assert codes(sheet) == {("/lines/2/product_code", "product_code_missing")}
    assert sheet.cells["/lines/2/product_code"] == "A9"


def test_a_total_is_no_line() -> None:
    assert len(understand([grid([*FORM, ["Total", "", "", "18"]])]).lines) == 2


def test_what_is_missing_and_what_is_unclear_is_told_all_at_once() -> None:
    rows = [["Delivery date", "05/06/2026"], *FORM[4:], ["WAF-100", "", "cheap", "1.200"]]
    assert codes(understand([grid(rows)])) == {
        ("/outlet_code", "outlet_code_missing"),
        ("/delivery_date", "ambiguous_date"),
        ("/lines/2/quantity", "ambiguous_number"),
        ("/lines/2/unit_price", "not_a_number"),
    }


def test_a_quantity_merged_over_two_products_is_not_shared_out_by_guessing() -> None:
    merged = grid([*FORM[:5], ["CHO-100", "", "", "12"], ["BIS-100"]], Merge(6, 4, 7, 4))
    assert ("/lines/0/quantity", "merged_quantity") in codes(understand([merged]))


def test_a_file_without_the_table_is_not_the_order_form() -> None:
    with pytest.raises(SheetUnreadable) as unreadable:
        understand([grid([["Dear Sirs", "please send 12 boxes"]])])
    assert unreadable.value.code == "no_order_table"


def test_two_forms_in_one_file_are_told_apart_by_nobody() -> None:
    with pytest.raises(SheetUnreadable) as unreadable:
        understand([grid(FORM), grid(FORM, name="Second")])
    assert unreadable.value.code == "several_forms"


def test_too_many_lines_are_told() -> None:
    rows = [*FORM[:5], *([f"P-{number}", "", "", "1"] for number in range(MOST_LINES + 1))]
    sheet = understand([grid(rows)])
    assert (codes(sheet), len(sheet.lines)) == ({("/lines", "too_many_lines")}, MOST_LINES)
