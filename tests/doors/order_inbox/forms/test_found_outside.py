"""Files as other programs make them: what they say is what is read, or it is refused by its cell."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
import pytest
from openpyxl import Workbook
from xlsxwriter import Workbook as WrittenWorkbook

from app.doors.order_inbox.forms.csv_files import grid_of_csv
from app.doors.order_inbox.forms.form_limits import FORM_LIMITS
from app.doors.order_inbox.forms.form_requests import form_request
from app.doors.order_inbox.forms.reader_process import read_form
from app.doors.order_inbox.forms.understanding import ReadSheet, understand
from app.ground.sheets.cells import Cell, CellKind, Grid, SheetUnreadable
from app.ground.sheets.days import day_in
from app.ground.sheets.number_formats import shown
from app.ground.sheets.values import Unclear, number_in
from app.ground.sheets.workbooks import grids_of_workbook
from tests.doors.order_inbox.forms.workbooks import make_raw_workbook, make_workbook, packed, text_cell

HEAD = "Outlet code;PAT-0042\nDelivery date;2026-11-24\nComment;{comment}\n\nProduct code;Quantity\nCHO-100;12\n"


def read(content: bytes, charset: str = "") -> ReadSheet:
    return ReadSheet(**orjson.loads(read_form(form_request(content, charset, date(2026, 11, 23)))))


def text(value: str) -> Cell:
    return Cell(CellKind.TEXT, value)


def repacked(content: bytes, change: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """A workbook whose parts were changed one by one."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return packed(dict(change(name, archive.read(name)) for name in archive.namelist()))


@pytest.mark.parametrize(
    ("value", "number_format", "code"),
    [
        (123, "00000", "00123"),
        (42, '"PAT-"0000', "PAT-0042"),
        (123456, "000-000", "123-456"),
        (42, "0000;[Red]-0000", "0042"),
        (42, r"\P0000", "P0042"),
        (123, "General", "123"),
        (123, "0", "123"),
        (123, "#,##0", "123"),
        (123, "0.00", "123"),
        (123, "@", "123"),
        (7, "000 000", "000 007"),
    ],
)
def test_a_code_is_read_as_its_cell_shows_it(value: int, number_format: str, code: str) -> None:
    def touch(book: Workbook) -> None:
        sheet: Any = book.active
        sheet["A5"].number_format = sheet["B1"].number_format = number_format

    said = read(
        make_workbook(
            [(value, 12)], head=[("Outlet code", value), ("Delivery date", "2026-11-24"), ()][:3], touch=touch
        )
    )
    assert (said.outlet_code, *said.lines[0][:2]) == (code, code, "12")


def test_a_quantity_is_the_number_whatever_its_format_shows() -> None:
    def touch(book: Workbook) -> None:
        sheet: Any = book.active
        sheet["B5"].number_format = "00000"

    assert read(make_workbook([("CHO-100", 12)], touch=touch)).lines[0][1] == "12"


@pytest.mark.parametrize("value", ["123.0", "1.23E2", "1.23e+02"])
def test_a_whole_number_is_shown_alike_however_a_program_stores_it(value: str) -> None:
    """Java programs store each number with a point: product 123 would be ordered for 00123."""
    assert shown(value, "00000") == "00123"
    assert shown("0.0", "000") == "000"


@pytest.mark.parametrize("value", ["", "x", "12.5", "-3", "²", "NaN", "Infinity", "1E99999999"])
def test_only_whole_numbers_have_a_form_of_their_own(value: str) -> None:
    assert shown(value, "00000") == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("24.", "24"),
        ("12,", "12"),
        ("1,200.", "1200"),
        ("1.200,", "1200"),
        ("1 200,", "1200"),
        ("1\u00a0200.", "1200"),
        ("12,345,678.", "12345678"),
        ("12.345.678,", "12345678"),
        ("0.", "0"),
        ("-6.", "-6"),
        (".5", "0.5"),
        (",25", "0.25"),
    ],
)
def test_a_loose_point_is_no_part_of_a_number(written: str, meant: str) -> None:
    assert number_in(text(written)) == meant


@pytest.mark.parametrize("written", ["1.200.", "1,200,", "12..", "12,.", ".", ",", "1,20.", "1.2.", "12.,"])
def test_what_no_format_shows_is_no_number(written: str) -> None:
    with pytest.raises(Unclear):
        number_in(text(written))


