"""Text on its way into a spreadsheet."""

import pytest

from app.ground.web.spreadsheets import harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_take_for_a_formula_gets_a_quote(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_harmless_values_stay_as_they_are() -> None:
    assert [harmless(value) for value in ("Café", None, True, "")] == ["Café", None, True, ""]
