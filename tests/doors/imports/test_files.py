"""Reading files, without a database: the same rows, whether they come as CSV or as NDJSON."""

import csv
import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doors.imports.columns import columns_of
from app.doors.imports.errors import FileUnreadable, TooManyRows
from app.doors.imports.files import MOST_PROBLEMS, FileRow, read_file
from app.doors.imports.packed_sheets import MOST_ROWS
from app.field.visits.schemas import VisitBody
from app.masters.outlets.schemas import OutletBody
from app.masters.territories.schemas import RepBody, TerritoryBody

FENCE = {"type": "Polygon", "coordinates": [[[21.70, 38.20], [21.71, 38.20], [21.71, 38.21], [21.70, 38.20]]]}


def read_csv(text: str, model: Any = RepBody) -> list[FileRow]:
    return read_file(text.encode(), "text/csv", model)


def read_ndjson(text: str, model: Any = RepBody) -> list[FileRow]:
    return read_file(text.encode(), "application/x-ndjson", model)


def codes(row: FileRow) -> list[str]:
    return [problem.code for problem in row.problems]


def in_columns(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """A row as the cells of a CSV file."""
    cells: dict[str, str] = {}
    for name, value in row.items():
        match value:
            case None:
                continue
            case {"type": "Polygon"}:
                cells[prefix + name] = json.dumps(value)
            case dict():
                cells |= in_columns(value, f"{prefix}{name}.")
            case bool() | int() | float():
                cells[prefix + name] = json.dumps(value)
            case [dict(), *_]:
                cells[prefix + name] = json.dumps(value, ensure_ascii=False)
            case list():
                cells[prefix + name] = "|".join(str(part) for part in value)
            case _:
                cells[prefix + name] = value
    return cells


def as_csv(rows: list[dict[str, Any]], known: list[str]) -> str:
    """The rows with every column, as a spreadsheet writes them."""
    file = io.StringIO()
    writer = csv.DictWriter(file, known, restval="")
    writer.writeheader()
    writer.writerows(in_columns(row) for row in rows)
    return file.getvalue()


def as_ndjson(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() != ""
)
_code = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}", fullmatch=True)
_weekdays = st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True)
_decimal = st.decimals("0.01", 20, places=2).map(str)
_flag = st.booleans()


def _some(**members: Any) -> Any:
    """Objects that have some of these members."""
    return st.fixed_dictionaries({}, optional=members)


_circle = st.fixed_dictionaries(
    {"lat": st.floats(-90, 90), "lon": st.floats(-180, 180), "radius_m": st.floats(5, 5000)},
)
_hours = st.fixed_dictionaries(
    {"opens": st.just("08:30"), "closes": st.just("14:00")}, optional={"weekdays": _weekdays}
)
_terms = st.fixed_dictionaries(
    {"credit_hold": _flag},
    optional={
        "order_due_time": st.times().map(lambda time: time.isoformat("minutes")),
        "visits_per_week": _decimal,
        "min_gap_days": st.integers(0, 60),
        "allowed_weekdays": _weekdays,
        "visiting_hours": st.lists(_hours, min_size=1, max_size=3),
        "must_stock": st.lists(
            st.fixed_dictionaries({"product_code": _code, "min_quantity": _decimal}),
            min_size=1,
            max_size=3,
            unique_by=lambda item: item["product_code"],
        ),
        "min_order_value": _decimal,
    },
)
_outlet = st.fixed_dictionaries(
    {"code": _code, "name": _text, "territory_code": _code},
    optional={
        "address": _text,
        "phone": _text,
        "channel": _text,
        "active": _flag,
        "location": st.one_of(_circle, st.just({"fence": FENCE})),
        "terms": _terms,
    },
)
_territory = st.fixed_dictionaries(
    {"code": _code, "name": _text, "time_zone": st.sampled_from(["Europe/Athens", "Asia/Kathmandu", "Nowhere"])},
    optional={
        "order_cutoff": st.times().map(lambda time: time.isoformat("minutes")),
        "working_weekdays": _weekdays,
        "holidays": st.lists(st.dates().map(str), min_size=1, max_size=4, unique=True),
    },
)
_visit = st.fixed_dictionaries(
    {"rep_code": _code, "outlet_code": _code, "visit_date": st.dates().map(str)},
    optional={"sequence": st.integers(-5, 99_999)},
)


