"""Whatever an outlet is called, each file that names it can be read by the program that it is for."""

import csv
import io
from collections.abc import Callable
from typing import Any

import gpxpy
import httpx
import orjson
import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.planning.week_plans.conftest import Desk

MONDAY = "2026-11-30"
CONTROLS = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), *range(127, 133), *range(134, 160), 0xFFFE, 0xFFFF]))
NAMES = {
    "controls": f"Ka{CONTROLS}fe",
    "lines": "Ka\r\nfe\nBEGIN:VEVENT\rEND:VCALENDAR",
    "markup": "</name><x> &amp; ]]> ; , \\ \" ' ${x} {{x}} \u2028\u0085",
    "astral": "\U0001f6d2 e\u0301 \u202eabc \u200b",
}


def gpx(content: bytes) -> Any:
    return [point.name for point in gpxpy.parse(content.decode()).routes[0].points]


def geojson(content: bytes) -> Any:
    return [feature["properties"]["outlet_name"] for feature in orjson.loads(content)["features"]]


def ical(content: bytes) -> Any:
    return [str(event["summary"]) for event in Calendar.from_ical(content).walk("VEVENT")]


def workbook(content: bytes) -> Any:
    return [
        str(cell.value) for sheet in load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for cell in row
    ]


def lines(content: bytes) -> Any:
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]


FORMATS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "gpx": (f"/v1/reps/PAT-R1/routes/{MONDAY}.gpx", gpx),
    "geojson": (f"/v1/reps/PAT-R1/routes/{MONDAY}.geojson", geojson),
    "ics": ("", ical),
    "xlsx": ("/v1/order-form.xlsx?outlet_code=PAT-X", workbook),
    "csv": ("/v1/order-form.csv?outlet_code=PAT-X", lines),
}


@pytest.mark.parametrize("name", NAMES)
async def test_every_format_holds_every_name(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession, name: str
) -> None:
    desk.outlets[0] = await make_outlet(session, desk.territory, code="PAT-X", name=NAMES[name], address=NAMES[name])
    await make_product(session, code="CHO-100", name=NAMES[name])
    await desk.approved((0, MONDAY))
    link = (await desk.as_rep("POST", "/v1/reps/PAT-R1/calendar-links")).json()["path"]
    for medium, (path, read) in FORMATS.items():
        answer = await desk.as_supervisor("GET", path) if path else await api.get(link)
        assert answer.status_code == 200, (medium, answer.text)
        texts = read(answer.content)
        assert texts, medium
        if name == "controls" and medium in {"gpx", "ics"}:
            assert texts in (["1 Kafe"], ["1. Kafe"])
        if name == "markup" and medium == "gpx":
            assert texts == [f"1 {NAMES[name]}"]
    assert len(ical((await api.get(link)).content)) == 1
