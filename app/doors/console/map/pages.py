"""The map of a day as a page, and the data that it draws, for supervisors."""

from typing import Annotated, Any

import orjson
from fastapi import Query, Response
from fastapi.responses import FileResponse
from jinja2.filters import do_striptags
from starlette.exceptions import HTTPException

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.map.ground import ground_of
from app.doors.console.map.words import WORDS
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.ground.settings import Settings
from app.ground.web.fields import Code, Day

router = console_router()

MOST_REPS = 60
"""Whose tracks are drawn at once: a territory's."""
TerritoryCode = Annotated[Code | None, Query()]
RepCode = Annotated[Code | None, Query()]
OfDay = Annotated[Day | None, Query(alias="date")]


@router.get("/map")
async def show_map(
    page: SupervisorsPage, territory_code: TerritoryCode = None, day: OfDay = None, rep_code: RepCode = None
) -> Response:
    """The map of a territory's day, and of a rep's where one is chosen, with the same as a list beside it."""
    territory, territories = await page.territory(territory_code)
    if territory is None:
        return page.render("today/nothing.html")
    days = await page.api.get("/v1/rep-days", territory_code=territory["code"], date=day, limit=500)
    shown = days["territories"][0]["date"]
    track = await page.api.get(f"/v1/reps/{rep_code}/tracks/{shown}") if rep_code else None
    settings: Settings = page.request.app.state.settings
    return page.render(
        "map/map.html",
        territory=territory,
        territories=territories,
        zone=territory["time_zone"],
        day=shown,
        reps=days["items"],
        rep_code=rep_code,
        track=track,
        ground=ground_of(settings),
        map_words=orjson.dumps({key: page.label(key, "map") for key in WORDS}).decode(),
        live=day is None,
    )


@router.get("/map/outlets.json")
async def outlets_of_map(
    page: SupervisorsPage, territory_code: Annotated[Code, Query()], day: OfDay = None
) -> Response:
    """The outlets by how their day stands, with the page of each."""
    outlet_map = await page.api.get("/v1/outlet-map", territory_code=territory_code, date=day)
    for feature in outlet_map["features"]:
        feature["properties"]["href"] = f"/console/outlets/{feature['properties']['outlet_code']}"
    return _json(outlet_map)


@router.get("/map/tracks.json")
async def tracks_of_map(
    page: SupervisorsPage,
    territory_code: Annotated[Code, Query()],
    day: Annotated[Day, Query(alias="date")],
    rep_code: RepCode = None,
) -> Response:
    """A rep's stops and check-ins, or those of all reps of the territory who have any."""
    codes = [rep_code] if rep_code else await _reps_of(page, territory_code, day)
    tracks = [await page.api.get(f"/v1/reps/{code}/tracks/{day}") for code in codes]
    for track in tracks:
        for stop in track["stops"]:
            stop["href"] = f"/console/visits/{stop['visit_id']}"
        for check_in in track["check_ins"]:
            check_in["lines"] = [_said(page, check_in)]
    return _json(tracks)


@router.get("/map/routes.json")
async def routes_of_map(
    page: SupervisorsPage, rep_code: Annotated[Code, Query()], day: Annotated[Day, Query(alias="date")]
) -> Response:
    """A rep's planned route; none where there is no plan."""
    try:
        return _json(await page.api.get(f"/v1/reps/{rep_code}/routes/{day}.geojson"))
    except ApiRefusal as refusal:
        if refusal.status != 404:
            raise
        return _json([])


@router.get("/map.pmtiles")
async def tiles(page: SupervisorsPage) -> Response:
    """The file that maps are drawn on, where one is set; browsers ask for parts of it."""
    settings: Settings = page.request.app.state.settings
    if settings.map_pmtiles is None:
        raise HTTPException(404, "No file of tiles is set.")
    headers = {"Cache-Control": "private, max-age=86400"}
    return FileResponse(settings.map_pmtiles, media_type="application/vnd.pmtiles", headers=headers)


async def _reps_of(page: ConsolePage, territory_code: str, day: Any) -> list[str]:
    days = await page.api.get("/v1/rep-days", territory_code=territory_code, date=day, limit=MOST_REPS)
    return [line["rep_code"] for line in days["items"] if line["last_seen"] or line["planned"]]


def _said(page: ConsolePage, check_in: Json) -> str:
    """Where a check-in was, in a sentence, as text."""
    return do_striptags(page.part("map/verdict.html", check_in=check_in))


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
