"""Visits as pages: for supervisors."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.visits.story import story_of
from app.ground.web.fields import Code, Day

router = console_router()

EXCUSES = ("rep_ill", "outlet_closed", "vehicle", "weather", "training", "other")
"""The reasons that the form offers; the API takes any."""


@router.get("/visits")
async def show_visits(
    page: SupervisorsPage,
    day: Annotated[Day | None, Query(alias="date")] = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
    counted_as: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The visits behind a number: by day, rep, outlet, status."""
    territory, territories = await page.territory(territory_code)
    listed = await page.api.get(
        "/v1/visits",
        date=day,
        from_=first,
        to=last,
        territory_code=territory_code,
        rep_code=rep_code,
        outlet_code=outlet_code,
        status=status,
        counted_as=counted_as,
        cursor=cursor,
    )
    return page.render(
        "visits/visits.html",
        visits=listed["items"],
        next_cursor=listed["next_cursor"],
        territories=territories,
        zones={each["code"]: each["time_zone"] for each in territories},
        zone=territory["time_zone"] if territory else "UTC",
        asked={
            "date": day,
            "rep_code": rep_code,
            "outlet_code": outlet_code,
            "status": status,
            "counted_as": counted_as,
        },
    )


@router.get("/visits/{visit_id}")
async def show_visit(page: SupervisorsPage, visit_id: UUID) -> Response:
    """One visit with all that is known of it."""
    return await _visit_page(page, visit_id)


@router.post("/visits/{visit_id}/excuse")
async def excuse_visit(page: SupervisorsPage, visit_id: UUID) -> Response:
    """Excuse it, with a reason."""
    form = await page.form()
    body = {"reason_code": form.text("reason_code"), "comment": form.raw("comment").strip()}
    try:
        await page.api.post(f"/v1/visits/{visit_id}/excuse", body)
    except ApiRefusal as refusal:
        return await _visit_page(page, visit_id, refusal)
    return page.redirect(f"/visits/{visit_id}", notice="excused")


async def _visit_page(page: SupervisorsPage, visit_id: UUID, refusal: ApiRefusal | None = None) -> Response:
    visit = await page.api.get(f"/v1/visits/{visit_id}")
    territory = await page.api.get(f"/v1/territories/{visit['territory_code']}")
    explanations = {
        entry["id"]: await page.api.get(f"/v1/points/{entry['id']}/explanation") for entry in visit["points"]
    }
    return page.render(
        "visits/visit.html",
        status=refusal.status if refusal else 200,
        visit=visit,
        story=story_of(visit),
        explanations=explanations,
        territory=territory,
        zone=territory["time_zone"],
        excuses=EXCUSES,
        problem=refusal,
    )
