"""Plans as pages: for supervisors. The week of a territory as a board."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.plans import change_pages, generation_pages, plan_pages, request_pages, route_pages
from app.doors.console.plans.board import PlanStanding, board_of
from app.doors.console.plans.loads import hours_of
from app.doors.console.plans.plan_data import rep_address
from app.doors.console.plans.weeks import Week, days_of, last_day_of, number_of, usual_week, week_after
from app.doors.console.preferences import TERRITORY_COOKIE, remember
from app.ground.web.fields import Code
from app.planning.week_plans.iso_weeks import monday_of

router = console_router()
"""All routes of this group."""


@router.get("/plans")
async def show_board(
    page: SupervisorsPage,
    iso_week: Annotated[Week | None, Query()] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    only: Annotated[PlanStanding | None, Query()] = None,
) -> Response:
    """The week of a territory: how each plan stands, what each day holds, and what waits for the supervisor."""
    return await _board_page(page, iso_week, territory_code, only)


@router.post("/plans/approvals")
async def approve_plans(
    page: SupervisorsPage, iso_week: Annotated[Week, Query()], territory_code: Annotated[Code, Query()]
) -> Response:
    """Approve the plans that were chosen, each as it was read; those that cannot be are told with the reason."""
    form = await page.form()
    refusals: list[tuple[str, ApiRefusal]] = []
    for plan in form.texts("clean_plan" if form.flag("clean") else "plan"):
        rep_code, _, version = plan.rpartition(":")
        try:
            await page.api.post(rep_address(rep_code, f"week-plans/{iso_week}/approve"), {}, version=version)
        except ApiRefusal as refusal:
            refusals.append((rep_code, refusal))
    if refusals:
        return await _board_page(page, iso_week, territory_code, None, refusals)
    query = urlencode({"iso_week": iso_week, "territory_code": territory_code})
    return page.redirect(f"/plans?{query}", notice="approved")


async def _board_page(
    page: ConsolePage,
    iso_week: str | None,
    territory_code: str | None,
    only: PlanStanding | None,
    refusals: list[tuple[str, ApiRefusal]] | None = None,
) -> Response:
    territory, territories = await page.territory(territory_code)
    if territory is None:
        return page.render("plans/no_territory.html")
    today = page.now.astimezone(ZoneInfo(territory["time_zone"])).date()
    week = iso_week or usual_week(today)
    lines = await page.api.all("/v1/week-plans/board", iso_week=week, territory_code=territory["code"])
    requests = await page.api.all("/v1/plan-change-requests", status="open")
    due_at = lines[0]["due_at"] if lines else None
    workday = await page.api.get(f"/v1/territories/{quote(territory['code'], safe='')}/workday")
    board = board_of(lines, hours_of(workday), days_of(week, territory))
    answer = page.render(
        "plans/board.html",
        status=409 if refusals else 200,
        territory=territory,
        territories=territories,
        zone=territory["time_zone"],
        week=week,
        weeks=_weeks(week, today),
        due_at=due_at,
        is_due_over=due_at is not None and datetime.fromisoformat(due_at) < page.now,
        board=board,
        open_requests=len(requests),
        standings=list(PlanStanding),
        rows=board.of_standing(only),
        only=only,
        generation=await _generation_of(page, week, territory),
        refusals=refusals or [],
    )
    if territory_code is not None:
        remember(page.request, answer, TERRITORY_COOKIE, territory_code)
    return answer


def _weeks(week: str, today: date) -> dict[str, Any]:
    """The week that is shown, and those around it."""
    return {
        "number": number_of(week),
        "first_day": monday_of(week),
        "last_day": last_day_of(week),
        "before": week_after(week, -1),
        "after": week_after(week),
        "usual": usual_week(today),
        "is_over": last_day_of(week) < today,
    }


async def _generation_of(page: ConsolePage, week: str, territory: Json) -> Json | None:
    """The newest generation of the week, where it still works or has just ended."""
    listed = await page.api.get("/v1/plan-generations", limit=20)
    return next(
        (
            generation
            for generation in listed["items"]
            if generation["iso_week"] == week and generation["territory_code"] in {None, territory["code"]}
        ),
        None,
    )


for group in (generation_pages, request_pages, plan_pages, change_pages, route_pages):
    router.include_router(group.router)
