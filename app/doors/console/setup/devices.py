"""Handhelds: when each was last heard of, codes that enrol another, and revoking a lost one."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import segno
from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json, segment
from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.setup import records
from app.ground.web.fields import Code

router = console_router()

SILENT_AFTER = timedelta(days=3)
"""A handheld that was not heard of for longer than a weekend is looked after."""
MOST_OFFERED = 500
"""Reps that the field for a code suggests; others are typed."""


@router.get("/setup/devices")
async def show_devices(
    page: SupervisorsPage,
    rep_code: Annotated[Code | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The handhelds in sight, the newest first."""
    return await _list_page(page, rep_code, cursor)


@router.post("/setup/devices/enrolment-codes")
async def make_enrolment_code(page: SupervisorsPage) -> Response:
    """Make a code that enrols one handheld, and show it."""
    rep_code = (await page.form()).text("rep_code") or ""
    try:
        code = await page.api.post(f"/v1/reps/{segment(rep_code)}/enrolment-codes")
    except ApiRefusal as refusal:
        if refusal.status != 404:
            records.must_be_answered_by_the_form(refusal)
        return await _list_page(page, rep_code or None, None, refusal)
    rep = await page.api.get(f"/v1/reps/{segment(rep_code)}")
    territory = await page.api.get(f"/v1/territories/{segment(rep['territory_code'])}")
    picture = picture_of(code["enrolment_code"])
    return page.render("setup/enrolment_code.html", code=code, rep=rep, picture=picture, zone=territory["time_zone"])


@router.post("/setup/devices/{device_id}/revoke")
async def revoke_device(page: SupervisorsPage, device_id: UUID) -> Response:
    """Refuse its tokens from now on."""
    device = await page.api.post(f"/v1/devices/{device_id}/revoke")
    return page.redirect(f"/setup/devices?rep_code={segment(device['rep_code'])}", notice="revoked")


def is_silent(device: Json, now: datetime) -> bool:
    """Whether a handheld that is used was not heard of for long."""
    heard_at = datetime.fromisoformat(device["last_upload_at"] or device["enrolled_at"])
    return device["revoked_at"] is None and now - heard_at > SILENT_AFTER


def picture_of(code: str) -> str:
    """A code as a QR picture: SVG, black on white, with the quiet zone around it that cameras need."""
    picture = segno.make(code, error="m", micro=False)
    return str(picture.svg_inline(border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None))


async def _list_page(
    page: SupervisorsPage, rep_code: str | None, cursor: str | None, refusal: ApiRefusal | None = None
) -> Response:
    asked = rep_code if refusal is None else None
    listed = await page.api.get("/v1/devices", rep_code=asked, cursor=cursor)
    reps = await page.api.get("/v1/reps", active=True, limit=MOST_OFFERED)
    territories = await page.territories()
    return page.render(
        "setup/devices.html",
        status=refusal.status if refusal else 200,
        devices=listed["items"],
        next_cursor=listed["next_cursor"],
        silent={device["id"] for device in listed["items"] if is_silent(device, page.now)},
        reps=reps["items"],
        rep_code=rep_code,
        zones={each["code"]: each["time_zone"] for each in territories},
        territories=territories,
        problem=refusal,
    )
