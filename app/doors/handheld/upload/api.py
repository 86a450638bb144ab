"""The handheld's door: upload, and the same events one at a time."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.closing.cutoff.service import settle_late_orders
from app.doors.handheld.download.schemas import ChangesAnswer
from app.doors.handheld.download.service import changes_since
from app.doors.handheld.errors import EventConflict, EventRejected
from app.doors.handheld.upload.answers import changes_answer, single_answer, upload_answer
from app.doors.handheld.upload.event_schemas import SingleCheckIn, SingleOrder
from app.doors.handheld.upload.intake import Intake
from app.doors.handheld.upload.parsing import ForgivingRoute, ReadEvent, read_events
from app.doors.handheld.upload.records import FirstAnswer, Reporter, Result, Sending, Status
from app.doors.handheld.upload.rules import order_form
from app.doors.handheld.upload.schemas import MOST_EVENTS, SingleAnswer, UploadAnswer, UploadBody
from app.doors.handheld.upload.service import Upload
from app.ground.db.session import Database
from app.ground.errors import Forbidden, TooLarge
from app.ground.web.access import Caller, CallerKind, Scope, allow
from app.ground.web.dependencies import AppDatabase, ReadSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.sales.orders.rules import Channel
from app.sales.orders.service import PlacedOrder, Placement, place_order

router = make_router("handheld")
upload_router = APIRouter(prefix="/v1", tags=["handheld"], route_class=ForgivingRoute)

Handheld = Annotated[Caller, allow(device=True)]


async def intake(request: Request) -> Intake:
    """Where this process's uploads come together."""
    found: Intake = request.app.state.intake
    return found


Uploads = Annotated[Intake, Depends(intake)]
_AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": SingleAnswer, "description": "It was recorded before: the first answer again."}
}


@upload_router.post(
    "/sync",
    operation_id="upload",
    summary="Upload what a handheld recorded",
    response_model=UploadAnswer,
    responses=problems(401, 403, 413, 422),
)
async def upload(request: Request, caller: Handheld, uploads: Uploads, body: UploadBody) -> Response:
    """Each event has its own result, in the order sent: one bad event never costs a good one.

    What was accepted is committed when the answer leaves. Sending the same again is always safe.
    """
    if len(body.events) > MOST_EVENTS:
        raise TooLarge(f"An upload may have {MOST_EVENTS} events.", limit_events=MOST_EVENTS)
    sending = Sending(body.sent_at, body.monotonic_ms, body.boot_id, body.sequence_to)
    outcome = await uploads.record(Upload(reporter_of(caller), sending, read_events(body.events)))
    return upload_answer(outcome, str(request.scope.get("request_id", "")))


@router.get(
    "/sync",
    operation_id="download",
    summary="Download what changed for a rep",
    response_model=ChangesAnswer,
    responses=problems(401, 403, 422),
)
async def download(
    caller: Handheld,
    session: ReadSession,
    since: Annotated[
        str | None, Query(max_length=1000, description="the token of the answer before; without it, everything")
    ] = None,
) -> Response:
    """Visits from yesterday to two weeks ahead, the territory's outlets with location and terms, products, prices,
    stock, reasons for no order. And the routes of today and tomorrow, with suggested orders for their visits.

    A token that means nothing here (of another territory, of a database that was restored) is answered with everything.
    """
    return changes_answer(await changes_since(session, reporter_of(caller), since))


@router.post(
    "/check-ins",
    operation_id="create_check_in",
    summary="Record one check-in",
    status_code=201,
    response_model=SingleAnswer,
    responses=_AGAIN | problems(401, 403, 409, 422),
)
async def create_check_in(request: Request, caller: Handheld, uploads: Uploads, body: SingleCheckIn) -> Response:
    """The same rules as in an upload, for one event. It is recorded wherever the rep stands; the verdict tells."""
    return single_answer(request, await _record_one(uploads, caller, body))


@router.post(
    "/orders",
    operation_id="create_order",
    summary="Place one order",
    status_code=201,
    response_model=SingleAnswer,
    responses=_AGAIN | problems(401, 403, 409, 422),
)
async def create_order(
    request: Request,
    caller: Annotated[Caller, allow(device=True, scope=Scope.ORDERS_WRITE)],
    uploads: Uploads,
    database: AppDatabase,
    body: SingleOrder,
) -> Response:
    """A handheld's order by the rules of an upload, or an integration client's (channel API).

    A client's order has no fix and no clock evidence; its `sent_at` corrects its clock.
    """
    return await place_single_order(request, caller, uploads, database, body)


async def place_single_order(
    request: Request, caller: Caller, uploads: Intake, database: Database, body: SingleOrder
) -> Response:
    """Place an order for a handheld or an integration client; it is committed when this returns."""
    if caller.kind is CallerKind.DEVICE:
        return single_answer(request, await _record_one(uploads, caller, body))
    async with database.transaction() as session:
        placed = await place_order(session, order_form(body), channel=Channel.API, caller=caller, sent_at=body.sent_at)
        if placed.status is Placement.ACCEPTED and placed.outlet_id and placed.business_date and placed.received_at:
            await settle_late_orders(session, [(placed.outlet_id, placed.business_date)], placed.received_at)
    return single_answer(request, _result_of(placed))


def reporter_of(caller: Caller) -> Reporter:
    """The device that calls. Raises Forbidden for any other caller."""
    if caller.device_id is None or caller.rep_id is None or caller.rep_code is None or not caller.territory_ids:
        raise Forbidden("This is for a rep's device.")
    (territory_id,) = caller.territory_ids
    return Reporter(caller.device_id, caller.rep_id, caller.rep_code, territory_id)


async def _record_one(uploads: Intake, caller: Caller, event: SingleCheckIn | SingleOrder) -> Result:
    """An upload of one event, with its own clocks."""
    sending = Sending(event.sent_at, event.sent_monotonic_ms, event.boot_id)
    read = ReadEvent(str(event.id), event.sequence, event)
    return (await uploads.record(Upload(reporter_of(caller), sending, [read]))).results[0]


_STATUS = {
    Placement.ACCEPTED: Status.ACCEPTED,
    Placement.DUPLICATE: Status.DUPLICATE,
    Placement.CONFLICT: Status.CONFLICT,
    Placement.REFUSED: Status.REJECTED,
}


def _result_of(placed: PlacedOrder) -> Result:
    """A client's order as a result."""
    id_, status = str(placed.id), _STATUS[placed.status]
    if status is Status.CONFLICT:
        return Result(id_, status, problem=EventConflict("The first content of this id stays."))
    if placed.received_at is None or placed.corrected_at is None or placed.business_date is None:
        return Result(id_, status, problem=EventRejected("The order breaks a rule.", errors=placed.problems))
    told = FirstAnswer(
        placed.id,
        None,
        placed.warnings,
        placed.received_at,
        placed.corrected_at,
        placed.business_date,
        placed.skew_ms,
    )
    return Result(id_, status, told)
