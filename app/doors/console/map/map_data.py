"""What the map of a day draws, as JSON: the API's answers, with what popups say and where they lead."""

from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json, segment
from app.doors.console.map.days import tracks_by_rep
from app.doors.console.map.popup_lines import lines_of
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.ground.web.fields import Code, Day

router = console_router()

TerritoryCode = Annotated[Code, Query()]
OfDay = Annotated[Day, Query(alias="date")]
RepCode = Annotated[Code, Query()]


@router.get("/map/outlets.json")
async def outlets_of_map(page: SupervisorsPage, territory_code: TerritoryCode, day: OfDay) -> Response:
    """The outlets by how their day stands, with the page of each."""
    outlet_map = await page.api.get("/v1/outlet-map", territory_code=territory_code, date=day)
    for feature in outlet_map["features"]:
        outlet = feature["properties"]
        outlet["href"] = f"/console/outlets/{segment(outlet['outlet_code'])}"
    return json_answer(outlet_map)


@router.get("/map/tracks.json")
async def tracks_of_map(
    page: SupervisorsPage,
    territory_code: TerritoryCode,
    day: OfDay,
    rep_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """A rep's stops and check-ins; without one the check-ins of all who had any, which lead to each rep's day."""
    if rep_code is not None:
        return json_answer(await _track(page, rep_code, day))
    days = await page.api.get("/v1/rep-days", territory_code=territory_code, date=day, limit=500)
    names = {line["rep_code"]: line["rep_name"] for line in days["items"]}
    zone = days["territories"][0]["time_zone"]
    check_ins = await page.api.all("/v1/check-ins", territory_code=territory_code, date=day)
    tracks = tracks_by_rep(check_ins, names, zone)
    for track in tracks:
        of_rep = {"territory_code": territory_code, "date": day, "rep_code": track["rep_code"]}
        for check_in in track["check_ins"]:
            check_in["lines"] = lines_of(page, check_in, track["rep_name"], zone)
            check_in["href"] = f"/console/map?{urlencode(of_rep | {'focus': 'check-in:' + check_in['id']})}"
    return json_answer(tracks)


@router.get("/map/routes.json")
async def routes_of_map(page: SupervisorsPage, rep_code: RepCode, day: OfDay) -> Response:
    """A rep's planned route; none where there is no plan."""
    try:
        return json_answer(await page.api.get(f"/v1/reps/{segment(rep_code)}/routes/{day}.geojson"))
    except ApiRefusal as refusal:
        if refusal.status != 404:
            raise
        return json_answer([])


def json_answer(content: Any) -> Response:
    """What a map reads."""
    return Response(orjson.dumps(content), media_type="application/json")


async def _track(page: ConsolePage, rep_code: str, day: Any) -> Json:
    track = await page.api.get(f"/v1/reps/{segment(rep_code)}/tracks/{day}")
    for stop in track["stops"]:
        stop["href"] = f"/console/visits/{stop['visit_id']}"
    visits = {stop["outlet_code"]: stop["href"] for stop in track["stops"]}
    for check_in in track["check_ins"]:
        check_in["lines"] = lines_of(page, check_in, track["rep_name"], track["time_zone"])
        code = check_in["outlet_code"]
        if check_in["outlet_name"] is not None:  # None: an outlet out of sight
            check_in["href"] = visits.get(code) or f"/console/outlets/{segment(code)}"
    return track
