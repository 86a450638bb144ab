"""CSV as spreadsheets of several countries write it: other separators, other words for yes, shorter names."""

from decimal import Decimal

import pytest

from app.doors.imports.errors import FileUnreadable
from app.field.visits.schemas import VisitBody
from app.masters.catalogue.schemas import PriceBody, ProductBody, StockBody
from app.masters.outlets.schemas import OutletBody
from app.masters.territories.schemas import RepBody, TerritoryBody
from tests.doors.imports.test_files import read_csv


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_file_is_separated_as_its_header_is(mark: str) -> None:
    [row] = read_csv(mark.join(["code", "name", "territory_code"]) + "\n" + mark.join(["A", "a", "T"]) + "\n")
    assert row.body == RepBody(code="A", name="a", territory_code="T")


def test_a_nested_column_goes_by_the_last_part_of_its_name_too() -> None:
    [row] = read_csv(
        "code,name,territory_code,lat,lon,radius_m,terms.credit_hold\nA,a,T,38.2,21.7,80,true\n", OutletBody
    )
    assert isinstance(row.body, OutletBody)
    assert row.body.location is not None
    assert row.body.location.radius_m == 80
    with pytest.raises(FileUnreadable) as refused:
        read_csv("code,lat,location.lat\nA,1,2\n", OutletBody)
    assert [(problem.pointer, problem.code) for problem in refused.value.errors] == [
        ("/header/location.lat", "repeated_column")
    ]


@pytest.mark.parametrize("cell", ["1|2|3", '"1,2,3"', "1 2 3", "1; 2; 3", '"[1, 2, 3]"'])
def test_a_list_of_numbers_is_separated_by_whatever_no_number_holds(cell: str) -> None:
    [row] = read_csv(f"code,name,time_zone,working_weekdays\nA,a,UTC,{cell}\n", TerritoryBody)
    assert isinstance(row.body, TerritoryBody)
    assert row.body.working_weekdays == [1, 2, 3]


def test_the_separator_is_the_headers_whatever_ends_a_line() -> None:
    for end in ("\n", "\r\n", "\r"):
        [row] = read_csv(end.join(["code;name;list_price", "A;Big, red;1,15", ""]), ProductBody)
        assert row.body == ProductBody(code="A", name="Big, red", list_price=Decimal("1.15"))


@pytest.mark.parametrize(("cell", "active"), [("true", True), ("NO", False), ("1", True), ("0", False)])
def test_a_flag_is_written_in_several_ways(cell: str, *, active: bool) -> None:
    [row] = read_csv(f"code,name,territory_code,active\nA,a,T,{cell}\n")
    assert isinstance(row.body, RepBody)
    assert row.body.active is active


@pytest.mark.parametrize(
    ("mark", "written", "meant"),
    [
        # semicolons: Excel in a country of decimal commas; tabs: it, or a program
        (";", "1,15", "1.15"),
        (";", "1.15", "1.15"),
        (";", "1 234,50", "1234.5"),
        (";", "1\u00a0234,50", "1234.5"),
        (";", "1\u202f234,50", "1234.5"),
        (";", "1.234,50", "1234.5"),
        (";", "1,234.50", "1234.5"),
        (";", "1.234.567", "1234567"),
        (";", "0,125", "0.125"),
        (";", "0.125", "0.125"),
        (";", "24,", "24"),
        (";", "1.200,", "1200"),
        (";", "1.2000", "1.2000"),
        (";", "3,4499999999999997", "3.45"),
        ("\t", "1,15", "1.15"),
        # commas: nobody who separates columns by them has decimal commas, but in quotation marks
        (",", "1.200", "1.200"),
        (",", "1,15", "1.15"),
        (",", "1,234.50", "1234.5"),
        (",", "1.234,50", "1234.5"),
        # a thousand times as much, or not
        (";", "1.200", None),
        (";", "1,200", None),
        ("\t", "12.000", None),
        (",", "1,200", None),
    ],
)
def test_a_number_is_read_as_its_country_writes_it_and_never_guessed(
    mark: str, written: str, meant: str | None
) -> None:
    cell = f'"{written}"' if "," in written else written
    header = mark.join(["code", "name", "list_price"])
    [row] = read_csv(f"{header}\n" + mark.join(["A", "a", cell]), ProductBody)
    if meant is None:
        assert [(problem.pointer, problem.code) for problem in row.problems] == [("/list_price", "ambiguous_number")]
    else:
        assert row.body == ProductBody(code="A", name="a", list_price=Decimal(meant))


