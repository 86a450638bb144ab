"""Routes of a day's route, as files."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Path, Response

from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.paths import attachment
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.territories.visible import rep_in_sight
from app.planning.week_plans.iso_weeks import monday_before
from app.planning.week_plans.route_files import geojson_of, gpx_of
from app.planning.week_plans.service import PlanView, Week, view_of

router = make_router("week plans")

GEOJSON, GPX = "application/geo+json", "application/gpx+xml"
RepCode = Annotated[Code, Path()]
VisitDate = Annotated[Day, Path()]
Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope="visits:read")]


_POINT: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [21.7346, 38.2466]},
    "properties": {
        "sequence": 1,
        "outlet_code": "PAT-0042",
        "arrival_at": "2026-11-30T08:12:00+02:00",
        "waiting_minutes": 0,
        "expected_at": "2026-11-30T08:12:00+02:00",
    },
}
_COLLECTION = {"type": "FeatureCollection", "features": [_POINT]}
_ROUTE = '<gpx version="1.1"><rte><rtept lat="38.2466" lon="21.7346"><cmt>PAT-0042</cmt></rtept></rte></gpx>'


def _file(media_type: str, schema: str, example: Any) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": schema}, "example": example}}
    return {200: {"description": "The file", "content": content}}


@router.get(
    "/reps/{rep_code}/routes/{visit_date}.geojson",
    operation_id="get_route_geojson",
    summary="A rep's day on a map",
    response_class=Response,
    responses=_file(GEOJSON, "object", _COLLECTION) | problems(401, 403, 404, 422),
)
async def get_route_geojson(rep_code: RepCode, visit_date: VisitDate, session: ReadSession, caller: Reader) -> Response:
    """The day's visits as points with the times at which they begin, and the line through them (RFC 7946)."""
    view = await _view(session, rep_code, visit_date, caller)
    return Response(orjson.dumps(geojson_of(view, visit_date)), media_type=GEOJSON)


@router.get(
    "/reps/{rep_code}/routes/{visit_date}.gpx",
    operation_id="get_route_gpx",
    summary="A rep's day for a navigator",
    response_class=Response,
    responses=_file(GPX, "string", _ROUTE) | problems(401, 403, 404, 422),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def get_route_gpx(rep_code: RepCode, visit_date: VisitDate, session: ReadSession, caller: Reader) -> Response:
    """The day as a route with a point for each stop (GPX 1.1)."""
    view = await _view(session, rep_code, visit_date, caller)
    name = f"{rep_code}-{visit_date.isoformat()}.gpx"
    headers = {"Content-Disposition": attachment(name)}
    return Response(gpx_of(view, visit_date), media_type=GPX, headers=headers)


async def _view(session: ReadSession, rep_code: str, day: date, caller: Caller) -> PlanView:
    territory, rep = await rep_in_sight(session, rep_code, caller)
    return await view_of(session, Week(territory, rep, monday_before(day)))
