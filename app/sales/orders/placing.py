"""One order by a door without a handheld: gather, judge, claim, record."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db import barrier
from app.ground.receipts.service import Claim, ClaimStatus, claim, content_digest, recall
from app.ground.web.access import Caller
from app.masters.catalogue.service import offers
from app.masters.outlets.service import FieldOutlet, outlets_as_agreed, outlets_by_code
from app.masters.territories.calendar import business_date
from app.masters.territories.field_clock import EventClock, UploadClock, correct
from app.masters.territories.service import territory_facts
from app.sales.orders import inserts, queries
from app.sales.orders.records import AcceptedOrder, PlacedOrder, Placement, RefusedOrder
from app.sales.orders.rules import Channel, OrderDecision, OrderForm, judge_order

RECEIPT_KIND = "order"


@dataclass(frozen=True, slots=True)
class MailedForm:
    """How a form came by mail: when the mail server received it, and the territory of the rep whose address sent it.

    No rep: the outlet itself has sent it.
    """

    received_at: datetime
    rep_territory_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Times:
    """The three times of an order (T1), and when a mail's form was read."""

    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    skew_ms: int
    trusted: bool
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A form for a known outlet, with all that was found out about it."""

    form: OrderForm
    outlet: FieldOutlet
    channel: Channel
    placed_by: str
    times: _Times
    business_date: date
    decision: OrderDecision


async def place_order(
    session: AsyncSession,
    form: OrderForm,
    *,
    channel: Channel,
    caller: Caller,
    sent_at: datetime | None = None,
    behind_a_task: bool = False,
    mail: MailedForm | None = None,
) -> PlacedOrder:
    """Place one order by API, EMAIL or CALL_CENTRE, in the caller's transaction: commit it whatever the answer.

    Enters the barrier of the outlet's territory (T5) and reads the time after it. An outlet that the caller may not see
    is unknown to it, unless it stands `behind_a_task`, which the caller may see wherever the outlet belongs by now.
    `captured_at` None: captured now, by the server's own clock. `sent_at` measures the skew of the caller's clock (T1).
    A form that came by `mail` counts from when the mail server had it: settle it, for its day may be closed already.
    A refusal is remembered and claims no id: the corrected form may come under the same one.
    """
    outlet = (await outlets_by_code(session, [form.outlet_code])).get(form.outlet_code)
    if outlet is not None and not behind_a_task and not caller.may_see(outlet.territory_id):
        outlet = None
    known = await offers(
        session,
        {line.product_code for line in form.lines},
        outlet_ids=[outlet.id] if outlet else [],
        channels=[outlet.channel] if outlet else [],
    )
    if outlet is None:
        # no outlet, no zone: there is no business date to judge the delivery date by
        decision = judge_order(form, None, known, form.delivery_date, None)
        return PlacedOrder(status=Placement.REFUSED, id=form.id, problems=decision.problems)
    territory = await territory_facts(session, outlet.territory_id)
    await barrier.enter(session, outlet.territory_id)
    times = _times_of(form, sent_at, clock.now()) if mail is None else _times_of_mail(mail, clock.now())
    day = business_date(territory, times.corrected_at)
    agreed = await outlets_as_agreed(session, [(outlet, times.corrected_at)])
    outlet = agreed.get((outlet.code, times.corrected_at), outlet)
    decision = judge_order(form, outlet, known, day, mail.rep_territory_id if mail else None)
    digest = content_digest(RECEIPT_KIND, _owner(channel, caller), form.content())
    first = await _first_answer(session, Claim(form.id, RECEIPT_KIND, digest, day), decision, times)
    if first is not None:
        return first
    judged = _Judged(form, outlet, channel, caller.actor, times, day, decision)
    return await (_record(session, judged) if decision.accepted else _refuse(session, judged))


def _times_of(form: OrderForm, sent_at: datetime | None, received_at: datetime) -> _Times:
    """The server's own clock is to be trusted; a caller's has no evidence to show (T2)."""
    if form.captured_at is None:
        return _Times(received_at, received_at, received_at, skew_ms=0, trusted=True)
    found = correct(EventClock(form.captured_at), UploadClock(sent_at or received_at, received_at))
    return _Times(form.captured_at, received_at, found.corrected_at, found.skew_ms, found.trusted)


def _times_of_mail(mail: MailedForm, now: datetime) -> _Times:
    """The mail server's clock is the first one to be trusted that saw the form; what is ahead of ours is taken for now.

    That our reading of the mailbox was late shall harm nobody.
    """
    had_at = min(mail.received_at, now)
    return _Times(had_at, had_at, had_at, skew_ms=0, trusted=True, read_at=now)


def _owner(channel: Channel, caller: Caller) -> str:
    """Whose the content is: the call centre's operators speak with one voice, others each for themselves.

    A form that is forwarded is the same form, whoever sends it.
    """
    return channel.value if channel in {Channel.CALL_CENTRE, Channel.EMAIL} else caller.actor


async def _first_answer(
    session: AsyncSession, wanted: Claim, decision: OrderDecision, times: _Times
) -> PlacedOrder | None:
    """The answer of an id that was there before (O3), else None; an accepted form's id is claimed then.

    A form that is refused today may have been accepted yesterday: then it gets that answer.
    """
    answers = await (claim(session, [wanted], times.received_at) if decision.accepted else recall(session, [wanted]))
    claimed = answers.get(wanted.id)
    if claimed is None or claimed.status is ClaimStatus.NEW:
        return None
    if claimed.status is ClaimStatus.CONFLICT:
        return PlacedOrder(status=Placement.CONFLICT, id=wanted.id)
    return await queries.placed_before(session, wanted.id, claimed.business_date)


async def _record(session: AsyncSession, judged: _Judged) -> PlacedOrder:
    form, outlet, times, decision = judged.form, judged.outlet, judged.times, judged.decision
    order = AcceptedOrder(
        business_date=judged.business_date,
        id=form.id,
        territory_id=outlet.territory_id,
        outlet_id=outlet.id,
        channel=judged.channel,
        placed_by=judged.placed_by,
        captured_at=times.captured_at,
        received_at=times.received_at,
        corrected_at=times.corrected_at,
        skew_ms=times.skew_ms,
        trusted=times.trusted,
        delivery_date=form.delivery_date,
        comment=form.comment,
        lines=decision.lines,
        total_value=decision.total_value,
        warnings=decision.warnings,
        read_at=times.read_at,
    )
    await inserts.insert_orders(session, [order])
    return PlacedOrder(
        status=Placement.ACCEPTED,
        id=form.id,
        outlet_id=outlet.id,
        territory_id=outlet.territory_id,
        business_date=judged.business_date,
        received_at=times.received_at,
        corrected_at=times.corrected_at,
        skew_ms=times.skew_ms,
        total_value=decision.total_value,
        warnings=[warning.as_json() for warning in decision.warnings],
    )


async def _refuse(session: AsyncSession, judged: _Judged) -> PlacedOrder:
    refusal = RefusedOrder(
        id=judged.form.id,
        outlet_id=judged.outlet.id,
        business_date=judged.business_date,
        received_at=judged.times.received_at,
        placed_by=judged.placed_by,
        problems=judged.decision.problems,
    )
    await inserts.insert_refusals(session, [refusal])
    return PlacedOrder(status=Placement.REFUSED, id=refusal.id, problems=refusal.problems)
