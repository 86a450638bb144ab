"""Calls as pages: operators phone, supervisors look."""

from datetime import datetime, time
from functools import partial
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from sse_starlette import ServerSentEvent

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.calls.phone_orders import (
    lines_in_order,
    new_order_id,
    outcome_body,
    problems_by_product,
    typed_quantities,
)
from app.doors.console.forms import SentForm
from app.doors.console.live.feed import Watcher
from app.doors.console.live.streams import stream
from app.doors.console.pages import AnyonesPage, ConsolePage, OperatorsPage, console_router
from app.ground.web.access import Caller
from app.ground.web.fields import Code, Day

router = console_router()

NOTICES = {"order_taken": "order_taken"}
CLAIM_MINUTES = 15
"""So long a claim holds without an outcome (CT1)."""


@router.get("/calls")
async def show_queue(
    page: AnyonesPage,
    day: Annotated[Day | None, Query(alias="date")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """How the queue stands, and the next call."""
    territories = await page.territories()
    zones = {each["code"]: each["time_zone"] for each in territories}
    zone = zones.get(territory_code or "", next(iter(zones.values()), "UTC"))
    asked = {"business_date": day or page.now.astimezone(ZoneInfo(zone)).date(), "territory_code": territory_code}
    summary = await page.api.get("/v1/call-tasks/summary", **asked)
    tasks = await page.api.get("/v1/call-tasks", status=status, cursor=cursor, limit=50, **asked)
    mine = [task for task in tasks["items"] if task["status"] == "claimed" and task["claimed_by"] == page.caller.name]
    content = {"summary": summary, "tasks": tasks["items"], "next_cursor": tasks["next_cursor"], "mine": mine}
    content |= {"territories": territories, "zones": zones, "zone": zone}
    content |= {"asked": {"date": asked["business_date"], "territory_code": territory_code, "status": status}}
    return page.render("calls/queue.html", block="queue" if page.is_fragment else None, **content)


@router.post("/calls/next")
async def claim_next(page: OperatorsPage) -> Response:
    """Claim the next outlet to phone, and go to its page."""
    form = await page.form()
    task = await page.api.post("/v1/call-tasks/claim", {"territory_code": form.text("territory_code")})
    return page.redirect("/calls", notice="nothing_waits") if task is None else page.redirect(f"/calls/{task['id']}")


@router.get("/calls/{task_id}")
async def show_call(page: AnyonesPage, task_id: UUID) -> Response:
    """A call with everything that is needed on the phone."""
    return await _call_page(page, task_id)


@router.get("/calls/{task_id}/live")
async def follow_call(page: AnyonesPage, task_id: UUID) -> Response:
    """That an order came, or the call is needed no more, while somebody phones."""
    task = await page.api.get(f"/v1/call-tasks/{task_id}")
    territory_id = await page.territory_id(task["territory_code"])
    return stream(page, Watcher(territory_id=territory_id, call_task_id=task_id), partial(_tell))


def _tell(happened: Watcher, _: Caller) -> list[ServerSentEvent]:
    return [ServerSentEvent(event="task", data="")] if happened.call_task else []


@router.get("/calls/{task_id}/standing")
async def show_standing(page: AnyonesPage, task_id: UUID) -> Response:
    """The part of a call's page that changes while somebody types: nothing that was typed stands in it."""
    return page.render("calls/call.html", block="standing", **await _task_content(page, task_id))


@router.post("/calls/{task_id}/outcome")
async def tell_outcome(page: OperatorsPage, task_id: UUID) -> Response:
    """Tell what came of the call; where the API refuses it, everything typed is shown again."""
    form = await page.form()
    outcome = form.text("outcome") or "order_taken"
    task = await page.api.get(f"/v1/call-tasks/{task_id}")
    territory = await page.api.get(f"/v1/territories/{task['territory_code']}")
    at = call_back_at(form.text("call_back_time"), task["business_date"], territory["time_zone"])
    try:
        await page.api.post(f"/v1/call-tasks/{task_id}/outcome", outcome_body(form, outcome, at))
    except ApiRefusal as refusal:
        return await _call_page(page, task_id, form, refusal)
    return page.redirect("/calls", notice=NOTICES.get(outcome, "call_recorded"))


@router.post("/calls/{task_id}/release")
async def release_call(page: OperatorsPage, task_id: UUID) -> Response:
    """Give it back."""
    await page.api.post(f"/v1/call-tasks/{task_id}/release")
    return page.redirect("/calls", notice="released")


def call_back_at(local_time: str | None, day: str, zone: str) -> str | None:
    """The instant of a local time on the task's day; what is no time goes on as it was typed."""
    if local_time is None:
        return None
    try:
        at = time.fromisoformat(local_time)
    except ValueError:
        return local_time
    return datetime.combine(datetime.fromisoformat(day).date(), at, ZoneInfo(zone)).isoformat()


async def _task_content(page: ConsolePage, task_id: UUID) -> dict[str, Any]:
    task = await page.api.get(f"/v1/call-tasks/{task_id}")
    territory = await page.api.get(f"/v1/territories/{task['territory_code']}")
    mine = task["status"] == "claimed" and task["claimed_by"] == page.caller.name
    return {"task": task, "territory": territory, "zone": territory["time_zone"], "mine": mine}


async def _call_page(
    page: ConsolePage, task_id: UUID, form: SentForm | None = None, refusal: ApiRefusal | None = None
) -> Response:
    content = await _task_content(page, task_id)
    offer: Json = await page.api.get(f"/v1/call-tasks/{task_id}/offer")
    reasons = await page.api.get("/v1/no-order-reasons")
    codes = lines_in_order(offer, form) if form else []
    return page.render(
        "calls/call.html",
        status=refusal.status if refusal else 200,
        offer=offer,
        reasons=reasons["items"] if isinstance(reasons, dict) else reasons,
        order_id=(form.text("order_id") if form else None) or new_order_id(),
        typed=typed_quantities(form),
        form=form,
        line_problems=problems_by_product(refusal, codes),
        claim_minutes=CLAIM_MINUTES,
        problem=refusal,
        **content,
    )
