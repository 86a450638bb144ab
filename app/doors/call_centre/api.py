"""The operators' door to call tasks. A supervisor looks, and calls nobody."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Body, Query, Request, Response

from app.closing.call_tasks.service import CallTaskStatus, TellOutcome
from app.doors.call_centre import service
from app.doors.call_centre.answers import answer_of, summary_of
from app.doors.call_centre.offer_schemas import OutletOfferAnswer
from app.doors.call_centre.offers import offer_of_task
from app.doors.call_centre.schemas import (
    CallOutcomeBody,
    CallTaskAnswer,
    CallTaskClaimBody,
    CallTaskSummaryAnswer,
    PhoneOrderBody,
)
from app.doors.call_centre.service import PhoneOrder, TaskFilter
from app.ground.errors import AppError
from app.ground.receipts.idempotency import OnceOnly
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code, Day, ShortText
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import answer as problem_answer
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.sales.orders.rules import OrderFormLine

router = make_router("call tasks")

Looking = Annotated[Caller, allow(Role.OPERATOR, Role.SUPERVISOR)]
Calling = Annotated[Caller, allow(Role.OPERATOR)]


MOST_PRIORITY, LEAST_STEP = Decimal(10) ** 10, Decimal("0.0001")
"""A task's priority lies below the one and is a multiple of the other: what the column holds."""


class _NothingWaits(Exception):
    """There is no task to claim."""


@router.get(
    "/call-tasks",
    operation_id="list_call_tasks",
    summary="Outlets to phone, in the order in which they are phoned",
    response_model=Page[CallTaskAnswer],
    responses=problems(401, 403, 422),
)
async def list_call_tasks(
    caller: Looking,
    session: ReadSession,
    paging: Paging,
    business_date: Annotated[Day | None, Query()] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    status: Annotated[CallTaskStatus | None, Query()] = None,
) -> Page[CallTaskAnswer]:
    """The tasks of the caller's own territories: the soonest deadline first, within it the biggest outlet."""
    filters = TaskFilter(business_date, territory_code, status)
    key = paging.key(instant_part, _priority, UUID)
    cards = await service.list_tasks(
        session, caller, filters, (key[0], key[1], key[2]) if key else None, paging.limit + 1
    )
    page, cursor = paging.page(cards, lambda card: (card.task.due_at.isoformat(), card.task.priority, card.task.id))
    return Page(items=[answer_of(card) for card in page], next_cursor=cursor)


@router.get(
    "/call-tasks/summary",
    operation_id="get_call_task_summary",
    summary="How a day's call tasks stand",
    response_model=CallTaskSummaryAnswer,
    responses=problems(401, 403, 422),
)
async def get_call_task_summary(
    caller: Looking,
    session: ReadSession,
    business_date: Annotated[Day, Query()],
    territory_code: Annotated[Code | None, Query()] = None,
) -> CallTaskSummaryAnswer:
    """Of the caller's own territories, or of one of them: how many wait, rest, are held or over; what is due next."""
    return summary_of(await service.count_tasks(session, caller, business_date, territory_code))


@router.get(
    "/call-tasks/{task_id:uuid}",  # or a GET of /call-tasks/claim would be taken for this
    operation_id="get_call_task",
    summary="One call task",
    response_model=CallTaskAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_call_task(task_id: UUID, caller: Looking, session: ReadSession) -> CallTaskAnswer:
    """A task with the outlet's contact, its last orders, what to suggest, and every call so far."""
    return answer_of(await service.find_task(session, caller, task_id))


@router.get(
    "/call-tasks/{task_id}/offer",
    operation_id="get_call_task_offer",
    summary="What the outlet of a call task may be offered",
    response_model=OutletOfferAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_call_task_offer(
    task_id: UUID,
    caller: Looking,
    session: ReadSession,
    search: Annotated[
        ShortText | None, Query(description="only products that have this in their code or name, in any case")
    ] = None,
) -> OutletOfferAnswer:
    """Products with the outlet's prices and the stock, by which its order will be judged, beside what it must stock,
    will probably want, and had before: an order form for the phone. Up to 1,000 products, these first.
    """
    return OutletOfferAnswer.of(await offer_of_task(session, caller, task_id, search or ""))


@router.post(
    "/call-tasks/claim",
    operation_id="claim_call_task",
    summary="Claim the next outlet to phone",
    response_model=CallTaskAnswer,
    responses={204: {"description": "no task waits"}, **problems(401, 403, 404, 409, 422)},
)
async def claim_call_task(
    caller: Calling,
    session: WriteSession,
    once: OnceOnly,
    form: Annotated[CallTaskClaimBody | None, Body(examples=[{"territory_code": "PAT"}])] = None,
) -> Response:
    """The soonest deadline first, within it the biggest outlet. Two operators never get the same task.

    A claim lapses after 15 minutes without an outcome: then anybody may claim the task again. With an `Idempotency-Key`
    a repeated request gets the task that the first one claimed.
    """

    async def claimed() -> CallTaskAnswer:
        card = await service.claim(session, caller, form.territory_code if form else None)
        if card is None:
            raise _NothingWaits
        return answer_of(card)

    try:
        return await once.answer(session, caller.actor, form, claimed, status=200)
    except _NothingWaits:
        return Response(status_code=204)


@router.post(
    "/call-tasks/{task_id}/release",
    operation_id="release_call_task",
    summary="Give a claimed task back",
    response_model=CallTaskAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def release_call_task(task_id: UUID, caller: Calling, session: WriteSession) -> CallTaskAnswer:
    """Anybody may claim it at once. Only who holds the task gives it back; doing so twice is safe."""
    return answer_of(await service.release(session, caller, task_id))


@router.post(
    "/call-tasks/{task_id}/outcome",
    operation_id="tell_call_outcome",
    summary="Tell what came of a call",
    response_model=CallTaskAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def tell_call_outcome(
    task_id: UUID, form: CallOutcomeBody, caller: Calling, session: WriteSession, request: Request
) -> CallTaskAnswer | Response:
    """Only who holds the task tells its outcome; telling the same again after a lost answer is safe.

    `order_taken` records the order by the channel CALL_CENTRE, judged as every order is: where it is refused (422) the
    task stays claimed. `no_answer` rests the task for 20 minutes, and ends it at the third attempt; `call_back` rests
    it until the promised time; the others end it.
    """
    outcome = TellOutcome(
        form.outcome, form.reason_code, form.comment, form.call_back_at, form.order.id if form.order else None
    )
    card = await service.tell_outcome(session, caller, task_id, outcome, _phone_order(form.order))
    # a refusal is committed, so it is answered and not raised
    return problem_answer(request, card) if isinstance(card, AppError) else answer_of(card)


def _phone_order(form: PhoneOrderBody | None) -> PhoneOrder | None:
    if form is None:
        return None
    lines = tuple(OrderFormLine(line.product_code, line.quantity, line.unit_price) for line in form.lines)
    return PhoneOrder(form.id, form.delivery_date, lines, form.comment)


def _priority(text: str) -> Decimal:
    """A cursor's priority; raises ValueError or ArithmeticError where it is none of ours."""
    value = Decimal(text)
    priority = value.quantize(LEAST_STEP)
    if priority != value or abs(priority) >= MOST_PRIORITY:
        raise ValueError("a priority is an amount")
    return priority
