"""Location proposals: where reps, or their check-ins, say that an outlet really is. Supervisors decide on theirs."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

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
    listed = await page.api.get(
        "/v1/location-proposals", status=status, territory_code=territory_code, cursor=cursor, limit=A_PAGE
    )
    outlets = await _outlets_of(page, listed["items"])
    territories = await page.territories()
    return page.render(
        "setup/location_proposals.html",
        status=refusal.status if refusal else 200,
        proposals=listed["items"],
        outlets=outlets,
        next_cursor=listed["next_cursor"],
        asked_status=status,
        statuses=STATUSES,
        asked={"territory_code": territory_code},
        territories=territories,
        zones={each["code"]: each["time_zone"] for each in territories},
        problem=refusal,
    )


async def _outlets_of(page: SupervisorsPage, proposals: list[Json]) -> dict[str, Json]:
    """The outlets of a page of proposals, by code."""
    codes = dict.fromkeys(proposal["outlet_code"] for proposal in proposals)
    return {code: await page.api.get(f"/v1/outlets/{segment(code)}") for code in codes}
