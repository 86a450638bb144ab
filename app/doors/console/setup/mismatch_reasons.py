"""Mismatch reasons: why deliveries differ from orders, and goods come back, each with who answers by default."""

from typing import Annotated, Literal

from fastapi import Query, Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code

router = console_router()

PARTIES = ("rep", "warehouse", "carrier", "outlet", "pricing")
USES = ("delivery", "return")


@router.get("/setup/mismatch-reasons")
async def show_reasons(
    page: AdminsPage,
    use: Annotated[Literal["delivery", "return", ""], Query(alias="for")] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The reasons, by code."""
    listed = await page.api.get("/v1/mismatch-reasons", for_=use, cursor=cursor)
    return page.render(
        "setup/mismatch_reasons.html",
        reasons=listed["items"],
        next_cursor=listed["next_cursor"],
        uses=USES,
        use=use,
    )


@router.get("/setup/new-mismatch-reason")
async def begin_reason(page: AdminsPage) -> Response:
    """The form for a new one."""
    reason = {"code": "", "name": "", "answered_by": "warehouse", "for": "delivery", "active": True}
    return _form_page(page, records.blank(**reason))


@router.post("/setup/new-mismatch-reason")
async def make_reason(page: AdminsPage) -> Response:
    """Make it."""
    form = await page.form()
    return await _put(page, form, form.raw("code").strip())


@router.get("/setup/mismatch-reasons/{code}")
async def show_reason(page: AdminsPage, code: Code) -> Response:
    """A reason as a form."""
    return _form_page(page, records.opened(await page.api.get(f"/v1/mismatch-reasons/{segment(code)}")))


@router.post("/setup/mismatch-reasons/{code}")
async def change_reason(page: AdminsPage, code: Code) -> Response:
    """Change it."""
    return await _put(page, await page.form(), code)


async def _put(page: AdminsPage, form: SentForm, code: str) -> Response:
    path = f"/v1/mismatch-reasons/{segment(code)}"
    refused = await records.put(page, path, body_of(form), form, audited=("mismatch_reason", code))
    if refused is not None:
        return _form_page(page, refused, code)
    return page.redirect("/setup/mismatch-reasons", notice="saved")


def body_of(form: SentForm) -> Json:
    """A reason as it was typed. What it explains is said of a new one alone."""
    reason = {"name": form.text("name"), "answered_by": form.text("answered_by"), "active": form.flag("active")}
    return reason | {"for": form.text("for")} if "for" in form else reason


def _form_page(page: AdminsPage, sheet: RecordForm, code: str = "") -> Response:
    return page.render(
        "setup/mismatch_reason.html",
        status=sheet.status,
        sheet=sheet,
        reason={"code": code} | sheet.values,
        parties=PARTIES,
        uses=USES,
        problem=sheet.problem,
    )
