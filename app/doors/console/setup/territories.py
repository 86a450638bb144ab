"""Territories: their calendar, cutoff and call deadline. Admins change them; supervisors see theirs."""

from typing import Annotated

from fastapi import Query, Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, ConsolePage, SupervisorsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code

router = console_router()

LANGUAGES = ("en", "el", "ru")


@router.get("/setup/territories")
async def show_territories(
    page: SupervisorsPage, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """The territories in sight, with their times."""
    listed = await page.api.get("/v1/territories", cursor=cursor)
    return page.render(
        "setup/territories.html", territories=listed["items"], next_cursor=listed["next_cursor"], today=page.now.date()
    )


@router.get("/setup/new-territory")
async def begin_territory(page: AdminsPage) -> Response:
    """The form for a new one."""
    sheet = records.blank(
        code="",
        name="",
        time_zone=page.preferences.zone or "",
        order_cutoff="17:00",
        call_deadline="19:00",
        working_weekdays=[1, 2, 3, 4, 5],
        holidays=[],
        warehouse_code=None,
        language=page.preferences.language,
    )
    return _form_page(page, sheet)


@router.post("/setup/new-territory")
async def make_territory(page: AdminsPage) -> Response:
    """Make it."""
    form = await page.form()
    return await _put(page, form, form.raw("code").strip())


@router.get("/setup/territories/{code}")
async def show_territory(page: AdminsPage, code: Code) -> Response:
    """A territory as a form."""
    return _form_page(page, records.opened(await page.api.get(f"/v1/territories/{segment(code)}")))


@router.post("/setup/territories/{code}")
async def change_territory(page: AdminsPage, code: Code) -> Response:
    """Change it."""
    return await _put(page, await page.form(), code)


async def _put(page: AdminsPage, form: SentForm, code: str) -> Response:
    effective = "today" if form.flag("effective_today") else None
    path = f"/v1/territories/{segment(code)}"
    body = body_of(form)
    refused = await records.put(page, path, body, form, audited=("territory", code), effective=effective)
    if refused is not None:
        return _form_page(page, refused, code=code)
    return page.redirect(f"/setup/territories/{segment(code)}", notice="saved")


def body_of(form: SentForm) -> Json:
    """A territory as it was typed."""
    return {
        "name": form.text("name"),
        "time_zone": form.text("time_zone"),
        "order_cutoff": form.text("order_cutoff"),
        "call_deadline": form.text("call_deadline"),
        "working_weekdays": [int(day) for day in form.texts("working_weekdays") if day.isdigit()],
        "holidays": sorted(set(form.texts("holidays"))),
        "warehouse_code": form.text("warehouse_code"),
        "language": form.text("language"),
    }


def _form_page(page: ConsolePage, sheet: RecordForm, code: str = "") -> Response:
    values = {"code": code} | sheet.values
    today = page.now.date().isoformat()
    return page.render(
        "setup/territory.html",
        status=sheet.status,
        sheet=sheet,
        territory=values,
        past_holidays=[day for day in sorted(values["holidays"]) if day < today],
        coming_holidays=[day for day in sorted(values["holidays"]) if day >= today],
        today=today,
        languages_of_forms=LANGUAGES,
        problem=sheet.problem,
    )