def written(fill: Callable[[Any], object]) -> bytes:
    """A form by XlsxWriter, which calculates nothing."""
    out = io.BytesIO()
    with WrittenWorkbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, values in enumerate([("Outlet code", "PAT-0042"), ("Delivery date", "2026-11-24"), ()]):
            sheet.write_row(row, 0, values)
        sheet.write_row(3, 0, ("Product code", "Quantity"))
        sheet.write_row(4, 0, ("CHO-100", 12))
        sheet.write(5, 0, "LEM-033")
        fill(sheet)
    return out.getvalue()


def test_a_formula_that_nobody_has_calculated_is_refused_by_its_cell() -> None:
    said = read(written(lambda sheet: sheet.write_formula(5, 1, "=6*2")))
    assert [(pointer, code) for pointer, code, _ in said.problems] == [("/lines/1/quantity", "formula_without_value")]
    assert said.cells["/lines/1/quantity"] == "B6"


def test_a_formula_whose_value_its_program_has_given_is_that_value() -> None:
    assert read(written(lambda sheet: sheet.write_formula(5, 1, "=6*2", None, 12))).lines[1][1] == "12"


@pytest.mark.parametrize(
    ("other", "lines"),
    [("<f>2*3</f><v>6</v>", 1), ("<f>2*0</f><v>0</v>", 2), ("<v>6</v>", 2)],
    ids=["another result", "none but 0", "no other formula"],
)
def test_a_formula_is_0_where_others_of_the_file_were_calculated(other: str, lines: int) -> None:
    head = [("A1", "Outlet code"), ("B1", "PAT-0042")], [("A2", "Delivery date"), ("B2", "2026-11-24")]
    heading = [("A3", "Product code"), ("B3", "Quantity")]
    rows = "".join(
        f'<row r="{number}">{"".join(text_cell(*cell) for cell in cells)}</row>'
        for number, cells in enumerate([*head, heading], 1)
    )
    rows += f'<row r="4">{text_cell("A4", "CHO-100")}<c r="B4">{other}</c></row>'
    rows += f'<row r="5">{text_cell("A5", "LEM-033")}<c r="B5"><f>B4*0</f><v>0</v></c></row>'
    assert len(read(make_raw_workbook(rows)).lines) == lines


DAY_CELLS = [
    (CellKind.DATE, "2026-11-30 00:00:52", "2026-11-30"),
    (CellKind.DATE, "2026-11-30 09:30:00", "2026-11-30"),
    (CellKind.DATE, "2026-11-29 23:59:08", "2026-11-30"),
    (CellKind.NUMBER, "46356.5", "2026-11-30"),
    (CellKind.NUMBER, "20261130", "2026-11-30"),
    *(
        (CellKind.TEXT, written, "2026-11-30")
        for written in (
            "2026/11/30", "2026.11.30", "2026-11-30", "30/11/2026 00:00:00", "11/30/2026 12:00:00 AM",
            "30.11.2026 9:30",
            "2026-11-30T00:00:00Z", "2026-11-30T00:00:00.000Z", "2026-11-30T12:00:00Z", "2026-11-30T00:00:00+02:00",
            "2026-11-30 00:00:52", "2026-11-29 23:59:59", "30 Nov 2026", "30-Nov-26", "Nov 30, 2026",
            "30 Νοεμβρίου 2026",
            "30 ноября 2026 г.", "Monday 30/11/2026", "Δευτέρα, 30/11/2026", "30. 11. 2026", "20261130",
            "30.11.2026 г.",
            "30/11/2026, 9:30 πμ",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "written", "day"), DAY_CELLS)
def test_a_day_is_that_day_whatever_time_stands_beside_it(kind: CellKind, written: str, day: str) -> None:
    assert day_in(Cell(kind, written), epoch_1904=False) == day


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-11-29T22:00:00Z", "ambiguous_date"),
        ("05/06/2026 00:00:00", "ambiguous_date"),
        ("2026-13-01", "not_a_date"),
        ("30 Foo 2026", "not_a_date"),
        ("30.11.26", "not_a_date"),
        ("2026-11-30 25:00", "not_a_date"),
        ("31.11.2026 00:00", "not_a_date"),
    ],
)
def test_a_day_that_may_be_another_is_refused(written: str, code: str) -> None:
    with pytest.raises(Unclear) as unclear:
        day_in(text(written), epoch_1904=False)
    assert unclear.value.code == code


@pytest.mark.parametrize("number", ["46356.9995", "46357.9995"])
def test_a_number_seconds_before_midnight_is_no_day_for_sure(number: str) -> None:
    with pytest.raises(Unclear) as unclear:
        day_in(Cell(CellKind.NUMBER, number), epoch_1904=False)
    assert unclear.value.code == "ambiguous_date"