@given(
    st.one_of(
        st.tuples(st.just(OutletBody), st.lists(_outlet, max_size=4)),
        st.tuples(st.just(TerritoryBody), st.lists(_territory, max_size=4)),
        st.tuples(st.just(VisitBody), st.lists(_visit, max_size=4)),
    )
)
def test_csv_and_ndjson_of_the_same_rows_are_the_same_rows(drawn: tuple[Any, list[dict[str, Any]]]) -> None:
    model, rows = drawn
    from_csv = read_csv(as_csv(rows, list(columns_of(model))), model)
    from_ndjson = read_ndjson(as_ndjson(rows), model)
    assert [row.body for row in from_csv] == [row.body for row in from_ndjson]
    assert [codes(row) for row in from_csv] == [codes(row) for row in from_ndjson]
    assert len(from_csv) == len(rows)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    rows = read_csv('code,name,territory_code\r\n\r\nA,"two\r\nlines",T\r\n,,\r\nB,b,T\r\n')
    assert [(row.line, row.raw["code"]) for row in rows] == [(3, "A"), (6, "B")]
    rows = read_ndjson('\n{"code": "A", "name": "a", "territory_code": "T"}\r\n \n{"code": "B"}')
    assert [(row.line, row.raw["code"]) for row in rows] == [(2, "A"), (4, "B")]


def test_a_line_separator_within_a_json_string_ends_no_line() -> None:
    [row] = read_ndjson('{"code": "A", "name": "a\u2028b", "territory_code": "T"}\n')
    assert row.problems == ()


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    for media_type, text in (
        ("text/csv; charset=utf-8", "code,name,territory_code\nA,Ελένη,T"),
        ("application/json", '{"code": "A", "name": "Ελένη", "territory_code": "T"}'),
    ):
        [row] = read_file(text.encode("utf-8-sig"), media_type, RepBody)
        assert row.body == RepBody(code="A", name="Ελένη", territory_code="T")


@pytest.mark.parametrize("nothing", ["", "\n\n", "\ufeff", "code,name,territory_code\n"])
def test_a_file_without_rows_has_none(nothing: str) -> None:
    assert read_csv(nothing) == []
    if not nothing.startswith("code"):
        assert read_ndjson(nothing) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("not json", "json_invalid"),
        ('{"code": "A"', "json_invalid"),
        ('{"code": NaN}', "json_invalid"),
        ('{"a": ' * 5_000, "json_invalid"),
        ('["A"]', "not_an_object"),
        ("null", "not_an_object"),
        ('{"code": "A", "name": "a\\u0000b", "territory_code": "T"}', "nul"),
        ('{"code": "A", "name": "a\x00b", "territory_code": "T"}', "json_invalid"),
        ('{"code": "A", "name": "\\ud800", "territory_code": "T"}', "json_invalid"),
    ],
)
def test_a_bad_line_of_ndjson_costs_no_good_one(line: str, code: str) -> None:
    good = '{"code": "B", "name": "b", "territory_code": "T"}'
    bad, sound = read_ndjson(f"{line}\n{good}\n")
    assert (codes(bad), bad.body) == ([code], None)
    assert sound.body is not None


