"""A statement, and a month's, as workbooks for a payroll clerk: words, number formats, sums that are right."""

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from app.ground.web.report_files import ReportFile, Row, xlsx_chunks
from app.motivation.points.rules import PointsRule
from app.motivation.statements import reports
from app.motivation.statements.rules import Statement
from app.motivation.statements.statement_words import LANGUAGES, statement_words
from app.motivation.statements.workbooks import statement_workbook
from tests.factories.statements import a_statement, void
from tests.workbooks import rows_of, sheet_of


def test_a_statement_as_a_workbook_reads_like_its_page() -> None:
    sheet = sheet_of(statement_workbook(a_statement(open_appeals=2), "Hellenic Sweets", "en"))
    assert sheet.title == "Points statement"
    assert rows_of(sheet) == [
        ("Points statement for November 2026",),
        ("Company", "Hellenic Sweets"),
        ("Rep", "Anna Georgiou (PAT-R1)"),
        ("Territory", "Patras (PAT)"),
        ("Number", "PAT-2026-11-0001"),
        ("Issued on", "3 December 2026"),
        (),
        ("What for", "Month corrected", "Count", "Points"),
        ("Opening balance", None, None, 340),
        ("Order in time", None, 1212, 1212),
        ("No order by the cutoff", None, 2, -20),
        ("No order by the cutoff", "October 2026", -1, 10),
        ("Total", None, None, 1202),
        ("Closing balance", None, None, 1542),
        (),
        ("Value of a point", 0.5),
        ("Amount", 601),
        ("Currency", "EUR"),
        ("Open appeals", 2),
    ]


def test_its_sums_are_formulas_over_its_rows() -> None:
    sheet = sheet_of(statement_workbook(a_statement(), "", "en"), values=False)
    formulas = {cell.coordinate: cell.value for row in sheet for cell in row if cell.data_type == "f"}
    assert formulas == {"D12": "=SUM(D9:D11)", "D13": "=D8+D12"}
    assert [sheet[place].value for place in ("A8", "D8", "A9", "A11")] == [
        "Opening balance",
        340,
        "Order in time",
        "No order by the cutoff",
    ]
    assert {sheet[place].number_format for place in ("D8", "D9", "D12", "C9")} == {"#,##0"}
    assert [sheet[place].number_format for place in ("B15", "B16")] == ["#,##0.00##"] * 2


def test_a_statement_without_lines_sums_up_to_nothing() -> None:
    sheet = sheet_of(statement_workbook(a_statement(lines=(), point_value=None, currency=None), "", "en"))
    assert rows_of(sheet)[-5:] == [
        ("Opening balance", None, None, 340),
        ("Total", None, None, 0),
        ("Closing balance", None, None, 340),
        (),
        ("Open appeals", 0),
    ]


def test_a_void_statement_says_so_under_its_title() -> None:
    note = "VOID. Void since 5 December 2026: the month was reopened. It has, or gets, another statement."
    assert rows_of(sheet_of(statement_workbook(void(), "", "en")))[1] == (note,)
    assert note not in {cell for row in rows_of(sheet_of(statement_workbook(a_statement(), "", "en"))) for cell in row}


def test_it_prints_on_one_width_of_a4() -> None:
    sheet = sheet_of(statement_workbook(a_statement(), "", "en"))
    assert sheet.page_setup.paperSize == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$7:$7"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_statement_is_the_same_bytes_in_each_language(language: str) -> None:
    first, again = (statement_workbook(a_statement(), "", language) for _ in range(2))
    assert first == again
    created = load_workbook(io.BytesIO(first)).properties.created
    assert created == a_statement().issued_at.replace(tzinfo=None), "it is dated by the statement, by no clock"
    assert statement_words(language).closing in {row[0] for row in rows_of(sheet_of(first)) if row}


@pytest.mark.parametrize("name", ["=SUM(A1)", "+30 2610", "@x", "<r>&amp;</r>", "a\x07b", "{=1}", "&L&P"])
def test_a_hostile_name_is_text(name: str) -> None:
    statement = a_statement(rep_name=name, territory_name=name)
    sheet = sheet_of(statement_workbook(statement, name, "en"), values=False)
    assert len([cell for row in sheet for cell in row if cell.data_type == "f"]) == 2
    assert name.replace("\x07", "") in {cell for row in sheet.values for cell in row}


async def month_sheet(*statements: Statement, language: str = "en", values: bool = True) -> Any:
    """The workbook of these statements' month."""

    async def pages() -> AsyncIterator[Sequence[Row]]:
        for statement in statements:
            yield [reports._row(statement)]

    words = statement_words(language)
    its = ReportFile(
        "statements-PAT-2026-11",
        words.title_of_many,
        reports.COLUMNS,
        len(statements),
        pages(),
        sheet=reports.sheet_columns(words),
        total=words.total,
    )
    return sheet_of(b"".join([chunk async for chunk in xlsx_chunks(its)]), values=values)


ANNA = a_statement()
BORIS = replace(ANNA, rep_name="Boris", rep_code="PAT-R2", number="PAT-2026-11-0002", opening=-40, closing=60)


async def test_a_months_workbook_names_reps_and_amounts_first_and_every_rule_in_words() -> None:
    heading, anna, *_ = rows_of(await month_sheet(ANNA, BORIS))
    assert heading[:9] == (
        *("Rep", "Rep code", "Territory code", "Number", "Points", "Value of a point", "Amount", "Currency"),
        "Opening balance",
    )
    assert heading[-3:] == ("Corrections of closed months", "Closing balance", "Open appeals")
    assert list(heading[9:-3]) == [statement_words("en").rules[rule] for rule in PointsRule]
    by_heading = dict(zip(heading, anna, strict=True))
    assert by_heading["Rep"] == "Anna Georgiou"
    assert [by_heading[name] for name in ("Order in time", "No order by the cutoff", "Returns over the limit")] == [
        1212,
        -20,
        0,
    ]
    assert by_heading["Corrections of closed months"] == 10


async def test_a_months_workbook_sums_up_what_is_shown() -> None:
    values, formulas = await month_sheet(ANNA, BORIS), await month_sheet(ANNA, BORIS, values=False)
    last = rows_of(values)[-1]
    assert last[:9] == ("Total", None, None, None, 1302, None, 651, None, 300)
    assert formulas["E4"].value == "=SUBTOTAL(109,E2:E3)"
    assert formulas["E4"].font.bold
    assert formulas.auto_filter.ref == "A1:W3", "the sums are no row to be filtered or sorted"
    assert formulas.print_area.endswith("$W$4")
    assert [formulas[place].number_format for place in ("E2", "E4", "G2", "G4")] == ["#,##0", "#,##0"] + [
        "#,##0.00##"
    ] * 2
    assert {round(formulas.column_dimensions[letter].width) for letter in "AB"} == {29, 14}


async def test_amounts_of_several_currencies_have_no_sum() -> None:
    last = rows_of(await month_sheet(ANNA, replace(BORIS, currency="BGN")))[-1]
    assert (last[4], last[6]) == (1302, None)


async def test_a_month_without_statements_is_its_heading() -> None:
    assert len(rows_of(await month_sheet(language="el"))) == 1


def test_money_is_to_the_cent() -> None:
    assert a_statement(point_value=Decimal("0.3333")).amount == Decimal("400.63")
