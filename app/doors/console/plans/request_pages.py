"""What reps ask to be changed in approved plans: granting it, refusing it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import PREFIX, ConsolePage, SupervisorsPage, console_router

router = console_router()


class RequestsShown(StrEnum):
    """Which requests a page shows."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


@router.get("/plans/requests")
async def show_requests(
    page: SupervisorsPage,
    status: Annotated[RequestsShown, Query()] = RequestsShown.OPEN,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The requests within the supervisor's sight, the oldest first."""
    return await _requests_page(page, status, cursor)


@router.post("/plans/requests/{request_id}/decision")
async def decide_request(page: SupervisorsPage, request_id: UUID) -> Response:
    """Grant a request, and its changes are made; or refuse it."""
    form = await page.form()
    body = {"decision": form.text("decision"), "comment": form.raw("comment").strip()}
    try:
        await page.api.post(f"/v1/plan-change-requests/{request_id}/decision", body)
    except ApiRefusal as refusal:
        return await _requests_page(page, RequestsShown.OPEN, None, refusal)
    back = form.raw("back")
    return page.redirect(back if back.startswith(f"{PREFIX}/plans/") else "/plans/requests", notice="decided")


async def _requests_page(
    page: ConsolePage, status: RequestsShown, cursor: str | None, refusal: ApiRefusal | None = None
) -> Response:
    listed = await page.api.get("/v1/plan-change-requests", status=status.value, cursor=cursor)
    reps = {rep["code"]: rep for rep in await page.api.all("/v1/reps")}
    zones = {territory["code"]: territory["time_zone"] for territory in await page.territories()}
    return page.render(
        "plans/requests.html",
        status=refusal.status if refusal else 200,
        requests=listed["items"],
        next_cursor=listed["next_cursor"],
        reps=reps,
        zones=zones,
        shown=status.value,
        kinds=[each.value for each in RequestsShown],
        problem=refusal,
    )
