"""Outlets: what is known of each, where it is, and what was agreed with it."""

from typing import Annotated

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import outlet_bodies, records, terms_bodies
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code, TradeChannel

router = console_router()

LANGUAGES = ("en", "el", "ru")
MOST_OFFERED = 500
"""Products and reps that fields suggest; others are typed."""


@router.get("/setup/outlets")
async def show_outlets(
    page: AdminsPage,
    territory_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[TradeChannel | None, Query()] = None,
    active: Annotated[str | None, Query(max_length=5)] = None,
    search: Annotated[str | None, Query(max_length=100)] = None,
    missing: Annotated[str | None, Query(max_length=10)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Outlets by code: all, or by what somebody remembers of them, or by what they lack."""
    asked = {
        "territory_code": territory_code,
        "channel": channel,
        "active": active,
        "search": search and search.strip(),
        "missing": missing,
    }
    listed = await page.api.get("/v1/outlets", **asked, cursor=cursor)
    return page.render(
        "setup/outlets.html",
        outlets=listed["items"],
        next_cursor=listed["next_cursor"],
        territories=await page.territories(),
        channels=[each["channel"] for each in await page.api.all("/v1/channel-terms")],
        asked=asked,
    )


@router.get("/setup/new-outlet")
async def begin_outlet(page: AdminsPage) -> Response:
    """The form for a new one."""
    return await _form_page(page, records.blank(**outlet_bodies.NEW))


@router.post("/setup/new-outlet")
async def make_outlet(page: AdminsPage) -> Response:
    """Make it."""
    form = await page.form()
    return await _put(page, form, form.raw("code").strip())


@router.get("/setup/outlets/{code}")
async def show_outlet(page: AdminsPage, code: Code) -> Response:
    """An outlet as a form."""
    return await _form_page(page, records.opened(await page.api.get(f"/v1/outlets/{segment(code)}")))


@router.post("/setup/outlets/{code}")
async def change_outlet(page: AdminsPage, code: Code) -> Response:
    """Change it."""
    return await _put(page, await page.form(), code)


@router.get("/setup/outlets/{code}/terms")
async def show_terms_of_outlet(
    page: AdminsPage, code: Code, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """What the terms of an outlet were, from when, by whom."""
    outlet = await page.api.get(f"/v1/outlets/{segment(code)}")
    listed = await page.api.get(f"/v1/outlets/{segment(code)}/terms", cursor=cursor)
    territory = await page.api.get(f"/v1/territories/{segment(outlet['territory_code'])}")
    return page.render(
        "setup/terms_versions.html",
        name=outlet["name"],
        back=f"/console/setup/outlets/{segment(code)}",
        list_address="/console/setup/outlets",
        of_channel=False,
        is_first_page=cursor is None,
        versions=listed["items"],
        next_cursor=listed["next_cursor"],
        zone=territory["time_zone"],
    )


async def _put(page: AdminsPage, form: SentForm, code: str) -> Response:
    path = f"/v1/outlets/{segment(code)}"
    body = outlet_bodies.body_of(form, has_terms=form.flag("has_terms"))
    refused = await records.put(page, path, body, form, audited=("outlet", code))
    if refused is not None:
        return await _form_page(page, refused, code)
    return page.redirect(f"/setup/outlets/{segment(code)}", notice="saved")


async def _form_page(page: AdminsPage, sheet: RecordForm, code: str = "") -> Response:
    outlet = {**outlet_bodies.NEW, "code": code, **sheet.values}
    return page.render(
        "setup/outlet.html",
        status=sheet.status,
        sheet=sheet,
        outlet=outlet,
        before=sheet.seen or {},
        territories=await page.territories(),
        reps=await _reps_of(page, outlet["territory_code"]),
        channels=[each["channel"] for each in await page.api.all("/v1/channel-terms")],
        products=(await page.api.get("/v1/products", active=True, limit=MOST_OFFERED))["items"],
        languages_of_forms=LANGUAGES,
        parties=terms_bodies.PARTIES,
        weekday_sets=terms_bodies.WEEKDAY_SETS,
        problem=sheet.problem,
    )


async def _reps_of(page: AdminsPage, territory_code: str | None) -> list[dict[str, str]]:
    """The reps that a field suggests: those of the outlet's territory, where that exists."""
    try:
        listed = await page.api.get("/v1/reps", territory_code=territory_code, active=True, limit=MOST_OFFERED)
    except ApiRefusal:  # a territory that was typed, and is none
        return []
    reps: list[dict[str, str]] = listed["items"]
    return reps
