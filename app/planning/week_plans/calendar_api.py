"""Routes of calendar feeds: secret links for a rep, and the feed behind one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow, public
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.territories.visible import rep_in_sight
from app.planning.week_plans.calendars import calendar_of, links_of, make_link, revoke_link
from app.planning.week_plans.models import CalendarLink

router = make_router("week plans")

RepCode = Annotated[Code, Path()]
Owner = Annotated[Caller, allow(Role.SUPERVISOR, device=True)]
ICALENDAR = "text/calendar"
_EXAMPLE = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Fieldproof//Week plan//EN\r\nEND:VCALENDAR\r\n"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The calendar", "content": {ICALENDAR: {"schema": {"type": "string"}, "example": _EXAMPLE}}}
}
_LINK: dict[str, Any] = {
    "id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3c",
    "rep_code": "PAT-R1",
    "label": "Eleni's phone",
    "created_at": "2026-11-26T14:00:00Z",
    "created_by": "device:PAT-R1",
}


class CalendarLinkBody(BaseModel):
    """What a link is for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "Eleni's phone"}]})

    label: str = Field(default="", max_length=100)


class CalendarLinkAnswer(BaseModel):
    """A link that opens a rep's calendar to whoever has it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINK]})

    id: UUID
    rep_code: str
    label: str
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, link: CalendarLink, rep_code: str) -> "CalendarLinkAnswer":
        """A link as it leaves."""
        return cls(
            id=link.id, rep_code=rep_code, label=link.label, created_at=link.created_at, created_by=link.created_by
        )


class CalendarLinksAnswer(BaseModel):
    """The links of a rep: ten at the most."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LINK]}]})

    items: list[CalendarLinkAnswer]


class NewCalendarLinkAnswer(CalendarLinkAnswer):
    """A new link, with the address that is told this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [_LINK | {"path": f"/v1/calendars/{_LINK['id']}.ics?key=8e0zJm4kq3V1f7Xc2Yt5Rw9sLb6Nh0Pd"}]
        }
    )

    path: str = Field(description="of the feed, key included: to be kept like a password")


EMPTY = CalendarLinkBody()


@router.post(
    "/reps/{rep_code}/calendar-links",
    operation_id="create_calendar_link",
    summary="Make a secret link to a rep's calendar",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
async def create_calendar_link(
    rep_code: RepCode,
    session: WriteSession,
    caller: Owner,
    body: Annotated[CalendarLinkBody, Body()] = EMPTY,
) -> NewCalendarLinkAnswer:
    """Whoever has its address reads the rep's visits of this week and the next, until it is revoked.

    The address is told this once. A rep has ten links at the most. One opens only as long as who made it may see the
    rep: it ends with the device that made it, and with a rep's move to a territory that its supervisor does not have.
    """
    _, rep = await rep_in_sight(session, rep_code, caller)
    link, key = await make_link(session, rep, body.label, caller)
    answer = CalendarLinkAnswer.of(link, rep.code)
    return NewCalendarLinkAnswer(**answer.model_dump(), path=f"/v1/calendars/{link.id}.ics?key={key}")


@router.get(
    "/reps/{rep_code}/calendar-links",
    operation_id="list_calendar_links",
    summary="A rep's calendar links",
    responses=problems(401, 403, 404, 422),
)
async def list_calendar_links(rep_code: RepCode, session: ReadSession, caller: Owner) -> CalendarLinksAnswer:
    """Those that still open, the newest first; their keys nobody knows any more."""
    _, rep = await rep_in_sight(session, rep_code, caller)
    return CalendarLinksAnswer(items=[CalendarLinkAnswer.of(link, rep.code) for link in await links_of(session, rep)])


@router.delete(
    "/reps/{rep_code}/calendar-links/{link_id}",
    operation_id="revoke_calendar_link",
    summary="Revoke a calendar link",
    status_code=204,
    responses=problems(401, 403, 404, 422),
)
async def revoke_calendar_link(
    rep_code: RepCode, link_id: Annotated[UUID, Path()], session: WriteSession, caller: Owner
) -> None:
    """It opens nothing any more, from now on and for good."""
    _, rep = await rep_in_sight(session, rep_code, caller)
    await revoke_link(session, rep, link_id, caller.actor)


@router.get(
    "/calendars/{link_id}.ics",
    operation_id="get_calendar",
    summary="A rep's visits as a calendar",
    response_class=Response,
    responses=_FILE | problems(404, 422),
    openapi_extra=response_headers.sends("Cache-Control"),
    dependencies=[public],
)
async def get_calendar(
    link_id: Annotated[UUID, Path()],
    session: ReadSession,
    key: Annotated[str, Query(min_length=1, max_length=200, description="of the link's address")],
) -> Response:
    """The approved visits of this week and the next (RFC 5545), for a calendar app to subscribe to. No token is asked.

    A visit lasts from when it begins to its end; one of an imported plan, which has no times, a whole day. One that is
    excused, or that what has changed since takes off the route, is cancelled.
    """
    return Response(
        await calendar_of(session, link_id, key),
        media_type=ICALENDAR,
        headers={"Cache-Control": "private, max-age=300"},
    )
