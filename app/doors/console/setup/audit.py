"""The audit trail: who changed what, from what to what."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup.changes import differences
from app.doors.console.setup.labels import LABELS
from app.ground.web.fields import Day

router = console_router()

Text = Annotated[str | None, Query(max_length=400)]


@router.get("/setup/audit")
async def show_audit_trail(
    page: AdminsPage,
    kind: Text = None,
    code: Text = None,
    actor: Text = None,
    channel: Text = None,
    request_id: Text = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Every change, the newest first. Days are those of the viewer's zone."""
    zone = page.preferences.zone or "UTC"
    listed = await page.api.get(
        "/v1/audit",
        kind=kind,
        code=code,
        actor=actor,
        channel=channel,
        request_id=request_id,
        from_=begin_of(first, zone),
        to=begin_of(last and last + timedelta(days=1), zone),
        cursor=cursor,
    )
    return page.render(
        "setup/audit.html",
        entries=[entry | {"changes": differences(entry["before"], entry["after"])} for entry in listed["items"]],
        next_cursor=listed["next_cursor"],
        kinds=tuple(LABELS["setup_audit_kind"]),
        channels=tuple(LABELS["setup_audit_channel"]),
        asked={
            "kind": kind,
            "code": code,
            "actor": actor,
            "channel": channel,
            "request_id": request_id,
            "from": first,
            "to": last,
        },
        zone=zone,
    )


def begin_of(day: date | None, zone: str) -> str | None:
    """The instant at which a day begins in a zone."""
    return None if day is None else datetime.combine(day, time(), ZoneInfo(zone)).isoformat()
