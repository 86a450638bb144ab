"""Every route that has a report answers it as a file, too, and shows nobody in it what is not theirs.

The routes are those of the OpenAPI document that can answer `text/csv`; the world is that of the access rules.
"""

import csv
import io

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.cell_range import CellRange

from app.ground.web.media_types import Medium
from tests.architecture.access_world import CALLERS, World
from tests.architecture.test_access import Try, attempt, connection, half_past_five, world
from tests.contract import contract

__all__ = ["attempt", "connection", "half_past_five", "world"]


def columns_of(route: str) -> list[str]:
    """The columns that the document promises."""
    method, _, path = route.partition(" ")
    content = contract()["paths"][path][method.lower()]["responses"]["200"]["content"]
    (columns,) = csv.reader([content[Medium.CSV.value]["example"]])
    return columns


ROUTES = [
    f"GET {path}"
    for path, item in contract()["paths"].items()
    if {Medium.JSON.value, Medium.CSV.value}
    <= set(item.get("get", {}).get("responses", {}).get("200", {}).get("content", {}))
]


def asking_for(medium: str, headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Accept": medium}


def test_the_reports_are_those_that_people_hand_on() -> None:
    assert {route.removeprefix("GET /v1/") for route in ROUTES} == {
        "appeals",
        "assortment-mix",
        "assortment-statements/{number}",
        "compliance",
        "cutoff-runs/{run_id}/missing-orders",
        "fulfilment-figures",
        "orders",
        "points/months/{month}/statements",
        "reps/{rep_code}/points",
        "risk-signals/precision",
        "visits",
    }


@pytest.mark.parametrize("route", ROUTES)
async def test_a_report_comes_as_csv_with_the_columns_that_it_promises(route: str, attempt: Try, world: World) -> None:
    answer = await attempt.as_(asking_for(Medium.CSV, world.headers["admin"]))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith('.csv"')
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading[: len(columns_of(route))] == columns_of(route)
    assert rows, "the world has something of each"
    assert {len(row) for row in rows} == {len(heading)}


@pytest.mark.parametrize("route", ROUTES)
async def test_a_report_comes_as_a_workbook_with_as_many_rows_as_the_csv(
    route: str, attempt: Try, world: World
) -> None:
    admin = world.headers["admin"]
    in_csv = (await attempt.as_(asking_for(Medium.CSV, admin))).content.decode("utf-8-sig")
    answer = await attempt.as_(asking_for(Medium.XLSX, admin))
    assert answer.status_code == 200, answer.text
    table = load_workbook(io.BytesIO(answer.content)).worksheets[0].auto_filter.ref
    assert CellRange(table).size["rows"] - 1 == len(list(csv.reader(io.StringIO(in_csv)))) - 1


@pytest.mark.parametrize("route", ROUTES)
async def test_a_report_in_a_form_that_there_is_none_of_is_refused(route: str, attempt: Try, world: World) -> None:
    answer = await attempt.as_(asking_for("image/png", world.headers["admin"]))
    assert answer.status_code == 406


@pytest.mark.parametrize("route", ROUTES)
async def test_a_report_is_json_for_whoever_says_nothing(route: str, attempt: Try, world: World) -> None:
    for accept in ("*/*", "application/json", "application/json, text/csv;q=0.5"):
        answer = await attempt.as_(asking_for(accept, world.headers["admin"]))
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("route", ROUTES)
async def test_a_file_shows_nobody_what_is_not_theirs(route: str, attempt: Try, world: World) -> None:
    for caller in CALLERS:
        answer = await attempt.as_(asking_for(Medium.CSV, world.headers[caller]))
        plain = await attempt.as_(world.headers[caller])
        assert answer.status_code == plain.status_code, f"{caller} got {answer.status_code}: {answer.text}"
        assert not attempt.shown(answer, caller), f"{caller} was shown what is not theirs: {answer.text}"
