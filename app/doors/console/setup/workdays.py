"""When and from where reps work: of a territory, and of a rep where it differs. Supervisors set those of their own."""

from typing import Any

from fastapi import Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code

router = console_router()

AREA_TYPES = ("urban", "suburban", "rural")


@router.get("/setup/territories/{code}/workday")
async def show_workday_of_territory(page: SupervisorsPage, code: Code) -> Response:
    """A territory's workday as a form."""
    sheet = records.opened(await page.api.get(f"/v1/territories/{segment(code)}/workday"))
    return await _form_page(page, "territories", code, sheet)


@router.post("/setup/territories/{code}/workday")
async def set_workday_of_territory(page: SupervisorsPage, code: Code) -> Response:
    """Set it."""
    return await _put(page, "territories", code)


@router.get("/setup/reps/{code}/workday")
async def show_workday_of_rep(page: SupervisorsPage, code: Code) -> Response:
    """A rep's workday as a form."""
    sheet = records.opened(await page.api.get(f"/v1/reps/{segment(code)}/workday"))
    return await _form_page(page, "reps", code, sheet)


@router.post("/setup/reps/{code}/workday")
async def set_workday_of_rep(page: SupervisorsPage, code: Code) -> Response:
    """Set it."""
    return await _put(page, "reps", code)


async def _put(page: SupervisorsPage, owners: str, code: str) -> Response:
    form = await page.form()
    path = f"/v1/{owners}/{segment(code)}/workday"
    refused = await records.put(page, path, body_of(form), form)
    if refused is not None:
        return await _form_page(page, owners, code, refused)
    return page.redirect(f"/setup/{owners}/{segment(code)}/workday", notice="saved")


async def _form_page(page: SupervisorsPage, owners: str, code: str, sheet: RecordForm) -> Response:
    owner = await page.api.get(f"/v1/{owners}/{segment(code)}")
    return page.render(
        "setup/workday.html",
        status=sheet.status,
        sheet=sheet,
        owners=owners,
        owner=owner,
        workday=sheet.values,
        effective=(sheet.seen or {}).get("effective") or sheet.values["effective"],
        area_types=AREA_TYPES,
        problem=sheet.problem,
    )


def body_of(form: SentForm) -> Json:
    """A workday as it was typed: what was left empty is as the territory's, or as usual."""
    return {
        "begins": form.text("begins"),
        "ends": form.text("ends"),
        "lunch": _lunch(form),
        "start": _place(form, "start"),
        "end": _place(form, "end"),
        "service_minutes": form.number("service_minutes"),
        "area_type": form.text("area_type"),
    }


def _lunch(form: SentForm) -> dict[str, Any] | None:
    times = {name: form.text(f"lunch_{name}") for name in ("earliest", "latest")}
    minutes = form.number("lunch_minutes")
    if minutes is None and not any(times.values()):
        return None
    return {"minutes": minutes} | {name: time for name, time in times.items() if time is not None}


def _place(form: SentForm, name: str) -> dict[str, Any] | None:
    match form.text(f"{name}_kind"):
        case "open":
            return {"open": True}
        case "place":
            return {"lat": form.real(f"{name}_lat"), "lon": form.real(f"{name}_lon"), "open": False}
        case _:
            return None
