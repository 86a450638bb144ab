"""Changing a rep's week visit by visit: by putting it anew, and once it is approved by changes with a reason."""

from typing import Any

from fastapi import Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.plans.moves import (
    CannotMove,
    Move,
    VisitStep,
    after_addition,
    after_move,
    body_of,
    move_of,
    visits_by_day,
)
from app.doors.console.plans.plan_data import plan_address, plan_of, rep_address
from app.doors.console.plans.plan_view import STALE, Shown, plan_page
from app.doors.console.plans.weeks import Week

router = console_router()

_STALE = {"title": "The resource has changed since it was read.", "detail": "Somebody else has changed this plan."}
_NO_REASON = {
    "detail": "An approved plan is changed with a reason.",
    "errors": [{"pointer": "/reason_code", "code": "missing", "message": "Choose why it is changed."}],
}


@router.post("/plans/{rep_code}/{week}/moves")
async def move_visit(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """A visit goes to another place or day, or out of the plan."""
    form = await page.form()
    outlet_code, from_date = form.raw("outlet_code"), form.raw("from_date")
    plan = await plan_of(page, rep_code, week) or {"visits": [], "days": [], "version": None, "status": None}
    to = (form.text("to_date"), _place(form))
    try:
        move = move_of(plan, outlet_code, from_date, VisitStep(form.raw("step")), to)
    except (CannotMove, ValueError):
        return await plan_page(page, rep_code, week, Shown(outlet_code, from_date, said="nowhere_to_go"))
    try:
        _check(plan, form)
        await _make(page, (rep_code, week), plan, move, form)
    except ApiRefusal as refusal:
        about = _about(after_move(visits_by_day(plan["visits"]), move))
        shown = Shown(outlet_code, from_date, form=form, refusal=refusal, about=about)
        return await plan_page(page, rep_code, week, shown)
    said = "visit_out" if move.is_out else "visit_moved"
    return await _done(page, (rep_code, week), Shown(outlet_code, move.to_date, said=said))


@router.post("/plans/{rep_code}/{week}/visits")
async def add_visit(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """One more visit, at the end of a day or at a place of it."""
    form = await page.form()
    outlet_code, day = form.raw("outlet_code").strip(), form.raw("to_date")
    plan = await plan_of(page, rep_code, week)
    days = after_addition(await _days_as_put(page, rep_code, plan), outlet_code, day, _place(form))
    try:
        _check(plan, form)
        await _put(page, (rep_code, week), days, plan, form)
    except ApiRefusal as refusal:
        shown = Shown(search=form.text("find"), form=form, refusal=refusal, about=_about(days))
        return await plan_page(page, rep_code, week, shown)
    return await _done(page, (rep_code, week), Shown(outlet_code, day, said="visit_added"))


@router.post("/plans/{rep_code}/{week}/hand-overs")
async def hand_over(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """A day's visits go to another rep of the territory."""
    form = await page.form()
    body = {
        "visit_date": form.text("from_date"),
        "to_rep_code": form.text("to_rep_code"),
        "comment": _remark(form) if form.text("reason_code") else form.raw("comment").strip(),
    }
    try:
        await page.api.post(rep_address(rep_code, f"week-plans/{week}/hand-over"), body, version=form.text("version"))
    except ApiRefusal as refusal:
        return await plan_page(page, rep_code, week, Shown(form=form, refusal=refusal))
    return page.redirect(plan_address(rep_code, week), notice="handed_over")


@router.post("/plans/{rep_code}/{week}/transfers")
async def give_visit(page: SupervisorsPage, rep_code: str, week: Week) -> Response:
    """One visit of an approved plan goes to another rep of the territory."""
    form = await page.form()
    body = {
        "changes": [{name: form.text(name) for name in ("outlet_code", "from_date", "to_rep_code")}],
        "reason_code": form.text("reason_code"),
        "comment": form.raw("comment").strip(),
    }
    try:
        await page.api.post(rep_address(rep_code, f"week-plans/{week}/changes"), body)
    except ApiRefusal as refusal:
        shown = Shown(form.text("outlet_code"), form.text("from_date"), form=form, refusal=refusal)
        return await plan_page(page, rep_code, week, shown)
    return page.redirect(plan_address(rep_code, week), notice="moved")


async def _make(page: ConsolePage, week: tuple[str, str], plan: Json, move: Move, form: SentForm) -> None:
    """Let the API make a move: within a day, and before the plan is approved, by putting the plan anew."""
    rep_code, iso_week = week
    if plan["status"] != "approved" or move.stays_in_its_day:
        days = after_move(await _days_as_put(page, rep_code, plan), move)
        await _put(page, week, days, plan, form)
        return
    plan_change = {"outlet_code": move.outlet_code, "from_date": move.from_date, "to_date": move.to_date}
    body = {"changes": [plan_change], "reason_code": form.text("reason_code"), "comment": form.raw("comment").strip()}
    await page.api.post(rep_address(rep_code, f"week-plans/{iso_week}/changes"), body)


async def _put(
    page: ConsolePage, week: tuple[str, str], days: dict[str, list[str]], plan: Json | None, form: SentForm
) -> None:
    rep_code, iso_week = week
    is_approved = plan is not None and plan["status"] == "approved"
    body = body_of(days, _remark(form) if is_approved else None)
    await page.api.put(rep_address(rep_code, f"week-plans/{iso_week}"), body, version=form.text("version"))


async def _days_as_put(page: ConsolePage, rep_code: str, plan: Json | None) -> dict[str, list[str]]:
    """The outlets of each day as a PUT takes them: those of frozen days as they stand, whatever a draft says."""
    if plan is None:
        return {}
    days = visits_by_day(plan["visits"])
    frozen = [day["date"] for day in plan["days"] if day["frozen"]]
    if plan["status"] == "approved" or not frozen:
        return days
    standing = await page.api.all("/v1/visits", rep_code=rep_code, from_=frozen[0], to=frozen[-1])
    stood = visits_by_day({**visit, "sequence": visit["sequence"] or 0} for visit in standing if visit["planned"])
    return {day: codes for day, codes in days.items() if day not in frozen} | stood


def _check(plan: Json | None, form: SentForm) -> None:
    """Raises ApiRefusal where the plan is another than the form was made for, or a reason is missing."""
    version = str(plan["version"] or "") if plan is not None else ""
    if version != form.raw("version"):
        raise ApiRefusal(STALE, _STALE)
    if plan is not None and plan["status"] == "approved" and not form.text("reason_code"):
        raise ApiRefusal(422, _NO_REASON)


def _remark(form: SentForm) -> str:
    """Reason and comment as the API itself notes them with changes."""
    comment = form.text("comment")
    return f"{form.text('reason_code')}: {comment}" if comment else str(form.text("reason_code"))


def _place(form: SentForm) -> int | None:
    place = form.number("place")
    return place if isinstance(place, int) and place > 0 else None


def _about(days: dict[str, list[str]]) -> dict[str, str]:
    """Which outlet an error is about, by the pointer to its visit in the body of a PUT."""
    visits: Any = body_of(days)["visits"]
    return {f"/visits/{number}": visit["outlet_code"] for number, visit in enumerate(visits)}


async def _done(page: ConsolePage, week: tuple[str, str], shown: Shown) -> Response:
    """The plan as it is now: at once where a script asked, else by going there."""
    rep_code, iso_week = week
    if page.is_fragment:
        return await plan_page(page, rep_code, iso_week, shown)
    address = plan_address(rep_code, iso_week, outlet=shown.outlet_code if shown.on else None, on=shown.on)
    return page.redirect(address, notice="moved" if shown.said == "visit_moved" else "saved")
