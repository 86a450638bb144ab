"""Reps: who they are, where they work, by which addresses they mail forms. Supervisors see theirs."""

from typing import Annotated

from fastapi import Query, Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, SupervisorsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code

router = console_router()


@router.get("/setup/reps")
async def show_reps(
    page: SupervisorsPage,
    territory_code: Annotated[Code | None, Query()] = None,
    active: Annotated[str | None, Query(max_length=5)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The reps in sight, by code."""
    listed = await page.api.get("/v1/reps", territory_code=territory_code, active=active, cursor=cursor)
    return page.render(
        "setup/reps.html",
        reps=listed["items"],
        next_cursor=listed["next_cursor"],
        territories=await page.territories(),
        asked={"territory_code": territory_code, "active": active},
    )


@router.get("/setup/new-rep")
async def begin_rep(page: AdminsPage) -> Response:
    """The form for a new one."""
    return await _form_page(page, records.blank(code="", name="", territory_code="", active=True, emails=[]))


@router.post("/setup/new-rep")
async def make_rep(page: AdminsPage) -> Response:
    """Make it."""
    form = await page.form()
    return await _put(page, form, form.raw("code").strip())


@router.get("/setup/reps/{code}")
async def show_rep(page: AdminsPage, code: Code) -> Response:
    """A rep as a form."""
    return await _form_page(page, records.opened(await page.api.get(f"/v1/reps/{segment(code)}")))


@router.post("/setup/reps/{code}")
async def change_rep(page: AdminsPage, code: Code) -> Response:
    """Change it."""
    return await _put(page, await page.form(), code)


async def _put(page: AdminsPage, form: SentForm, code: str) -> Response:
    path = f"/v1/reps/{segment(code)}"
    refused = await records.put(page, path, body_of(form), form, audited=("rep", code))
    if refused is not None:
        return await _form_page(page, refused, code)
    return page.redirect(f"/setup/reps/{segment(code)}", notice="saved")


def body_of(form: SentForm) -> Json:
    """A rep as it was typed."""
    return {
        "name": form.text("name"),
        "territory_code": form.text("territory_code"),
        "active": form.flag("active"),
        "emails": form.raw("emails").split(),
    }


async def _form_page(page: AdminsPage, sheet: RecordForm, code: str = "") -> Response:
    return page.render(
        "setup/rep.html",
        status=sheet.status,
        sheet=sheet,
        rep={"code": code} | sheet.values,
        territories=await page.territories(),
        problem=sheet.problem,
    )
