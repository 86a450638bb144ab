"""Handhelds: enrolment codes, enrolment. How they are revoked: `app.doors.handheld.losses`."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from app.ground import clock
from app.ground.receipts.idempotency import OnceOnly
from app.ground.web.access import Caller, Role, allow, public
from app.ground.web.dependencies import AppSettings, ReadSession, WriteSession
from app.ground.web.fields import Code
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.identity import device_queries, devices
from app.masters.identity.api import Issuer
from app.masters.identity.devices import DeviceForm
from app.masters.identity.schemas import DeviceAnswer, EnrolmentAnswer, EnrolmentBody, EnrolmentCodeAnswer

router = make_router("devices")

Supervisor = Annotated[Caller, allow(Role.SUPERVISOR)]


@router.post(
    "/reps/{rep_code}/enrolment-codes",
    operation_id="create_enrolment_code",
    summary="Make a code that enrols one handheld",
    status_code=201,
    response_model=EnrolmentCodeAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def create_enrolment_code(
    rep_code: Code, caller: Supervisor, settings: AppSettings, once: OnceOnly, session: WriteSession
) -> Response:
    """For a rep of one's own territory. The code is told this once, is good for 15 minutes, and binds one handheld."""

    async def make() -> EnrolmentCodeAnswer:
        code = await devices.make_enrolment_code(session, settings.signing_key, caller, rep_code, clock.now())
        return EnrolmentCodeAnswer.of(code)

    return await once.answer(session, caller.actor, None, make)


@router.post(
    "/devices",
    operation_id="enrol_device",
    summary="Enrol a handheld",
    status_code=201,
    response_model=EnrolmentAnswer,
    responses=problems(401, 409, 422),
    dependencies=[public],
)
async def enrol_device(form: EnrolmentBody, issuer: Issuer, once: OnceOnly, session: WriteSession) -> Response:
    """Binds the handheld to the code's rep and logs it in. Codes are read without regard to case, dashes, O or 0.

    Send an `Idempotency-Key`: where the answer is lost on the way, the same request gets it again.
    """

    async def make() -> EnrolmentAnswer:
        jwk = None if form.public_jwk is None else form.public_jwk.model_dump(exclude_none=True)
        device = DeviceForm(form.model, form.os, form.app_version, jwk)
        handheld, tokens = await devices.enrol(session, issuer, form.enrolment_code, device, clock.now())
        return EnrolmentAnswer.of(tokens, device=DeviceAnswer.of(handheld))

    return await once.answer(session, "device:new", form, make)


@router.get(
    "/devices",
    operation_id="list_devices",
    summary="Handhelds",
    response_model=Page[DeviceAnswer],
    responses=problems(401, 403, 422),
)
async def list_devices(
    caller: Supervisor, session: ReadSession, paging: Paging, rep_code: Code | None = None
) -> Page[DeviceAnswer]:
    """Of one's own territories, newest first, revoked ones too."""
    after = paging.key(instant_part, UUID)
    rows = await device_queries.devices_page(
        session, caller.territory_ids, rep_code, (after[0], after[1]) if after else None, paging.limit
    )
    page, cursor = paging.page(rows, lambda row: [row.enrolled_at.isoformat(), row.id])
    return Page(items=[DeviceAnswer.of(row) for row in page], next_cursor=cursor)
