"""One rep's week as a page: reading it, deciding on it, having it made and put into its best order, its calendars."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.plans.plan_data import plan_address, rep_address
from app.doors.console.plans.plan_view import Shown, plan_page
from app.doors.console.plans.weeks import Week
from app.ground.web.fields import Code, Day

router = console_router()

NOTICES = {"submit": "submitted", "approve": "approved", "return": "returned"}


@router.get("/plans/{rep_code}/{week}")
async def show_plan(
    page: SupervisorsPage,
    rep_code: str,
    week: Week,
    outlet: Annotated[Code | None, Query()] = None,
    on: Annotated[Day | None, Query()] = None,
    find: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """A rep's week: its days, and what there is to decide."""
    return await plan_page(page, rep_code, week, Shown(outlet, on.isoformat() if on else None, find))


@router.post("/plans/{rep_code}/{week}/steps/{step}")
async def take_step(
    page: SupervisorsPage, rep_code: str, week: Week, step: Literal["submit", "approve", "return"]
) -> Response:
    """Submit the plan, approve it or return it, as it was read, with a word."""
    form = await page.form()
    body = {"remark": form.raw("remark").strip() if step == "return" else form.text("remark")}
    try:
        await page.api.post(rep_address(rep_code, f"week-plans/{week}/{step}"), body, version=form.text("version"))
    except ApiRefusal as refusal:
        return await plan_page(page, rep_code, week, Shown(form=form, refusal=refusal))
    return page.redirect(plan_address(rep_code, week), notice=NOTICES[step])


@router.post("/plans/{rep_code}/{week}/optimise")
async def optimise_plan(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """Put a day, or every day that is open, into its best order."""
    form = await page.form()
    body = {"dates": form.texts("date")} if form.texts("date") else {}
    try:
        await page.api.post(rep_address(rep_code, f"week-plans/{week}/optimise"), body, version=form.text("version"))
    except ApiRefusal as refusal:
        return await plan_page(page, rep_code, week, Shown(form=form, refusal=refusal))
    return page.redirect(plan_address(rep_code, week), notice="optimised")


@router.post("/plans/{rep_code}/{week}/generate")
async def generate_plan(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """Make the rep's week from the terms of its outlets, in place of what it says."""
    form = await page.form()
    try:
        await page.api.post(rep_address(rep_code, f"week-plans/{week}/generate"), {}, version=form.text("version"))
    except ApiRefusal as refusal:
        return await plan_page(page, rep_code, week, Shown(form=form, refusal=refusal))
    return page.redirect(plan_address(rep_code, week), notice="created")


@router.post("/plans/{rep_code}/{week}/calendar-links")
async def make_calendar_link(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """Make a calendar of the rep's visits; its address is shown this once."""
    form = await page.form()
    try:
        link = await page.api.post(rep_address(rep_code, "calendar-links"), {"label": form.raw("label").strip()})
    except ApiRefusal as refusal:
        return await plan_page(page, rep_code, week, Shown(form=form, refusal=refusal))
    return await plan_page(page, rep_code, week, Shown(new_link=link))


@router.post("/plans/{rep_code}/{week}/calendar-links/{link_id}/revoke")
async def revoke_calendar_link(page: SupervisorsPage, rep_code: str, week: Week, link_id: UUID) -> Response:
    """Let a calendar open nothing any more."""
    try:
        await page.api.delete(rep_address(rep_code, f"calendar-links/{link_id}"))
    except ApiRefusal as refusal:
        return await plan_page(page, rep_code, week, Shown(refusal=refusal))
    return page.redirect(plan_address(rep_code, week), notice="revoked")
