"""Use case of the mail door: one mail becomes its orders and its answer, in one transaction, once (decision 24)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.records import FormReading
from app.doors.order_inbox.mail import queries
from app.doors.order_inbox.mail.answers import answer_to
from app.doors.order_inbox.mail.records import (
    Attachment,
    Filed,
    FormOutcome,
    InboxFormStatus,
    InboxMessageStatus,
    ReceivedMail,
    RegisteredSender,
)
from app.doors.order_inbox.mail.rules import (
    Admission,
    AuthenticationPolicy,
    admission,
    authentication_failure,
    may_order_for,
)
from app.doors.order_taking import service as order_taking
from app.doors.order_taking.service import EventStatus, NewOrder, Result
from app.ground import clock
from app.ground.errors import FieldProblem
from app.ground.web.access import Caller, CallerKind
from app.ground.web.fields import money_text
from app.masters.outlets.service import outlets_by_code
from app.sales.orders.rules import OrderChannel, OrderForm
from app.sales.orders.service import cancelled_orders

DAY = timedelta(days=1)
BROKEN = "something went wrong on our side; please phone your rep or the office"


@dataclass(frozen=True, slots=True)
class DoorPolicy:
    """The door's settings: what is asked of senders, whose `Authentication-Results` count, the address that answers."""

    authentication: AuthenticationPolicy
    authentication_server: str | None
    answers_from: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A mail, who sent it, and whether its forms are looked at."""

    mail: ReceivedMail
    sender: RegisteredSender | None
    admission: Admission


async def examine(session: AsyncSession, mails: Sequence[ReceivedMail], policy: DoorPolicy) -> list[Examined]:
    """Whether each mail's forms are looked at, before they cost anything. Reads only, by three statements for all."""
    addresses = {mail.senders[0] for mail in mails if len(mail.senders) == 1}
    senders = await queries.senders_of(session, addresses)
    answers = await queries.answers_since(session, addresses, clock.now() - DAY)
    examined = []
    for mail in mails:
        if len(mail.senders) != 1:
            examined.append(Examined(mail, None, admission(mail, None, None, 0)))
            continue
        (address,) = mail.senders
        failure = authentication_failure(policy.authentication, policy.authentication_server, mail.headers, address)
        admitted = admission(mail, senders[address], failure, answers.get(address, 0))
        examined.append(Examined(mail, senders[address], admitted))
        if admitted.answer:
            answers[address] = answers.get(address, 0) + 1
    return examined


async def file_as_broken(session: AsyncSession, examined: Examined, policy: DoorPolicy) -> Filed | None:
    """Record a mail over which this program failed; a sender who is due an answer is told to phone.

    None where it was processed before.
    """
    failed = replace(examined, admission=Admission(InboxMessageStatus.UNREADABLE, BROKEN, examined.admission.answer))
    return await take_in(session, failed, (), policy)


async def take_in(
    session: AsyncSession, examined: Examined, readings: Sequence[FormReading], policy: DoorPolicy
) -> Filed | None:
    """Make a mail's orders, record what became of it, and queue its answer; `readings` are those of its forms.

    All in one transaction. None where the mail was processed before: then nothing is done. A form that was taken
    before, by any mail, is a duplicate (O3): by the file, or by the form's id.
    """
    mail, message_id, at = examined.mail, uuid4(), clock.now()
    status, reason = examined.admission.status, examined.admission.reason
    sender = examined.sender
    concerned = {*sender.outlets.values(), *sender.reps.values()} if sender is not None else set()
    if not await queries.claim_message(session, mail, message_id, status, reason, at, concerned):
        return None
    outcomes: list[FormOutcome] = []
    if examined.admission.admitted and examined.sender is not None:
        outcomes = await _take_forms(session, examined.sender, mail, readings)
        await queries.record_forms(session, message_id, outcomes)
        if all(outcome.status is InboxFormStatus.UNREADABLE for outcome in outcomes):
            status = InboxMessageStatus.UNREADABLE
            await queries.set_status(session, message_id, status, "no form of it could be read")
    if examined.admission.answer and mail.senders:
        local = mail.had_at.astimezone(sender.zone if sender is not None else UTC)
        content = answer_to(
            replace(mail, had_at=local), outcomes, reason, sender=policy.answers_from, message_id=message_id, at=at
        )
        await queries.queue_answer(session, message_id, mail.senders[0], content, at)
    return Filed(status, answered=examined.admission.answer)


