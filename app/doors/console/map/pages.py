"""The map of a day as a page, for supervisors, and what keeps it alive."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import FileResponse
from sse_starlette import ServerSentEvent
from starlette.exceptions import HTTPException

from app.doors.console.api_calls import Json, segment
from app.doors.console.live.feed import Watcher
from app.doors.console.live.streams import stream
from app.doors.console.map.days import groups_of, stop_lines
from app.doors.console.map.words import words_for
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.preferences import TERRITORY_COOKIE, remember
from app.doors.console.today.days import date_in, day_beside
from app.ground.settings import Settings
from app.ground.web.access import Caller
from app.ground.web.fields import Code, Day

router = console_router()

MOST_REPS = 500
"""Reps that the list beside the map names: a territory's."""


@router.get("/map")
async def show_map(
    page: SupervisorsPage,
    territory_code: Annotated[Code | None, Query()] = None,
    day: Annotated[Day | None, Query(alias="date")] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    focus: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The map of a territory's day, or of a rep's, with the same as a list beside it. `focus`: what is shown first, as
    static/map.js has it.
    """
    rep = await page.api.get(f"/v1/reps/{segment(rep_code)}") if rep_code else None
    territory, territories = await page.territory(territory_code or (rep and rep["territory_code"]))
    if territory is None:
        return page.render("today/nothing.html")
    if rep is not None and rep["territory_code"] != territory["code"]:
        rep = None  # another territory was chosen since
    content = await _content(page, territory, day, rep)
    if page.is_fragment:
        return page.render("map/map.html", block="beside", **content)
    answer = page.render(
        "map/map.html", territories=territories, focus=focus, map_words=words_for(page.label), **content
    )
    if territory_code is not None:
        remember(page.request, answer, TERRITORY_COOKIE, territory_code)
    return answer


@router.get("/map/live")
async def follow_map(
    page: SupervisorsPage, territory_code: Annotated[Code, Query()], rep_code: Annotated[Code | None, Query()] = None
) -> Response:
    """That the day has changed: the territory's, or the rep's where one is named."""
    territory_id = await page.territory_id(territory_code)

    def tell(happened: Watcher, _: Caller) -> Iterator[ServerSentEvent]:
        codes = {live.line.line.rep_code for live in happened.lines.values()}
        if happened.whole_day or (codes if rep_code is None else rep_code in codes):
            yield ServerSentEvent(event="changed", data="")

    return stream(page, Watcher(territory_id=territory_id), tell)


@router.get("/map.pmtiles")
async def tiles(page: SupervisorsPage) -> Response:
    """The file that maps are drawn on, where one is set; browsers ask for parts of it."""
    settings: Settings = page.request.app.state.settings
    if settings.map_pmtiles is None:
        raise HTTPException(404, "No file of tiles is set.")
    headers = {"Cache-Control": "private, max-age=86400"}
    return FileResponse(settings.map_pmtiles, media_type="application/vnd.pmtiles", headers=headers)


async def _content(page: ConsolePage, territory: Json, day: Any, rep: Json) -> dict[str, Any]:
    days = await page.api.get("/v1/rep-days", territory_code=territory["code"], date=day, limit=MOST_REPS)
    header, zone = days["territories"][0], territory["time_zone"]
    content: dict[str, Any] = {
        "territory": territory,
        "zone": zone,
        "day": header["date"],
        "day_before": day_beside(header["date"], -1),
        "day_after": day_beside(header["date"], 1),
        "is_today": day is None,
        "live": header["date"] == str(date_in(header["now"], zone)),
        "reps": days["items"],
        "rep": rep,
        "rep_code": rep and rep["code"],
        "line": None,
    }
    if rep is None:
        outlets = await page.api.get("/v1/outlet-map", territory_code=territory["code"], date=header["date"])
        return content | {"groups": groups_of(outlets["features"])}
    track = await page.api.get(f"/v1/reps/{segment(rep['code'])}/tracks/{header['date']}")
    line = next((line for line in days["items"] if line["rep_code"] == rep["code"]), None)
    return content | {"track": track, "stops": stop_lines(track), "line": line}
