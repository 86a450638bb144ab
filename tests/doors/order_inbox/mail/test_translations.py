"""What is said to shops in their language: the figures stay, the words change."""

import re

import pytest

from app.doors.order_inbox.forms.understanding import understand
from app.doors.order_inbox.mail.answer_words import WORDS
from app.doors.order_inbox.mail.translations import SENTENCES, in_language
from app.ground.sheets.cells import Cell, CellKind, Grid

HOLE = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence[0][:60])
def test_every_sentence_is_known_again_with_what_is_filled_in(sentence: tuple[str, str, str]) -> None:
    values = {name: f"<{number}>" for number, name in enumerate(HOLE.findall(sentence[0]))}
    said = sentence[0].format(**values)
    assert in_language(said, "en") == said
    for column, language in ((1, "el"), (2, "ru")):
        assert in_language(said, language) == sentence[column].format(**values)
        assert set(HOLE.findall(sentence[column])) <= set(values)


def test_what_is_not_known_stays_english() -> None:
    assert in_language("Something new.", "el") == "Something new."


def test_each_language_has_all_words_with_the_same_holes() -> None:
    english = WORDS["en"]
    for words in WORDS.values():
        for name in words.__slots__:
            assert set(HOLE.findall(getattr(words, name))) == set(HOLE.findall(getattr(english, name)))


def test_whatever_the_reader_finds_wrong_is_told_in_greek_and_russian() -> None:
    rows = [
        ["Delivery date", "05/06/2026"],
        ["Outlet code", "A", "", "Outlet code", "B"],
        ["Product code", "Quantity", "Unit price", "Unit price"],
        ["A", "1.200", "x"],
        ["", "6"],
        ["5,2E+12", "6", "1"],
    ]
    cells = {
        row: {column: Cell(CellKind.TEXT, value) for column, value in enumerate(values, 1) if value}
        for row, values in enumerate(rows, 1)
    }
    cells[4][2], cells[7] = (
        Cell(CellKind.DATE, "2026-11-30"),
        {1: Cell(CellKind.TEXT, "B"), 2: Cell(CellKind.FORMULA, "")},
    )
    cells[8] = {1: Cell(CellKind.TEXT, "C"), 2: Cell(CellKind.ERROR, "#REF!")}
    problems = understand([Grid("Order", cells)]).problems
    assert len(problems) >= 7
    for _, _, message in problems:
        assert in_language(message, "el") != message
        assert in_language(message, "ru") != message