def test_of_two_days_one_that_is_past_is_not_meant() -> None:
    assert day_in(text("12/3/2026"), epoch_1904=False, received=date(2026, 11, 27)) == "2026-12-03"
    with pytest.raises(Unclear):
        day_in(text("12/1/2027"), epoch_1904=False, received=date(2026, 11, 27))


def test_a_date_cell_some_seconds_off_is_read_from_a_workbook() -> None:
    head = [("Outlet code", "PAT-0042"), ("Delivery date", datetime(2026, 11, 30, 0, 0, 52)), ()]  # noqa: DTZ001
    assert read(make_workbook(head=head)).delivery_date == "2026-11-30"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_orders_nothing(state: str) -> None:
    def touch(book: Workbook) -> None:
        visible: Any = book.create_sheet("This week")
        for row in ((("Outlet code"), "PAT-0042"), ("Delivery date", "2026-11-24"), ("Product code", "Quantity")):
            visible.append(row)
        hidden: Any = book.worksheets[0]
        hidden.sheet_state = state
        book.active = 1

    assert read(make_workbook(touch=touch)).lines == []


def test_a_form_on_a_hidden_sheet_alone_is_refused_in_words() -> None:
    def touch(book: Workbook) -> None:
        book.create_sheet("Notes")
        book.worksheets[0].sheet_state = "hidden"
        book.active = 1

    with pytest.raises(SheetUnreadable) as unreadable:
        understand(grids_of_workbook(make_workbook(touch=touch), FORM_LIMITS))
    assert unreadable.value.code == "hidden_sheet"


STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def strict(name: str, part: bytes) -> tuple[str, bytes]:
    for transitional, own in STRICT.items():
        part = part.replace(transitional, own)
    return name, part


OTHER_PROGRAMS: dict[str, Callable[[str, bytes], tuple[str, bytes]]] = {
    "Strict Open XML": strict,
    "1C": lambda name, part: (name.replace("sharedStrings", "SharedStrings"), part),
    "backslashes": lambda name, part: (name.replace("/", "\\"), part),
    "capitals": lambda name, part: (name.upper() if name.startswith("xl/") else name, part),
    "all of them": lambda name, part: strict(name.replace("sharedS", "SharedS").replace("/", "\\"), part),
}


@pytest.mark.parametrize("change", OTHER_PROGRAMS.values(), ids=list(OTHER_PROGRAMS))
def test_a_workbook_is_read_whatever_its_parts_are_called(change: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    said = read(repacked(make_workbook([("CHO-100", 12, 1.15)]), change))
    assert (said.outlet_code, [*map(tuple, said.lines)], said.problems) == ("PAT-0042", [("CHO-100", "12", "1.15")], [])


CODE_PAGES = [
    *(("windows-1253", comment) for comment in (
        "ΠΑΡΑΔΟΣΗ ΠΡΩΙ", "ΧΩΡΙΣ ΑΠΟΔΕΙΞΗ", "ΤΗΛΕΦΩΝΗΣΤΕ ΠΡΙΝ ΤΗΝ ΠΑΡΑΔΟΣΗ", "Παρακαλώ πριν τις 10", "παραδοση το πρωι",
        "ΑΦΗΣΤΕ ΤΑ ΣΤΟΝ ΓΕΙΤΟΝΑ", "ΕΠΕΙΓΟΝ", "ΜΠΙΣΚΟΤΑ NESTLE",
    )),
    *(("windows-1251", comment) for comment in (
        "ПОЗВОНИТЬ СТОРОЖУ, ДВЕРЬ СО ДВОРА", "ДОСТАВКА УТРОМ", "СРОЧНО", "Не звонить в дверь",
        "ДЗВОНИТИ ПЕРЕД ДОСТАВКОЮ",
        "ВЪЗМОЖНО НАЙ-РАНО", "ОПЛАТА НАЛИЧНЫМИ", "въезд со двора", "ШОКОЛАД ALPEN GOLD",
    )),
    *(("windows-1252", comment) for comment in (
        "livraison à l'arrière, café fermé", "ÉPICERIE FERMÉE", "LIEFERUNG FRÜH", "MAÑANA ANTES DE LAS DIEZ",
        "São João", "Smørrebrød", "perché è tardi", "à côté",
    )),
    *(("windows-1250", comment) for comment in (
        "Zażółć gęślą jaźń", "DOSTAWA RANO, DRZWI OD TYŁU", "Žluťoučký kůň", "ELŐTTE TELEFONÁLJON", "Dostaviť ráno",
    )),
    *(("windows-1254", comment) for comment in ("Sabah teslimat, arka kapı", "TESLİMAT SABAH", "İSTANBUL ŞUBESİ")),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "comment"), CODE_PAGES)
