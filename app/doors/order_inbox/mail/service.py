"""Use case of the mail door: one mail becomes its orders and its answer, in one transaction, once (decision 24)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.product_checks import product_contradictions
from app.doors.order_inbox.forms.records import InboxFormStatus, ReceivedForm
from app.doors.order_inbox.mail import queries
from app.doors.order_inbox.mail.answer_words import ENGLISH
from app.doors.order_inbox.mail.answers import answer_to
from app.doors.order_inbox.mail.records import (
    Filed,
    InboxMessageStatus,
    ReceivedMail,
    RegisteredSender,
)
from app.doors.order_inbox.mail.rules import (
    Admission,
    AuthenticationPolicy,
    SenderStanding,
    admission,
    authentication_failure,
    may_order_for,
    refusal,
)
from app.doors.order_taking import service as order_taking
from app.doors.order_taking.service import EventStatus, NewOrder, Result
from app.ground import clock
from app.ground.errors import FieldProblem
from app.ground.web.access import Caller, CallerKind
from app.ground.web.amounts import money_text
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


async def examine(session: AsyncSession, mails: Sequence[ReceivedMail], policy: DoorPolicy) -> list[SenderStanding]:
    """Whom each mail is from, by its head, before it costs anything. Reads only, by three statements for all."""
    addresses = {mail.senders[0] for mail in mails if len(mail.senders) == 1}
    senders = await queries.senders_of(session, addresses)
    answers = await queries.answers_since(session, addresses, clock.now() - DAY)
    standings = []
    for mail in mails:
        if len(mail.senders) != 1:
            standings.append(SenderStanding(None))
            continue
        (address,) = mail.senders
        failure = authentication_failure(policy.authentication, policy.authentication_server, mail.headers, address)
        standings.append(SenderStanding(senders[address], failure, answers.get(address, 0)))
        answers[address] = answers.get(address, 0) + 1
    return standings


async def file_as_broken(
    session: AsyncSession, mail: ReceivedMail, policy: DoorPolicy, reason: str = BROKEN
) -> Filed | None:
    """Record a mail over which this program failed; a sender who is due an answer is told to phone.

    None where it was processed before.
    """
    (standing,) = await examine(session, [mail], policy)
    admitted = refusal(mail, standing) or replace(
        admission(mail, standing), status=InboxMessageStatus.UNREADABLE, reason=reason
    )
    return await take_in(session, mail, admitted, (), policy)


async def file_unopened(session: AsyncSession, mail: ReceivedMail) -> Filed:
    """Record a mail of which nothing can be said but `mail.problem`: not even its sender is told."""
    admitted = Admission(None, InboxMessageStatus.UNREADABLE, mail.problem, answer=False)
    await queries.claim_message(session, mail, uuid4(), admitted.status, admitted.reason, clock.now())
    return Filed(admitted.status)


async def take_in(
    session: AsyncSession,
    mail: ReceivedMail,
    admitted: Admission,
    files: Sequence[ReceivedForm],
    policy: DoorPolicy,
) -> Filed | None:
    """Make a mail's orders, record what became of it, and queue its answer; `files` are its forms, read.

    All in one transaction. None where the mail was processed before: then nothing is done. A form that was taken
    before, by any mail, is a duplicate (O3): by the file, or by the form's id.
    """
    message_id, at = uuid4(), clock.now()
    sender, status, reason = admitted.sender, admitted.status, admitted.reason
    concerned = {*sender.outlets.values(), *sender.reps.values()} if sender is not None else set()
    recorded = reason or admitted.unanswered
    if not await queries.claim_message(session, mail, message_id, status, recorded, at, concerned):
        return None
    forms: list[ReceivedForm] = []
    if admitted.admitted and sender is not None:
        forms = await _take_forms(session, sender, files, mail.had_at)
        await queries.record_forms(session, message_id, forms)
        if all(form.status is InboxFormStatus.UNREADABLE for form in forms):
            status = InboxMessageStatus.UNREADABLE
            await queries.set_status(session, message_id, status, "no form of it could be read")
    if admitted.answer and mail.senders:
        local = mail.had_at.astimezone(sender.zone if sender is not None else UTC)
        content = answer_to(
            replace(mail, had_at=local),
            forms,
            reason,
            sender=policy.answers_from,
            message_id=message_id,
            at=at,
            language=sender.language if sender is not None else ENGLISH,
        )
        await queries.queue_answer(session, message_id, mail.senders[0], content, at)
    return Filed(status, answered=admitted.answer)


async def _take_forms(
    session: AsyncSession, sender: RegisteredSender, files: Sequence[ReceivedForm], had_at: datetime
) -> list[ReceivedForm]:
    """What becomes of each form, in the order of the mail; those that may be ordered are placed together."""
    orders_by_file = await queries.orders_of_files(session, [file.digest for file in files])
    contradictions = await product_contradictions(session, files)
    outlets = await outlets_by_code(session, {file.form.outlet_code for file in files if file.form is not None})
    forms: list[ReceivedForm] = []
    orders: dict[int, NewOrder] = {}
    for number, file in enumerate(files):
        outlet = outlets.get(file.form.outlet_code) if file.form is not None else None
        form = replace(file, territory_id=outlet.territory_id if outlet else None)
        if file.digest in orders_by_file:
            form = _copy(form, *orders_by_file[file.digest])
        elif file.form is not None:
            rep_code = may_order_for(sender, file.form.outlet_code, form.territory_id)
            if contradictions[number]:
                form = replace(form, problems=contradictions[number])
            elif rep_code is None:
                message = f"{sender.address} is not registered for this outlet."
                form = replace(form, problems=[FieldProblem("/outlet_code", "not_your_outlet", message)])
            else:
                orders[number] = _new_order(file.form, rep_code, had_at)
        forms.append(form)
    results = await order_taking.place_orders(session, list(orders.values())) if orders else []
    for number, result in zip(orders, results, strict=True):
        forms[number] = _with_result(forms[number], result)
    return await _mark_cancelled(session, forms)


async def _mark_cancelled(session: AsyncSession, forms: Sequence[ReceivedForm]) -> list[ReceivedForm]:
    """Mark duplicates of cancelled orders, so that their sender does not think that they are ordered."""
    order_ids = {
        form.order_id for form in forms if form.status is InboxFormStatus.DUPLICATE and form.order_id is not None
    }
    cancelled = await cancelled_orders(session, order_ids) if order_ids else set()
    return [replace(form, cancelled=True) if form.order_id in cancelled else form for form in forms]


def _copy(file: ReceivedForm, order_id: UUID, outlet_code: str | None) -> ReceivedForm:
    """A file that has made an order before: what it says now decides nothing, and is not told."""
    return ReceivedForm(
        file.file_name,
        file.digest,
        InboxFormStatus.DUPLICATE,
        outlet_code=outlet_code,
        territory_id=file.territory_id,
        order_id=order_id,
    )


def _new_order(form: OrderForm, rep_code: str, had_at: datetime) -> NewOrder:
    """The form's order in the name of the rep who has sent it, or of the outlet itself (no `rep_code`)."""
    kind, name = (CallerKind.REP, rep_code) if rep_code else (CallerKind.OUTLET, form.outlet_code)
    return NewOrder(
        form,
        OrderChannel.EMAIL,
        Caller(kind, "mail", name, territory_ids=None),
        mailed_at=had_at,
    )


def _with_result(form: ReceivedForm, result: Result) -> ReceivedForm:
    """A form whose order was placed, or refused."""
    match result.status:
        case EventStatus.REJECTED:
            return replace(form, problems=result.problem.errors if result.problem else ())
        case EventStatus.CONFLICT:
            message = (
                "This form was used for another order already. Ask for a new form: each orders once. To change the"
                " order, phone your rep."
            )
            return replace(form, problems=[FieldProblem("/id", "form_used", message)])
        case EventStatus.DUPLICATE:
            return replace(form, status=InboxFormStatus.DUPLICATE, order_id=form.form_id)
        case EventStatus.ACCEPTED:
            value = money_text(result.total_value) if result.total_value is not None else None
            return replace(
                form,
                status=InboxFormStatus.ACCEPTED,
                order_id=form.form_id,
                total_value=value,
                warnings=result.warnings,
            )
