"""Location proposals: where reps, or their check-ins, say that an outlet really is. Supervisors decide on theirs."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from app.doors.console.api_calls import ApiRefusal, Json, segment
from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.setup import records
from app.ground.web.fields import Code

router = console_router()

STATUSES = ("open", "approved", "rejected")
A_PAGE = 20
"""Proposals of a page: each is shown with its outlet."""


@router.get("/setup/location-proposals")
async def show_proposals(
    page: SupervisorsPage,
    status: Annotated[Literal["open", "approved", "rejected"], Query()] = "open",
    territory_code: Annotated[Code | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Proposals, the oldest first, each beside where the outlet is now."""
    return await _list_page(page, status, territory_code, cursor)


@router.get("/setup/location-proposals/map.json")
async def show_on_a_map(
    page: SupervisorsPage,
    status: Annotated[Literal["open", "approved", "rejected"], Query()] = "open",
    territory_code: Annotated[Code | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The same page of proposals for its map: each outlet where it is, and where it is said to be."""
    listed = await _listed(page, status, territory_code, cursor)
    outlets = await _outlets_of(page, listed["items"])
    features = []
    for number, proposal in enumerate(listed["items"], 1):
        outlet = outlets[proposal["outlet_code"]]
        if outlet["location"] is not None:
            features.append(_feature(outlet["code"], outlet, "planned", outlet["location"]))
        features.append(_feature(f"{number} {outlet['code']}", outlet, "unverified", proposal))
    return JSONResponse({"type": "FeatureCollection", "features": features})


@router.post("/setup/location-proposals/{proposal_id}")
async def decide(page: SupervisorsPage, proposal_id: UUID) -> Response:
    """Approve or reject one."""
    form = await page.form()
    body = {"decision": form.text("decision"), "comment": form.raw("comment").strip()}
    try:
        await page.api.post(f"/v1/location-proposals/{proposal_id}/decision", body)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return await _list_page(page, "open", None, None, refusal)
    return page.redirect("/setup/location-proposals", notice="decided")


async def _list_page(
    page: SupervisorsPage,
    status: str,
    territory_code: str | None,
    cursor: str | None,
    refusal: ApiRefusal | None = None,
) -> Response:
    listed = await _listed(page, status, territory_code, cursor)
    asked = {"status": status, "territory_code": territory_code, "cursor": cursor}
    outlets = await _outlets_of(page, listed["items"])
    territories = await page.territories()
    return page.render(
        "setup/location_proposals.html",
        status=refusal.status if refusal else 200,
        proposals=listed["items"],
        outlets=outlets,
        next_cursor=listed["next_cursor"],
        map_address="/console/setup/location-proposals/map.json?" + urlencode({k: v for k, v in asked.items() if v}),
        asked_status=status,
        statuses=STATUSES,
        asked=asked,
        territories=territories,
        zones={each["code"]: each["time_zone"] for each in territories},
        problem=refusal,
    )


async def _listed(page: SupervisorsPage, status: str, territory_code: str | None, cursor: str | None) -> Json:
    return await page.api.get(
        "/v1/location-proposals", status=status, territory_code=territory_code, cursor=cursor, limit=A_PAGE
    )


async def _outlets_of(page: SupervisorsPage, proposals: list[Json]) -> dict[str, Json]:
    """The outlets of a page of proposals, by code."""
    codes = dict.fromkeys(proposal["outlet_code"] for proposal in proposals)
    return {code: await page.api.get(f"/v1/outlets/{segment(code)}") for code in codes}


def _feature(name: str, outlet: Json, state: str, location: Json) -> Json:
    """A place as the map takes outlets. A fence lies around the mean of its corners."""
    fence = location.get("fence")
    corners = fence["coordinates"][0][:-1] if fence else [(location["lon"], location["lat"])]
    centre = [sum(values) / len(corners) for values in zip(*corners, strict=True)]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": centre},
        "properties": {
            "outlet_code": name,
            "outlet_name": outlet["name"],
            "state": state,
            "radius_m": location["radius_m"],
            "fence": fence,
            "visits": [],
        },
    }
