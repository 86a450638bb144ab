"""The handheld's way in: uploads, and check-ins one at a time. Orders one at a time: `order_taking`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.doors.handheld.reporters import reporter_of
from app.doors.handheld.upload.intake import Intake
from app.doors.handheld.upload.records import Sending, Upload, UploadOutcome
from app.doors.handheld.upload.schemas import MOST_EVENTS, CheckInBody, UploadAnswer, UploadBody, read_event
from app.doors.handheld.upload.usual_uploads import SingleCheckIn, UsualUpload, read_check_in, read_upload
from app.doors.order_taking.event_route import EventRoute
from app.doors.order_taking.results import json_response, result_json, single_answer
from app.doors.order_taking.schemas import SingleEventAnswer
from app.ground.errors import TooLarge
from app.ground.web.access import Caller, CallerKind, allow
from app.ground.web.hot_routes import HotRoute
from app.ground.web.problems import problems

router = APIRouter(prefix="/v1", tags=["handheld"], route_class=EventRoute)

Handheld = Annotated[Caller, allow(device=True)]


async def intake(request: Request) -> Intake:
    """Where this process's uploads come together."""
    shared: Intake = request.app.state.handheld_door
    return shared


Uploads = Annotated[Intake, Depends(intake)]
_AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": SingleEventAnswer, "description": "It was recorded before: the first answer again."}
}


@router.post(
    "/sync",
    operation_id="upload",
    summary="Upload what a handheld recorded",
    response_model=UploadAnswer,
    responses=problems(401, 403, 413, 422, 429),
)
async def upload(request: Request, caller: Handheld, uploads: Uploads, body: UploadBody) -> Response:
    """Each event has its own result, in the order sent: one bad event never costs a good one.

    What was accepted is committed when the answer leaves. Sending the same again is always safe. An upload with which
    its rep would have more events of one day than a day may have is refused as a whole (429): nothing of it is
    recorded, and the handheld keeps it until the day is over.
    """
    # goes on in `service.record_uploads`, together with other uploads that are there by then
    if len(body.events) > MOST_EVENTS:
        raise TooLarge(f"An upload may have {MOST_EVENTS} events.", limit_events=MOST_EVENTS)
    sending = Sending(body.sent_at, body.monotonic_ms, body.boot_id, body.sequence_to)
    events = [read_event(raw) for raw in body.events]
    outcome = await uploads.record(Upload(reporter_of(caller), sending, events))
    return _answer(outcome, body.warnings, str(request.scope.get("request_id", "")))


@router.post(
    "/check-ins",
    operation_id="create_check_in",
    summary="Record one check-in",
    status_code=201,
    response_model=SingleEventAnswer,
    responses=_AGAIN | problems(401, 403, 409, 422, 429),
)
async def create_check_in(request: Request, caller: Handheld, uploads: Uploads, body: CheckInBody) -> Response:
    """The same rules as in an upload, for one event. It is recorded wherever the rep stands; the verdict tells."""
    return single_answer(
        request, await uploads.record_event(caller, body.event(), body.sent_at, body.sent_monotonic_ms)
    )


async def _answer_upload(request: Request, caller: Caller, upload: UsualUpload) -> Response:
    outcome = await (await intake(request)).record(Upload(reporter_of(caller), upload.sending, upload.events))
    return _answer(outcome, [], str(request.scope.get("request_id", "")))


async def _answer_check_in(request: Request, caller: Caller, check_in: SingleCheckIn) -> Response:
    return single_answer(request, await (await intake(request)).record_event(caller, *check_in))


HOT_ROUTES: tuple[HotRoute[Any], ...] = (
    HotRoute(router, "/v1/sync", kind=CallerKind.DEVICE, read=read_upload, answer=_answer_upload),
    HotRoute(router, "/v1/check-ins", kind=CallerKind.DEVICE, read=read_check_in, answer=_answer_check_in),
)


def _answer(outcome: UploadOutcome, warnings: list[dict[str, Any]], instance: str) -> Response:
    content = {
        "received_at": outcome.received_at,
        "clock_skew_ms": outcome.skew_ms,
        "watermark": outcome.watermark_at,
        "results": [result_json(result, instance) for result in outcome.results],
        "warnings": warnings,
    }
    return json_response(content)
