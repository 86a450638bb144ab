"""Files of imports as the console reads them, and what it says of their rows."""

import csv
from typing import Any

import pytest
from pydantic import BaseModel

from app.doors.console.label_tables import all_tables
from app.doors.console.setup import import_files, imports
from app.doors.fulfilment.return_schemas import ReturnRowBody
from app.doors.fulfilment.schemas import DeliveryRowBody
from app.doors.imports.service import BODIES

MODELS: dict[str, type[BaseModel]] = {
    **{kind.value: model for kind, model in BODIES.items()},
    "deliveries": DeliveryRowBody,
    "returns": ReturnRowBody,
}


def rejected(line: int, message: str, code: str | None = "PAT-1") -> dict[str, Any]:
    problem = {"detail": "The row breaks a rule.", "errors": [{"pointer": "/location/lat", "message": message}]}
    return {"line": line, "code": code, "status": "rejected", "problem": problem}


def test_every_kind_of_file_can_be_uploaded() -> None:
    assert set(import_files.COLUMNS) == set(MODELS) == set(imports.Kind.__args__)  # type: ignore[attr-defined] # a Literal's
    assert set(import_files.COLUMNS) == set(all_tables()["import_kind"])


@pytest.mark.parametrize("kind", import_files.COLUMNS)
def test_the_columns_of_a_kind_are_the_members_of_its_rows(kind: str) -> None:
    assert {column.partition(".")[0] for column in import_files.COLUMNS[kind]} == set(MODELS[kind].model_fields)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("Outlets.CSV", "text/csv; charset=windows-1253"),
        ("outlets.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("outlets.ndjson", "application/x-ndjson"),
        ("outlets.xls", None),
        ("outlets", None),
    ],
)
def test_a_files_medium_is_told_by_its_suffix(name: str, media_type: str | None) -> None:
    assert import_files.media_type_of(name, "windows-1253") == media_type


def test_a_charset_that_is_not_offered_is_not_sent() -> None:
    assert import_files.media_type_of("a.csv", "utf-8\r\nX: 1") == "text/csv"


def test_the_same_bytes_of_another_kind_are_another_file() -> None:
    assert import_files.digest_of("reps", b"code") != import_files.digest_of("outlets", b"code")


def test_an_outcome_counts_rows_and_tells_the_first_that_change() -> None:
    rows = [{"line": n, "code": str(n), "status": "created", "problem": None} for n in range(2, 40)]
    outcome = import_files.outcome_of({"results": [*rows, rejected(40, "No.")]})
    assert (outcome.counts["created"], outcome.counts["rejected"], outcome.row_count) == (38, 1, 39)
    assert len(outcome.changing) == import_files.MOST_CHANGES_SHOWN
    assert [row["line"] for row in outcome.rejected] == [40]


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/header/nane", (None, "nane")),
        ("/3/location/lat", ("3", "location.lat")),
        ("/header/content-type", (None, "content-type")),
        ("", (None, "")),
    ],
)
def test_a_problem_of_a_whole_file_names_line_and_column(pointer: str, place: tuple[str | None, str]) -> None:
    assert import_files.place_of(pointer) == place


def test_errors_as_csv_hold_no_formula() -> None:
    outcome = import_files.outcome_of({"results": [rejected(3, '=HYPERLINK("x")', code="@SUM(1)")]})
    lines = list(csv.reader(import_files.errors_as_csv(outcome).removeprefix("\ufeff").splitlines()))
    assert lines == [["line", "code", "column", "problem"], ["3", "'@SUM(1)", "location.lat", '\'=HYPERLINK("x")']]
