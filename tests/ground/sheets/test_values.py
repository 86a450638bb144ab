from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from app.ground.sheets.cells import Cell, CellKind, column_letters
from app.ground.sheets.days import day_in
from app.ground.sheets.values import Unclear, number_in


def text(value: str) -> Cell:
    return Cell(CellKind.TEXT, value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12", "12"),
        ("12,0", "12"),
        ("12.50", "12.5"),
        ("1 200", "1200"),
        ("1\u00a0200,5", "1200.5"),
        ("1.200,50", "1200.5"),
        ("1,200.50", "1200.5"),
        ("1.200.300", "1200300"),
        ("-6", "-6"),
        ("0,125", "0.125"),
    ],
)
def test_a_number_is_understood_however_it_is_written(written: str, meant: str) -> None:
    assert number_in(text(written)) == meant


@pytest.mark.parametrize("written", ["1.200", "12,000", "999.999"])
def test_a_number_that_may_mean_two_is_not_guessed(written: str) -> None:
    with pytest.raises(Unclear) as unclear:
        number_in(text(written))
    assert unclear.value.code == "ambiguous_number"


@pytest.mark.parametrize("written", ["a dozen", "12 boxes", "٣", "1e3", "NaN", "=6*2", "9" * 41])
def test_what_is_no_number_is_told(written: str) -> None:
    with pytest.raises(Unclear) as unclear:
        number_in(text(written))
    assert unclear.value.code == "not_a_number"


def test_a_workbooks_binary_fraction_is_the_decimal_that_was_typed() -> None:
    assert number_in(Cell(CellKind.NUMBER, "0.30000000000000004")) == "0.3"


def test_a_number_beyond_what_a_form_takes_is_told() -> None:
    with pytest.raises(Unclear) as unclear:
        number_in(Cell(CellKind.NUMBER, "1e999"))
    assert unclear.value.code == "number_out_of_range"


def test_a_formula_without_a_value_tells_what_to_do() -> None:
    with pytest.raises(Unclear, match="save the file in a spreadsheet program"):
        number_in(Cell(CellKind.FORMULA, ""))


@given(st.decimals(min_value=0, max_value=99_999, places=2))
def test_a_decimal_comes_back_with_either_mark(amount: Decimal) -> None:
    for written in (f"{amount:f}", f"{amount:f}".replace(".", ",")):
        assert Decimal(number_in(text(written))) == amount


@pytest.mark.parametrize(
    "cell",
    [
        text("2026-11-27"),
        text("27.11.2026"),
        text("27/11/2026"),
        text("11/27/2026"),
        Cell(CellKind.DATE, "2026-11-27"),
        Cell(CellKind.NUMBER, "46353"),
    ],
)
def test_a_day_is_understood_however_it_is_written(cell: Cell) -> None:
    assert day_in(cell, epoch_1904=False) == "2026-11-27"


def test_the_other_calendar_of_spreadsheets_counts_from_1904() -> None:
    assert day_in(Cell(CellKind.NUMBER, "44891"), epoch_1904=True) == "2026-11-27"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("05/06/2026", "ambiguous_date"),
        ("tomorrow", "not_a_date"),
        ("31.02.2026", "not_a_date"),
        ("1999-12-31", "date_out_of_range"),
        # found by expressions that would take longer than the cell is long: 18 s for one of 32,000 characters
        ("a" + " " * 200_000 + "b", "not_a_date"),
    ],
)
def test_a_day_that_is_not_clear_is_told(written: str, code: str) -> None:
    with pytest.raises(Unclear) as unclear:
        day_in(text(written), epoch_1904=False)
    assert unclear.value.code == code


def test_columns_are_called_as_spreadsheets_call_them() -> None:
    columns = [*range(1, 1500), 16_384, 18_278]
    assert [column_letters(column) for column in columns] == [get_column_letter(column) for column in columns]