@pytest.mark.parametrize(("cells", "code"), [("A,a", "ragged"), ("A,a,T,x", "ragged"), ("A,a,..", "code")])
def test_a_bad_row_of_csv_costs_no_good_one(cells: str, code: str) -> None:
    bad, sound = read_csv(f"code,name,territory_code\n{cells}\nB,b,T\n")
    assert (codes(bad), bad.body) == ([code], None)
    assert sound.body is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,name,colour\n", "/header/colour"),
        ("code:name:territory_code\n", "/header/code:name:territory_code"),
        ("code,name,code\n", "/header/code"),
        ("code,,name\n", "/header/"),
        ("code,name.first\n", "/header/name.first"),
    ],
)
def test_a_header_that_is_not_right_refuses_the_file(text: str, told: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        read_csv(text + "A,a,T\n")
    assert told in [problem.pointer for problem in refused.value.errors]


def test_a_header_of_twenty_thousand_columns_is_refused_by_the_first_of_them() -> None:
    header = ",".join(f"column-{number}" for number in range(20_000))
    with pytest.raises(FileUnreadable) as refused:
        read_csv(f"{header}\n")
    assert [problem.pointer for problem in refused.value.errors] == [
        f"/header/column-{n}" for n in range(MOST_PROBLEMS)
    ]


def test_a_header_is_not_told_back_at_length() -> None:
    with pytest.raises(FileUnreadable) as refused:
        read_csv("a" * 100_000 + "\n")
    assert [problem.pointer for problem in refused.value.errors] == ["/header/" + "a" * 64]


def test_a_row_tells_the_first_of_its_problems() -> None:
    [row] = read_ndjson(
        json.dumps({"code": "A", "name": "a", "territory_code": "T", "terms": {"must_stock": [1] * 500}}), OutletBody
    )
    assert [problem.pointer for problem in row.problems] == [f"/terms/must_stock/{n}" for n in range(MOST_PROBLEMS)]


def test_lines_are_read_one_at_a_time() -> None:
    """A file of 32 MiB has as many empty lines: a list of them would be eight times the file."""
    text = "\n" * 1_000_000 + '{"code": "A", "name": "a", "territory_code": "T"}\n'
    tracemalloc.start()
    [row] = read_ndjson(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (row.line, row.problems) == (1_000_001, ())
    assert most < 3 * len(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('code,name,territory_code\nA,a,T\nB,"b,T\nC,c,T\n', "line 3"),
        ('code,name,territory_code\nA,"a"b,T\n', "line 2"),
        ('code,name,territory_code\nA,"' + "a" * 200_000 + '",T\n', "line 2"),
        ('"code,name\n', "line 1"),
        ("code,name,territory_code\nA,a\x00b,T\n", "Line 2"),
    ],
)
def test_a_file_that_is_not_csv_is_refused_with_the_line(text: str, line: str) -> None:
    with pytest.raises(FileUnreadable, match=line):
        read_csv(text)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-7", "cp1253"])
def test_a_file_in_another_encoding_is_refused(encoding: str) -> None:
    content = "code,name,territory_code\nA,Ελένη,T\n".encode(encoding)
    with pytest.raises(FileUnreadable, match="not UTF-8"):
        read_file(content, "text/csv", RepBody)


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_a_file_of_another_type_is_refused(media_type: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        read_file(b"code\nA\n", media_type, RepBody)
    assert [problem.pointer for problem in refused.value.errors] == ["/header/content-type"]


def test_a_file_may_have_20000_rows_and_no_more() -> None:
    header, line = "rep_code,outlet_code,visit_date\n", "R,O,2026-11-30\n"
    assert len(read_csv(header + line * MOST_ROWS, VisitBody)) == MOST_ROWS == 20_000
    with pytest.raises(TooManyRows) as refused:
        read_csv(header + line * (MOST_ROWS + 1), VisitBody)
    assert refused.value.fields == {"limit_rows": MOST_ROWS}


def test_a_cell_that_is_no_number_is_told_as_such() -> None:
    [row] = read_csv("rep_code,outlet_code,visit_date,sequence\nR,O,2026-11-30,first\n", VisitBody)
    assert [(problem.pointer, problem.code) for problem in row.problems] == [("/sequence", "int_type")]


def test_null_in_a_cell_takes_an_outlets_location_away_and_an_empty_one_leaves_it() -> None:
    header = "code,name,territory_code,location\n"
    [gone] = read_csv(header + "A,a,T,null\n", OutletBody)
    [left] = read_csv(header + "A,a,T,\n", OutletBody)
    assert gone.body is not None
    assert left.body is not None
    assert (gone.body.model_fields_set - left.body.model_fields_set) == {"location"}


def test_every_member_of_an_outlet_has_its_column() -> None:
    assert {"location.lat", "location.fence", "terms.visits_per_week", "terms.must_stock"} <= set(
        columns_of(OutletBody)
    )
