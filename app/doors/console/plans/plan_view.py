"""The page of one rep's week: shown anew after everything that is done on it, whole or as a part."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Response
from starlette.datastructures import FormData

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm
from app.doors.console.pages import ConsolePage
from app.doors.console.plans.loads import hours_of
from app.doors.console.plans.moves import open_days
from app.doors.console.plans.outlet_finds import MOST_FINDS, Find, finds_of
from app.doors.console.plans.plan_data import PlanFacts, facts_of, plan_address
from app.doors.console.plans.versions import steps_of
from app.doors.console.plans.week_days import DayVisit, chosen_visit, notes_by_code, week_days
from app.doors.console.plans.weeks import days_of, last_day_of, number_of, week_after

REASONS = ("outlet_closed", "outlet_asks", "rep_ill", "rep_on_leave", "vehicle", "even_days", "other")
"""Why an approved plan is changed: what the form offers; the API takes any code."""
PARTS = {"visit": "plans/plan_visit.html", "finds": "plans/plan_finds.html"}
"""What a script asks for by itself, by the id of what it replaces; for any other id it is all below the page's head."""
STALE = 412


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows beside the plan: the visit that is looked at, outlets that are searched for, what was typed,
    what was just done, a new calendar's address, and what was refused (with what the errors are about, by pointer).
    """

    outlet_code: str | None = None
    on: str | None = None
    search: str | None = None
    form: SentForm | None = None
    said: str | None = None
    new_link: Json | None = None
    refusal: ApiRefusal | None = None
    about: dict[str, str] | None = None


async def plan_page(page: ConsolePage, rep_code: str, week: str, shown: Shown | None = None) -> Response:
    """The page, or the part of it that a script asks for."""
    shown = shown or Shown()
    facts = await facts_of(page, rep_code, week)
    today = page.now.astimezone(ZoneInfo(facts.territory["time_zone"])).date()
    days = week_days(facts.plan, hours_of(facts.workday).room, today.isoformat()) if facts.plan else []
    visit = chosen_visit(days, shown.outlet_code, shown.on)
    return page.render(
        _template(page),
        status=shown.refusal.status if shown.refusal else 200,
        facts=facts,
        plan=facts.plan,
        zone=facts.territory["time_zone"],
        week=week,
        number=number_of(week),
        address=plan_address(facts.rep["code"], week),
        around=_around(facts, week),
        is_over=last_day_of(week) < today,
        days=days,
        open_days=open_days(facts.plan) if facts.plan else [],
        addable_days=_addable(facts, week, today.isoformat()),
        today=today.isoformat(),
        week_dates=[day["date"] for day in days_of(week, facts.territory)],
        names=_names(facts),
        kinds=notes_by_code(facts.plan["warnings"]) if facts.plan else {},
        visit=visit,
        outlet=await _outlet(page, visit),
        finds=await _finds(page, facts, shown.search),
        steps=steps_of(facts.versions),
        reasons=REASONS,
        **_said(page, shown),
    )


def _said(page: ConsolePage, shown: Shown) -> dict[str, Any]:
    """What the page shows beside the plan."""
    return {
        "search": shown.search,
        "form": shown.form or SentForm(FormData()),
        "said": shown.said,
        "new_link": shown.new_link,
        "origin": f"{page.request.url.scheme}://{page.request.url.netloc}",
        "refusal": shown.refusal,
        "is_stale": shown.refusal is not None and shown.refusal.status == STALE,
        "about": shown.about or {},
    }


def _template(page: ConsolePage) -> str:
    if not page.is_fragment:
        return "plans/plan.html"
    return PARTS.get(page.request.headers.get("hx-target", ""), "plans/plan_body.html")


def _around(facts: PlanFacts, week: str) -> dict[str, str | None]:
    """The addresses of the week before and after, and of the reps before and after."""
    code = facts.rep["code"]
    codes = [line["rep_code"] for line in facts.lines]
    place = codes.index(code) if code in codes else -1
    return {
        "week_before": plan_address(code, week_after(week, -1)),
        "week_after": plan_address(code, week_after(week)),
        "rep_before": plan_address(codes[place - 1], week) if place > 0 else None,
        "rep_after": plan_address(codes[place + 1], week) if 0 <= place < len(codes) - 1 else None,
    }


def _addable(facts: PlanFacts, week: str, today: str) -> list[str]:
    """The days that a visit can be added to."""
    if facts.plan is not None:
        return open_days(facts.plan)
    return [day["date"] for day in days_of(week, facts.territory) if day["working_day"] and day["date"] > today]


def _names(facts: PlanFacts) -> dict[str, str]:
    """The outlets of the plan by code."""
    return {visit["outlet_code"]: visit["outlet_name"] for visit in (facts.plan["visits"] if facts.plan else ())}


async def _outlet(page: ConsolePage, visit: DayVisit | None) -> Json | None:
    """The outlet of the visit that is looked at; None where it is out of sight by now."""
    if visit is None:
        return None
    try:
        return await page.api.get(f"/v1/outlets/{quote(visit.facts['outlet_code'], safe='')}")
    except ApiRefusal:
        return None


async def _finds(page: ConsolePage, facts: PlanFacts, search: str | None) -> list[Find]:
    if search is None or not search.strip():
        return []
    of_territory = {"territory_code": facts.territory["code"], "active": True}
    outlets, _ = await page.api.search("/v1/outlets", search=search, limit=MOST_FINDS, **of_territory)
    return finds_of(outlets["items"], facts.plan)
