"""Outlets as pages: found, and each with its whole story."""

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import Query, Response

from app.doors.console.api_calls import Json
from app.doors.console.map.ground import ground_of
from app.doors.console.map.words import WORDS
from app.doors.console.outlets.labels import LABELS
from app.doors.console.pages import AnyonesPage, ConsolePage, console_router
from app.ground.web.access import Role
from app.ground.web.fields import Code

router = console_router()

PAGES = {
    "/v1/visits/": "/console/visits/",
    "/v1/orders/": "/console/orders/",
    "/v1/deliveries/": "/console/deliveries/",
    "/v1/returns/": "/console/returns/",
    "/v1/call-tasks/": "/console/calls/",
    "/v1/cutoff-runs/": "/console/reports/days/",
}
"""Where the console shows what the API has at such an address."""
WEEKS = 8


@router.get("/outlets")
async def list_outlets(
    page: AnyonesPage,
    q: Annotated[str | None, Query(max_length=100)] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[str | None, Query(max_length=100)] = None,
    active: Annotated[str | None, Query(max_length=5)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Outlets by what somebody remembers of their name, code, address or phone."""
    _, territories = await page.territory()
    asked = {"search": q, "territory_code": territory_code, "channel": channel, "active": active}
    listed = await page.api.get("/v1/outlets", cursor=cursor, **asked)
    return page.render(
        "outlets/outlets.html",
        outlets=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        territories=territories,
    )


@router.get("/outlets/{outlet_code}")
async def show_outlet(
    page: AnyonesPage,
    outlet_code: Code,
    types: Annotated[str | None, Query(max_length=300)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """An outlet, and everything that happened there, the newest first."""
    story = await page.api.get(f"/v1/outlets/{outlet_code}/timeline", types=types, cursor=cursor)
    items = [item | {"page": page_of(item["href"])} for item in story["items"]]
    content: dict[str, Any] = {"items": items, "next_cursor": story["next_cursor"], "outlet_code": outlet_code}
    if page.is_fragment:
        zone = page.request.query_params.get("zone", "UTC")
        return page.render("outlets/outlet.html", block="items", zone=_zone(zone), types=types, **content)
    outlet = await page.api.get(f"/v1/outlets/{outlet_code}")
    territory = await page.api.get(f"/v1/territories/{outlet['territory_code']}")
    return page.render(
        "outlets/outlet.html",
        outlet=outlet,
        territory=territory,
        zone=territory["time_zone"],
        types=types,
        all_types=list(LABELS["story_type"]),
        figures=await _figures(page, outlet, territory["time_zone"]),
        ground=ground_of(page.request.app.state.settings),
        map_words=orjson.dumps({key: page.label(key, "map") for key in WORDS}).decode(),
        **content,
    )


@router.get("/outlets/{outlet_code}/map.json")
async def map_of_outlet(page: AnyonesPage, outlet_code: Code) -> Response:
    """The outlet alone, as the map draws it."""
    outlet = await page.api.get(f"/v1/outlets/{outlet_code}")
    location = outlet["location"]
    features = []
    if location is not None:
        properties = {"outlet_code": outlet["code"], "outlet_name": outlet["name"], "state": "not_planned"}
        properties |= {"ordered": False, "flagged": False, "visits": []}
        properties |= {"radius_m": location["radius_m"], "fence": location["fence"]}
        point = {"type": "Point", "coordinates": [location["lon"], location["lat"]]}
        features = [{"type": "Feature", "geometry": point, "properties": properties}]
    collection = {"type": "FeatureCollection", "territory_code": outlet["territory_code"], "features": features}
    return Response(orjson.dumps(collection | {"without_location": 0}), media_type="application/json")


def page_of(href: str | None) -> str | None:
    """The console's page of a record of the API; None where it has none of its own."""
    for api_path, page_path in PAGES.items():
        if href is not None and href.startswith(api_path):
            return page_path + href.removeprefix(api_path).partition("/")[0]
    return None


async def _figures(page: ConsolePage, outlet: Json, zone: str) -> Json:
    """The last weeks' figures of the outlet; None for operators, who are answered none."""
    if page.role is Role.OPERATOR:
        return None
    today = page.now.astimezone(ZoneInfo(zone)).date()
    figures = await page.api.get(
        "/v1/compliance",
        group_by="outlet",
        outlet_code=outlet["code"],
        from_=today - timedelta(weeks=WEEKS),
        to=today,
    )
    return figures["totals"]


def _zone(name: str) -> str:
    """A zone that a fragment was asked for with; UTC where somebody else made it up."""
    try:
        return str(ZoneInfo(name).key)
    except (KeyError, ValueError, OSError):
        return "UTC"
