"""Text on its way into a spreadsheet."""

from datetime import date
from decimal import Decimal

import pytest

from app.ground.web.spreadsheets import harmless


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t1", "\r1", "\uff0b1")),
        ("\t=1", "'\t'=1"),
        ("Ήλιος;=1+2;", "Ήλιος;'=1+2;"),
        ("a, -b", "a, '-b"),
        ('"=1', "\"'=1"),
        ("two\n=lines", "two\n'=lines"),
        ("Café a-b+c=d", "Café a-b+c=d"),
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_gets_a_quote(text: str, guarded: str) -> None:
    assert harmless(text) == guarded


def test_harmless_values_stay_as_they_are() -> None:
    values = ("Café", None, True, "", Decimal(-1), date(2026, 11, 23))
    assert tuple(harmless(value) for value in values) == values
