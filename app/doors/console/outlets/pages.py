"""Outlets as pages: found, and each with its whole story."""

from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.map.map_data import json_answer
from app.doors.console.map.popup_lines import verdict_text
from app.doors.console.map.words import words_for
from app.doors.console.outlets.places import centre_of, feature_collection
from app.doors.console.outlets.story import OF_OPERATORS, TYPES, entries_of, local_day
from app.doors.console.outlets.weeks import LastWeeks, first_day, weeks_of
from app.doors.console.pages import AnyonesPage, ConsolePage, console_router
from app.ground.web.access import Role
from app.ground.web.fields import Code

router = console_router()

WEEKS_AHEAD = 4
MOST_AHEAD = 6
MOST_CHECK_INS = 20
"""On the small map."""
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/outlets")
async def list_outlets(
    page: AnyonesPage,
    q: Annotated[str, Query(max_length=100)] = "",
    territory_code: Annotated[str, Query(max_length=64)] = "",
    channel: Annotated[str, Query(max_length=100)] = "",
    active: Annotated[str, Query(max_length=5)] = "",
    cursor: Cursor = None,
) -> Response:
    """Outlets by what somebody remembers of their name, code, address or phone."""
    asked = {"search": q.strip(), "territory_code": territory_code, "channel": channel.strip(), "active": active}
    listed = await page.api.get("/v1/outlets", cursor=cursor, **asked)
    return page.render(
        "outlets/outlets.html",
        outlets=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        territories=await page.territories(),
        channels=[each["channel"] for each in await page.api.all("/v1/channel-terms")],
    )


@router.get("/outlets/{outlet_code}")
async def show_outlet(
    page: AnyonesPage,
    outlet_code: Code,
    show: Annotated[str, Query(max_length=20)] = "",
    focus: Annotated[str, Query(max_length=100)] = "",
    last_day: Annotated[date | None, Query()] = None,
    cursor: Cursor = None,
) -> Response:
    """An outlet, and everything that happened there, the newest first. `show`: of one kind alone."""
    outlet = await page.api.get(f"/v1/outlets/{segment(outlet_code)}")
    territory = await page.api.get(f"/v1/territories/{segment(outlet['territory_code'])}")
    zone = territory["time_zone"]
    story = await _story(page, outlet, zone, show, cursor, last_day)
    if page.is_fragment:
        return page.render("outlets/outlet.html", block="entries", outlet=outlet, zone=zone, **story)
    return page.render(
        "outlets/outlet.html",
        outlet=outlet,
        territory=territory,
        zone=zone,
        centre=centre_of(outlet["location"]),
        focus=focus,
        map_words=words_for(page.label),
        **story,
        **await _work_of(page, outlet, zone),
    )


@router.get("/outlets/{outlet_code}/outlet.json")
async def map_of_outlet(page: AnyonesPage, outlet_code: Code) -> Response:
    """The outlet alone, as a map draws it."""
    return json_answer(feature_collection(await page.api.get(f"/v1/outlets/{segment(outlet_code)}")))


@router.get("/outlets/{outlet_code}/check-ins.json")
async def check_ins_of_outlet(page: AnyonesPage, outlet_code: Code) -> Response:
    """The last check-ins at the outlet, as a map draws them: none for operators."""
    if page.role is Role.OPERATOR:
        return json_answer([])
    outlet = await page.api.get(f"/v1/outlets/{segment(outlet_code)}")
    territory = await page.api.get(f"/v1/territories/{segment(outlet['territory_code'])}")
    listed = await page.api.get("/v1/check-ins", outlet_code=outlet_code, limit=MOST_CHECK_INS)
    for check_in in listed["items"]:
        at = page.moment(check_in["corrected_at"], territory["time_zone"])
        kind = page.label(check_in["kind"], "check_in_kind").capitalize()
        verdict = page.label(check_in["verdict"]["code"], "verdict").capitalize()
        words = verdict_text(page.preferences.language, check_in)
        check_in |= {
            "outlet_name": outlet["name"],
            "lines": [f"{check_in['rep_code']} · {kind} · {at}", verdict, words],
        }
    return json_answer({"time_zone": territory["time_zone"], "stops": [], "check_ins": listed["items"]})


async def _story(
    page: ConsolePage, outlet: Json, zone: str, show: str, cursor: str | None, last_day: date | None
) -> dict[str, Any]:
    """A page of the timeline."""
    types = TYPES.get(show, ())
    timeline = await page.api.get(
        f"/v1/outlets/{segment(outlet['code'])}/timeline", types=",".join(types), cursor=cursor
    )
    items = timeline["items"]
    reasons = {}
    if any(item["type"] in {"no_order", "missing_order"} for item in items):
        listed = await page.api.get("/v1/no-order-reasons")
        reasons = {reason["code"]: reason["label"] for reason in listed["items"]}
    return {
        "entries": entries_of(items, zone, page.role, last_day.isoformat() if last_day else None),
        "next_cursor": timeline["next_cursor"],
        "next_last_day": local_day(items[-1]["at"], zone) if items else None,
        "show": show if types else "",
        "kinds": OF_OPERATORS if page.role is Role.OPERATOR else tuple(TYPES),
        "reasons": reasons,
    }


async def _work_of(page: ConsolePage, outlet: Json, zone: str) -> dict[str, Any]:
    """What the last weeks were, and what is planned; nothing for operators, who are told neither."""
    if page.role is Role.OPERATOR:
        return {"last_weeks": None, "planned": ()}
    today = page.now.astimezone(ZoneInfo(zone)).date()
    ahead = await page.api.get(
        "/v1/visits",
        outlet_code=outlet["code"],
        from_=today,
        to=today + timedelta(weeks=WEEKS_AHEAD),
        status="planned",
        limit=MOST_AHEAD,
    )
    return {"last_weeks": await _last_weeks(page, outlet, today), "planned": ahead["items"]}


async def _last_weeks(page: ConsolePage, outlet: Json, today: date) -> LastWeeks:
    asked = {"outlet_code": outlet["code"], "from_": first_day(today), "to": today}
    orders = await page.api.all("/v1/orders", **asked)
    figures = await page.api.get("/v1/compliance", group_by="date", **asked)
    return weeks_of(today, orders, figures["items"])
