"""A statement on paper, read back: what it says, in which scripts and languages, and that a void one says so."""

from dataclasses import fields
from datetime import date
from string import Formatter

import pytest

from app.ground.printing.printer import Printer
from app.motivation.points.rules import PointsRule
from app.motivation.statements import printed
from app.motivation.statements.rules import Statement, StatementLine
from app.motivation.statements.statement_words import ENGLISH, LANGUAGES, StatementWords, statement_words
from tests.factories.statements import OCTOBER, a_statement, void
from tests.pages import A4, Pages

LONG = tuple(StatementLine(rule.value, 1, 1, date(2026, month, 1)) for month in range(1, 8) for rule in PointsRule)
"""Corrections of seven months by every rule: three pages."""


async def printed_pages(
    printer: Printer, statement: Statement, company: str = "Hellenic Sweets", language: str = ENGLISH
) -> Pages:
    content = printed.pages(statement, company, language)
    return Pages(await printer.pdf(printed.template(), content, statement.issued_at))


async def test_a_page_says_whose_statement_it_is_and_what_the_month_came_to(printer: Printer) -> None:
    text = (await printed_pages(printer, a_statement(open_appeals=2))).text
    assert text.startswith(
        "Hellenic Sweets Points statement for November 2026 Rep Anna Georgiou (PAT-R1) Territory Patras (PAT)"
        " Number PAT-2026-11-0001 Issued on 3 December 2026"
    ), "the day is that of the territory's clocks"
    assert "Opening balance 340 Points of November 2026 +1,192 Corrections of closed months +10" in text
    assert "Closing balance 1,542" in text
    assert "Order in time 1,212 +1,212 No order by the cutoff 2 -20 Total +1,192" in text
    assert "Corrections of closed months Month corrected What for Count Points October 2026 No order by" in text
    assert "Amount 601.00 EUR 1,202 points at 0.50 EUR" in text
    assert "Open appeals 2 Not decided when this was issued." in text
    assert text.endswith("Page 1 of 1")


async def test_a_page_without_money_appeals_or_corrections_says_nothing_of_them(printer: Printer) -> None:
    statement = a_statement(lines=(), point_value=None, currency=None)
    text = (await printed_pages(printer, statement, company="")).text
    assert text == (
        "Points statement for November 2026 Rep Anna Georgiou (PAT-R1) Territory Patras (PAT) Number PAT-2026-11-0001"
        " Issued on 3 December 2026 Opening balance 340 Points of November 2026 0 Closing balance 340"
        " Points of November 2026 What for Count Points Nothing was booked. Total 0 Page 1 of 1"
    )


async def test_pages_are_a4_with_their_fonts_a_title_a_language_and_tags(printer: Printer) -> None:
    pages = await printed_pages(printer, a_statement(), language="el")
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages.reader.pages}
    assert sizes == {A4}
    assert pages.title == "Εκκαθάριση πόντων Νοεμβρίου 2026: Anna Georgiou (PAT-R1), PAT-2026-11-0001"
    assert pages.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pages.root["/Lang"] == "el"
    assert pages.fonts() == {"NotoSans-Regular": True, "NotoSans-Bold": True}
    assert {"H1", "H2", "Table", "TH", "TD"} <= pages.roles
    assert pages.standards == {"PDF/A-2A", "PDF/UA-1"}


@pytest.mark.parametrize(
    "name",
    [
        "Άννα Γεωργίου",
        "Анна Георгиу",
        "Қазақбай Әлімұлы",
        "Łukasz Çelik-Ştefănescu",
        "ანა გიორგაძე",
        "Աննա Գևորգյան",
        "חנה גאורגיו",
        "Nguyễn Thị Ánh",
    ],
)
async def test_a_name_is_shown_in_its_own_script(printer: Printer, name: str) -> None:
    pages = await printed_pages(printer, a_statement(rep_name=name))
    assert name in (pages.title or "")
    assert pages.standards == {"PDF/A-2A", "PDF/UA-1"}, "every sign of it has a glyph"
    assert set(pages.fonts().values()) == {True}
    assert sorted(name.replace(" ", "")) == sorted(sign for sign in name if sign in pages.text and sign != " ")


@pytest.mark.parametrize(
    "name",
    [
        '#import "x": *',
        "$ x $ *b* _i_ `r` <l> @r \\ //",
        "=SUM(A1)",
        "two\nlines",
        "\u202eturned\x07",
        "{page}",
        "%s {0}",
    ],
)
async def test_a_hostile_name_is_a_name(printer: Printer, name: str) -> None:
    pages = await printed_pages(printer, a_statement(rep_name=name, territory_name=name), company=name)
    shown = " ".join(name.replace("\u202e", "").replace("\x07", "").split())
    assert f"Rep {shown} (PAT-R1) Territory {shown} (PAT)" in pages.text
    assert pages.text.endswith(f"{shown} Page 1 of 1")


