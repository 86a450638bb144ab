"""A day's route as GeoJSON and GPX."""

import gpxpy
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.outlets import make_outlet
from tests.planning.week_plans.conftest import Desk, plan

MONDAY = "2026-11-30"
HOME = {"lat": 38.15, "lon": 21.70}


async def fetch(desk: Desk, suffix: str) -> tuple[str, bytes]:
    answer = await desk.as_rep("GET", f"/v1/reps/PAT-R1/routes/{MONDAY}.{suffix}")
    assert answer.status_code == 200, answer.text
    return answer.headers["Content-Type"], answer.content


async def test_geojson_has_the_visits_in_their_order_and_the_way_from_home(desk: Desk) -> None:
    await desk.as_supervisor("PUT", "/v1/reps/PAT-R1/workday", {"start": HOME})
    await desk.approved((1, MONDAY), (0, MONDAY), (2, "2026-12-01"))
    answer = await desk.as_rep("GET", f"/v1/reps/PAT-R1/routes/{MONDAY}.geojson")
    assert answer.headers["Content-Type"] == "application/geo+json"
    first, second, line = answer.json()["features"]
    assert [feature["properties"]["outlet_code"] for feature in (first, second)] == ["PAT-0001", "PAT-0000"]
    assert first["geometry"] == {"type": "Point", "coordinates": [21.73, 38.21]}
    assert first["properties"]["expected_at"].endswith("+02:00")
    assert line["geometry"]["coordinates"] == [[21.70, 38.15], [21.73, 38.21], [21.73, 38.20]]


async def test_an_outlet_without_a_place_is_a_feature_without_one(desk: Desk, session: AsyncSession) -> None:
    desk.outlets[0] = await make_outlet(session, desk.territory, at=None)
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    answer = await desk.as_rep("GET", f"/v1/reps/PAT-R1/routes/{MONDAY}.geojson")
    assert [feature["geometry"] for feature in answer.json()["features"]] == [None]


async def test_gpx_is_a_route_that_a_navigator_reads(desk: Desk, session: AsyncSession) -> None:
    desk.outlets[1] = await make_outlet(session, desk.territory, at=(38.21, 21.73), code="PAT-N", name="Καφέ <&> Co")
    await desk.approved((0, MONDAY), (1, MONDAY))
    media_type, content = await fetch(desk, "gpx")
    assert media_type == "application/gpx+xml"
    (route,) = gpxpy.parse(content.decode()).routes
    assert route.name == f"PAT-R1 {MONDAY}"
    assert [point.comment for point in route.points] == ["PAT-0000", "PAT-N"]
    assert route.points[1].name == "2 Καφέ <&> Co"
    assert route.points[0].time is not None
    assert route.points[0].time.isoformat() == "2026-11-30T06:00:00+00:00"