def test_a_code_page_is_told_by_the_letters_of_its_words(encoding: str, comment: str) -> None:
    assert read(HEAD.format(comment=comment).encode(encoding)).comment == comment


@pytest.mark.parametrize(
    ("encoding", "charset", "comment"),
    [
        ("windows-1253", "windows-1253", "ΞΥΔΙ"),
        ("windows-1251", "Windows-1251", "ХЛЕБ"),
        ("koi8-r", "koi8-r", "ХЛЕБ"),
        ("cp866", "cp866", "утром"),
        ("iso-8859-7", "iso-8859-7", "Άνω Πόλη"),
        ("windows-1253", "iso-8859-1", "ΠΑΡΑΔΟΣΗ ΠΡΩΙ"),
        ("utf-8", "windows-1253", "ΠΑΡΑΔΟΣΗ ΠΡΩΙ"),
        ("windows-1251", "no-such", "ДОСТАВКА УТРОМ"),
    ],
)
def test_the_encoding_that_a_mail_declares_is_believed_where_nobody_declares_it_by_accident(
    encoding: str, charset: str, comment: str
) -> None:
    assert read(HEAD.format(comment=comment).encode(encoding), charset).comment == comment


def table(*rows: Sequence[str]) -> Grid:
    return Grid(
        "Order",
        {
            row: {column: text(value) for column, value in enumerate(values, 1) if value}
            for row, values in enumerate(rows, 1)
        },
    )


@pytest.mark.parametrize(
    ("outlet", "day", "code", "quantity"),
    [
        ("Outlet code", "Delivery date", "Product code", "Quantity (pieces)"),
        ("Κωδικός καταστήματος", "Ημερομηνία παράδοσης", "Κωδικός προϊόντος", "Ποσότητα"),
        ("ΚΩΔΙΚΟΣ ΠΕΛΑΤΗ", "ΗΜΕΡΟΜΗΝΙΑ ΠΑΡΑΔΟΣΗΣ:", "ΚΩΔ. ΕΙΔΟΥΣ", "ΠΟΣΟΤΗΤΑ (ΤΕΜ.)"),
        ("Код магазина", "Дата доставки", "Код товара", "Количество"),
        ("Код клиента", "Дата поставки:", "АРТИКУЛ", "Кол-во, (шт.)"),
    ],
)
@pytest.mark.parametrize(
    "total", ["Total", "TOTAL (pcs):", "Grand total", "Σύνολο", "ΣΥΝΟΛΟ:", "Итого", "Итого, руб.", "Всего"]
)
def test_headings_and_totals_are_known_in_three_languages(
    outlet: str, day: str, code: str, quantity: str, total: str
) -> None:
    said = understand(
        [table((outlet, "PAT-0042"), (day, "2026-11-24"), (code, quantity), ("CHO-100", "12"), (total, "12"))]
    )
    assert (said.outlet_code, said.delivery_date, said.problems) == ("PAT-0042", "2026-11-24", [])
    assert said.lines == [("CHO-100", "12", None)]


def test_a_product_that_is_called_like_a_total_is_no_total() -> None:
    said = understand([table(("Product code", "Product", "Quantity"), ("", "Total Care", "6"), ("TOTAL-1", "x", "6"))])
    assert [code for _, code, _ in said.problems if code == "product_code_missing"] == ["product_code_missing"]
    assert len(said.lines) == 2


@pytest.mark.parametrize(
    ("code", "read_as"), [("CHO\u2011100", "CHO-100"), ("\ufeffCHO-100", "CHO-100"), ("CHO-100\u200b", "CHO-100")]
)
def test_marks_that_nobody_sees_are_no_part_of_a_code(code: str, read_as: str) -> None:
    assert understand([table(("Product code", "Quantity"), (code, "6"))]).lines == [(read_as, "6", None)]


def test_a_long_number_that_a_spreadsheet_has_shortened_is_told_in_words() -> None:
    said = understand([table(("Product code", "Quantity"), ("5,20123E+12", "6"))])
    assert ("/lines/0/product_code", "shortened_code") in {(pointer, code) for pointer, code, _ in said.problems}


def test_a_quotation_mark_that_is_not_written_twice_is_told_with_its_line() -> None:
    content = (
        'Outlet code;PAT-0042\nDelivery date;2026-11-24\n\nProduct code;Product;Quantity\nCHO-100;"Алёнка" шоколад;6\n'
    )
    with pytest.raises(SheetUnreadable, match="in line 5"):
        grid_of_csv(content.encode())
