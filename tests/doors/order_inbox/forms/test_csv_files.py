import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doors.order_inbox.forms.csv_files import LONGEST_LINE, MOST_BYTES, grid_of_csv
from app.doors.order_inbox.forms.understanding import understand
from app.ground.sheets.cells import SheetUnreadable

HEAD = "outlet_code;PAT-0042\ndelivery_date;2026-11-27\ncomment;{comment}\n"
TABLE = "product_code;quantity;unit_price\nCHO-100;12;1,15\n"
GREEK = "παράδοση από την πίσω πόρτα"
RUSSIAN = "доставка через заднюю дверь"
FRENCH = "livraison à l'arrière, café fermé"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_encoding_is_read_with_a_mark_and_without(encoding: str) -> None:
    sheet = understand([grid_of_csv((HEAD.format(comment=GREEK) + TABLE).encode(encoding))])
    assert (sheet.comment, sheet.lines) == (GREEK, [("CHO-100", "12", "1.15")])


@pytest.mark.parametrize(
    ("encoding", "comment"), [("windows-1253", GREEK), ("windows-1251", RUSSIAN), ("windows-1252", FRENCH)]
)
def test_the_code_pages_of_windows_are_told_apart_by_their_letters(encoding: str, comment: str) -> None:
    sheet = understand([grid_of_csv((HEAD.format(comment=comment) + TABLE).encode(encoding))])
    assert sheet.comment == comment


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_delimiter_is_found(mark: str) -> None:
    rows = [
        ["outlet_code", "PAT-0042"],
        ["delivery_date", "2026-11-27"],
        ["product_code", "quantity"],
        ["CHO-100", "6"],
    ]
    content = "\n".join(mark.join(row) for row in rows).encode()
    assert understand([grid_of_csv(content)]).lines == [("CHO-100", "6", None)]


def test_a_cell_of_a_csv_file_is_told_by_its_line_and_column() -> None:
    sheet = understand([grid_of_csv((HEAD.format(comment="") + TABLE).encode())])
    assert sheet.cells["/lines/0/quantity"] == "line 5, quantity"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (MOST_BYTES + 1), "file_too_large"),
        (b"a" * (LONGEST_LINE + 1), "line_too_long"),
        (b"%PDF-1.7\x00\x01\x02", "not_a_text_file"),
        (b"\xff\xfe\x00", "wrong_encoding"),
        (b'product_code;quantity\n"CHO-100;12', "broken_csv"),
        (b";" * 200, "too_many_cells"),
        (b"a\n" * 10_001, "too_many_cells"),
    ],
)
def test_what_is_no_form_is_refused_with_the_reason(content: bytes, code: str) -> None:
    with pytest.raises(SheetUnreadable) as unreadable:
        grid_of_csv(content)
    assert unreadable.value.code == code


@given(st.binary(max_size=500))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(SheetUnreadable):
        assert understand([grid_of_csv(content)]).problems is not None
