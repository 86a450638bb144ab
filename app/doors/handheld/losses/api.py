"""Routes: rejected and lost events, for reps and supervisors; handhelds that are revoked."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from app.doors.handheld.losses import service
from app.doors.handheld.losses.schemas import RejectedEventAnswer
from app.field.rejected_events import service as rejected_events
from app.field.rejected_events.records import RejectionFilter, RejectionKind
from app.ground.audit.service import author_of
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code, Day
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.identity.schemas import DeviceAnswer

router = make_router("devices")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True)]
Supervisor = Annotated[Caller, allow(Role.SUPERVISOR)]


async def rejection_filter(
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    kind: Annotated[RejectionKind | None, Query(description="without it, both")] = None,
    first: Annotated[Day | None, Query(alias="from", description="received from this day on (UTC)")] = None,
    last: Annotated[Day | None, Query(alias="to", description="received up to this day (UTC)")] = None,
    settled: Annotated[bool | None, Query(description="without it, all")] = None,
) -> RejectionFilter:
    """The filters of the list."""
    return RejectionFilter(
        territory_code=territory_code,
        rep_code=rep_code,
        kind=kind,
        first=first,
        last=last,
        standing=None if settled is None else not settled,
    )


@router.get(
    "/rejected-events",
    operation_id="list_rejected_events",
    summary="Events that could not be recorded or never came",
    response_model=Page[RejectedEventAnswer],
    responses=problems(401, 403, 422),
)
async def list_rejected_events(
    caller: Reader,
    session: ReadSession,
    paging: Paging,
    filters: Annotated[RejectionFilter, Depends(rejection_filter)],
) -> Page[RejectedEventAnswer]:
    """The newest first: a supervisor's of its territories, a handheld's of its own rep."""
    after = paging.key(instant_part, UUID)
    key = (after[0], after[1]) if after else None
    territory_ids = None if caller.rep_id is not None else caller.territory_ids
    rows = await rejected_events.page(session, territory_ids, caller.rep_id, filters, key, paging.limit + 1)
    page, cursor = paging.page(rows, lambda row: (row.received_at, row.id))
    return Page(items=[RejectedEventAnswer.of(row) for row in page], next_cursor=cursor)


@router.post(
    "/rejected-events/{rejected_event_id}/give-up",
    operation_id="give_up_rejected_event",
    summary="Wait no longer for an event",
    response_model=RejectedEventAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def give_up_rejected_event(
    rejected_event_id: UUID, caller: Supervisor, session: WriteSession
) -> RejectedEventAnswer:
    """The handheld's watermark moves as if the event had come, and penalties that waited for it become final.

    Again is no error. 409 where it was recorded or has arrived after all.
    """
    rejection = await service.give_up(session, caller.territory_ids, rejected_event_id, by=caller.actor)
    return RejectedEventAnswer.of(rejection)


@router.post(
    "/devices/{device_id}/revoke",
    operation_id="revoke_device",
    summary="Revoke a lost handheld",
    response_model=DeviceAnswer,
    responses=problems(401, 403, 404, 422),
)
async def revoke_device(device_id: UUID, caller: Supervisor, session: WriteSession) -> DeviceAnswer:
    """Its tokens are refused within a second. What it has uploaded stays; it is not enrolled again.

    Nobody waits for what it has not told: penalties that did become final.
    """
    return DeviceAnswer.of(await service.revoke(session, device_id, caller.territory_ids, author_of(caller)))