async def _take_forms(
    session: AsyncSession, sender: RegisteredSender, mail: ReceivedMail, readings: Sequence[FormReading]
) -> list[FormOutcome]:
    """What becomes of each form, in the order of the mail; those that may be ordered are placed together."""
    files = list(zip(mail.forms, readings, strict=True))
    orders_by_file = await queries.orders_of_files(session, [file.digest for file in mail.forms])
    codes = {reading.form.outlet_code for _, reading in files if reading.form is not None}
    outlets = await outlets_by_code(session, codes)
    outcomes: dict[int, FormOutcome] = {}
    orders: dict[int, NewOrder] = {}
    for number, (file, reading) in enumerate(files):
        form = reading.form
        outlet = outlets.get(form.outlet_code) if form else None
        territory_id = outlet.territory_id if outlet else None
        if file.digest in orders_by_file:
            order_id, outlet_code = orders_by_file[file.digest]
            outcome = FormOutcome(file.file_name, file.digest, InboxFormStatus.DUPLICATE, order_id=order_id)
            outcomes[number] = replace(outcome, outlet_code=outlet_code, territory_id=territory_id)
        elif form is None:
            outcomes[number] = _unreadable(file, reading)
        else:
            outcomes[number] = _refused(file, reading, form, territory_id)
            rep_code = may_order_for(sender, form.outlet_code, territory_id)
            if rep_code is None:
                message = f"{sender.address} is not registered for this outlet."
                problem = FieldProblem("/outlet_code", "not_your_outlet", message)
                outcomes[number] = replace(outcomes[number], problems=[problem])
            else:
                orders[number] = _new_order(form, sender, rep_code, mail.had_at)
    results = await order_taking.place_orders(session, list(orders.values())) if orders else []
    for number, result in zip(orders, results, strict=True):
        outcomes[number] = _with_result(outcomes[number], result)
    return await _mark_cancelled(session, [outcomes[number] for number in range(len(files))])


async def _mark_cancelled(session: AsyncSession, outcomes: Sequence[FormOutcome]) -> list[FormOutcome]:
    """Mark duplicates of cancelled orders, so that their sender does not think that they are ordered."""
    order_ids = {
        outcome.order_id
        for outcome in outcomes
        if outcome.status is InboxFormStatus.DUPLICATE and outcome.order_id is not None
    }
    cancelled = await cancelled_orders(session, order_ids) if order_ids else set()
    return [replace(outcome, cancelled=True) if outcome.order_id in cancelled else outcome for outcome in outcomes]


def _new_order(form: OrderForm, sender: RegisteredSender, rep_code: str, had_at: datetime) -> NewOrder:
    """The form's order in the name of the rep who has sent it, or of the outlet itself (no `rep_code`)."""
    kind, name = (CallerKind.REP, rep_code) if rep_code else (CallerKind.OUTLET, form.outlet_code)
    return NewOrder(
        form,
        OrderChannel.EMAIL,
        Caller(kind, "mail", name, territory_ids=None),
        mailed_at=had_at,
        rep_territory_id=sender.reps[rep_code] if rep_code else None,
    )


def _with_result(outcome: FormOutcome, result: Result) -> FormOutcome:
    """The outcome of a form whose order was placed, or refused."""
    match result.status:
        case EventStatus.REJECTED:
            return replace(outcome, problems=result.problem.errors if result.problem else ())
        case EventStatus.CONFLICT:
            message = (
                "This form was used for another order already. Ask for a new form: each orders once. To change the"
                " order, phone your rep."
            )
            return replace(outcome, problems=[FieldProblem("/id", "form_used", message)])
        case EventStatus.DUPLICATE:
            return replace(outcome, status=InboxFormStatus.DUPLICATE, order_id=outcome.form_id)
        case EventStatus.ACCEPTED:
            value = money_text(result.total_value) if result.total_value is not None else None
            accepted = replace(outcome, status=InboxFormStatus.ACCEPTED, order_id=outcome.form_id, total_value=value)
            return replace(accepted, warnings=result.warnings)


def _refused(file: Attachment, reading: FormReading, form: OrderForm, territory_id: int | None) -> FormOutcome:
    """What the answer says of a form in any case; refused until it becomes an order."""
    return FormOutcome(
        file.file_name,
        file.digest,
        InboxFormStatus.REFUSED,
        form_id=form.id,
        outlet_code=form.outlet_code,
        territory_id=territory_id,
        cells=reading.cells,
        delivery_date=form.delivery_date.isoformat(),
    )


def _unreadable(file: Attachment, reading: FormReading) -> FormOutcome:
    return FormOutcome(
        file.file_name, file.digest, InboxFormStatus.UNREADABLE, problems=reading.problems, cells=reading.cells
    )