async def test_a_word_longer_than_a_line_breaks(printer: Printer) -> None:
    statement = a_statement(rep_name="W" * 200, territory_name="i" * 200, lines=LONG)
    pages = await printed_pages(printer, statement, company="M" * 200)
    lines = [line.replace("\u200b", "") for line in pages.lines]
    assert max(line.count("W") + line.count("M") for line in lines) < 70
    assert max(line.count("i") for line in lines) < 180
    assert "W" * 200 in pages.text.replace(" ", "")


async def test_a_long_statement_runs_over_pages_that_are_numbered_and_repeat_the_heading(printer: Printer) -> None:
    pages = await printed_pages(printer, a_statement(lines=LONG))
    count = len(pages.texts)
    assert count == 3
    for number, text in enumerate(pages.texts, 1):
        assert text.endswith(f"Hellenic Sweets Page {number} of {count}")
        assert "Month corrected What for Count Points" in text
    for text in pages.texts[1:]:
        assert text.startswith("Points statement for November 2026: Anna Georgiou (PAT-R1) PAT-2026-11-0001")
    assert [f"Total +{len(LONG)}" in text for text in pages.texts] == [False] * (count - 1) + [True]
    assert pages.text.count("January 2026 No order by the cutoff 1 +1") == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_void_statement_says_so_across_each_page_and_in_words(printer: Printer, language: str) -> None:
    words = statement_words(language)
    stands, is_void = [
        await printed_pages(printer, statement, language=language)
        for statement in (a_statement(lines=LONG), void(lines=LONG))
    ]
    assert all(words.void in text for text in is_void.texts)
    assert words.voided.format(day=words.day_in_words(date(2026, 12, 5))) in is_void.texts[0]
    assert not any(words.void in text for text in stands.texts)


async def test_the_same_statement_is_the_same_bytes_and_void_it_is_others(printer: Printer) -> None:
    first, again, other = [
        await printer.pdf(printed.template(), printed.pages(statement, "", "ru"), statement.issued_at)
        for statement in (a_statement(), a_statement(), void())
    ]
    assert first == again != other


PHRASES = [field.name for field in fields(StatementWords) if field.type is str]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_everything_and_fills_in_what_english_does(language: str) -> None:
    words, english = statement_words(language), statement_words(ENGLISH)
    assert words.rules.keys() == set(PointsRule)
    assert [len(set(words.rules.values())), len(set(words.months))] == [len(PointsRule), 12]
    assert len(PHRASES) > 25
    for name in PHRASES:
        assert getattr(words, name)
        assert _filled_in(getattr(words, name)) == _filled_in(getattr(english, name)), name


@pytest.mark.parametrize("lines", [0, 1, 16, 18, 21, 23, 50, 60, 77])
async def test_a_statement_of_any_length_keeps_the_standards(printer: Printer, lines: int) -> None:
    for statement in (a_statement(lines=LONG[:lines]), void(lines=LONG[:lines])):
        assert (await printed_pages(printer, statement)).standards == {"PDF/A-2A", "PDF/UA-1"}


def _filled_in(phrase: str) -> set[str]:
    names = {name for _, name, _, _ in Formatter().parse(phrase) if name}
    return {name.removeprefix("of_") for name in names}


def test_numbers_days_and_months_are_written_as_the_language_writes_them() -> None:
    english, greek, russian = (statement_words(language) for language in LANGUAGES)
    assert [words.number_in_words(-1234567) for words in (english, greek, russian)] == [
        "-1,234,567",
        "-1.234.567",
        "-1\u00a0234\u00a0567",
    ]
    assert english.number_in_words(5, signed=True) == "+5"
    assert english.number_in_words(0, signed=True) == "0"
    assert [words.day_in_words(date(2026, 12, 3)) for words in (english, greek, russian)] == [
        "3 December 2026",
        "3 Δεκεμβρίου 2026",
        "3 декабря 2026 г.",
    ]
    assert [words.of_month(words.title_of_month, OCTOBER) for words in (english, greek, russian)] == [
        "Points statement for October 2026",
        "Εκκαθάριση πόντων Οκτωβρίου 2026",
        "Ведомость баллов за октябрь 2026 г.",
    ]
    assert russian.month_in_words(OCTOBER) == "Октябрь 2026"
    assert statement_words("de") is english