def test_what_a_column_cannot_hold_decides_between_two_readings() -> None:
    [row] = read_csv("code;name;territory_code;lat;lon;radius_m\nA;a;T;38.208;21,712;80,000\n", OutletBody)
    assert isinstance(row.body, OutletBody)
    assert row.body.location is not None
    assert (row.body.location.lat, row.body.location.lon, row.body.location.radius_m) == (38.208, 21.712, 80)


@pytest.mark.parametrize(
    ("mark", "column", "meant"),
    [
        # the point is the one of fractions
        (";", ["12.000", "1.15"], ["12.000", "1.15"]),
        (";", ["0.5", "12.000", "-1.200", "1,200"], ["0.5", "12", "-1.2", "1200"]),
        (";", ["12.0000", "12.000"], ["12", "12"]),
        (";", ["1200.500", "12.000"], ["1200.5", "12"]),
        ("\t", ["1,234.50", "12.000"], ["1234.5", "12"]),
        (";", ["1,234,567", "12.000"], ["1234567", "12"]),
        (";", ["24.", "12.000"], ["24", "12"]),
        # the comma is
        (";", ["12,000", "1,15"], ["12", "1.15"]),
        (";", ["0,5", "12,000", "1.200"], ["0.5", "12", "1200"]),
        (";", ["1.234.567", "12,000", "12.000"], ["1234567", "12", "12000"]),
        (";", ["1 234,5", "1.200"], ["1234.5", "1200"]),
        (",", ["1,15", "12,000"], ["1.15", "12"]),
        (",", ["1,15", "1.200"], ["1.15", "1200"]),
        (",", ["1.15", "1,200"], ["1.15", "1200"]),
        # nothing shows it, or both are shown
        (";", ["12.000", "7", "3.000", "abc"], [None, "7", None, None]),
        (";", ["12.000", "1.15", "1,15"], [None, "1.15", "1.15"]),
        (",", ["12.000", "12,000", "1.15", "1,15"], ["12", None, "1.15", "1.15"]),
    ],
)
def test_the_other_numbers_of_a_column_show_which_mark_is_the_one_of_fractions(
    mark: str, column: list[str], meant: list[str | None]
) -> None:
    cells = [f'"{cell}"' if "," in cell else cell for cell in column]
    header = mark.join(["warehouse_code", "product_code", "quantity", "as_of"])
    lines = [mark.join(["W", "P", cell, "2026-11-23T06:00:00Z"]) for cell in cells]
    rows = read_csv("\n".join([header, *lines]), StockBody)
    assert [row.body and row.body.model_dump()["quantity"] for row in rows] == [
        None if number is None else Decimal(number) for number in meant
    ]


def test_each_column_shows_its_own_mark_whatever_other_columns_and_rows_that_are_not_read_say() -> None:
    file = "code;name;pack_size;list_price\nA;1.15;12.000;1.15\nB;0.5;6;12.000\nC;c;0.5\n"
    rows = read_csv(file, ProductBody)
    assert [[(problem.pointer, problem.code) for problem in row.problems] for row in rows] == [
        [("/pack_size", "ambiguous_number")],
        [],
        [("", "ragged")],
    ]


def test_a_column_of_whole_numbers_holds_no_fraction() -> None:
    header = "rep_code;outlet_code;visit_date;sequence\n"
    rows = read_csv(f"{header}R;O;2026-11-23;1.250\nR;O;2026-11-23;1.000\n", VisitBody)
    assert [row.raw["sequence"] for row in rows] == [1250, 1000]


def test_codes_and_lists_with_points_and_commas_are_no_numbers() -> None:
    [row] = read_csv("code;name;working_weekdays\n1.200;1,200;1,2\n", TerritoryBody)
    assert (row.raw["code"], row.raw["name"], row.raw["working_weekdays"]) == ("1.200", "1,200", [1, 2])


@pytest.mark.parametrize(("mark", "sound"), [(";", True), ("\t", True), (",", False)])
def test_a_day_with_points_is_read_where_decimal_commas_are_at_home(mark: str, *, sound: bool) -> None:
    header = mark.join(["product_code", "price", "valid_from"])
    [row] = read_csv(f"{header}\n" + mark.join(["P", "1", "27.11.2026"]), PriceBody)
    assert (row.body is not None) is sound
    [row] = read_csv(f"{header}\n" + mark.join(["P", "1", "05/06/2026"]), PriceBody)
    assert row.body is None
