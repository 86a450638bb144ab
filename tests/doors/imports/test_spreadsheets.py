"""CSV as spreadsheets of several countries write it: other separators, other words for yes, shorter names."""

import pytest

from app.doors.imports.errors import FileUnreadable
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


@pytest.mark.parametrize(("cell", "active"), [("true", True), ("NO", False), ("1", True), ("0", False)])
def test_a_flag_is_written_in_several_ways(cell: str, *, active: bool) -> None:
    [row] = read_csv(f"code,name,territory_code,active\nA,a,T,{cell}\n")
    assert isinstance(row.body, RepBody)
    assert row.body.active is active
