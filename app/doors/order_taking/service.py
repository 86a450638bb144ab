"""Use cases of order taking: record what was judged, and place orders that no handheld has sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking import queries
from app.doors.order_taking.consequences import Recorded, Sender, follow
from app.doors.order_taking.errors import EventConflict, EventRejected
from app.doors.order_taking.queries import REP_CLASS
from app.doors.order_taking.results import EventStatus, Result
from app.field.check_ins.records import CheckInRecord
from app.field.check_ins.service import record_check_ins
from app.ground import clock
from app.ground.db import barrier
from app.ground.receipts.service import Claim, Claimed, ClaimStatus, claim, content_digest, recall
from app.ground.web.access import Caller
from app.masters.catalogue.service import offers
from app.masters.outlets.service import FieldOutlet, outlets_as_agreed, outlets_by_code
from app.masters.territories.calendar import TerritoryFacts, business_date
from app.masters.territories.field_clock import EventClock, Stamp, UploadClock, correct
from app.masters.territories.service import territories_by_id
from app.sales.orders.records import NoOrderRecord, OrderRecord
from app.sales.orders.rules import OrderChannel, OrderForm, judge_order
from app.sales.orders.service import RECEIPT_KIND, record_no_order_reports, record_orders, record_refusals

__all__ = [
    "REP_CLASS",
    "EventStatus",
    "FieldRecord",
    "NewOrder",
    "Result",
    "Sender",
    "enter",
    "place_order",
    "place_orders",
    "record",
]

FieldRecord = CheckInRecord | OrderRecord | NoOrderRecord
"""An event as it was judged, of whichever kind."""

_KINDS: dict[type[FieldRecord], str] = {
    CheckInRecord: "check_in",
    OrderRecord: RECEIPT_KIND,
    NoOrderRecord: "no_order",
}
_STATUS = {
    ClaimStatus.NEW: EventStatus.ACCEPTED,
    ClaimStatus.DUPLICATE: EventStatus.DUPLICATE,
    ClaimStatus.CONFLICT: EventStatus.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A form that came by a door without a handheld, and who brought it.

    `form.captured_at` None: captured now, by the server's own clock; `sent_at` measures the skew of the caller's clock
    (T1). An outlet that the caller may not see is unknown to it, unless it stands `behind_a_task`, which the caller may
    see wherever the outlet belongs by now. `mailed_at`: when the mail server had the form, from when it counts;
    `rep_territory_id`: of the rep whose address has sent it.
    """

    form: OrderForm
    channel: OrderChannel
    caller: Caller
    sent_at: datetime | None = None
    behind_a_task: bool = False
    mailed_at: datetime | None = None
    rep_territory_id: int | None = None

    @property
    def owner(self) -> str:
        """Whose the content is: the call centre's operators speak with one voice, others each for themselves.

        A form that is forwarded is the same form, whoever sends it.
        """
        return (
            self.channel.value if self.channel in {OrderChannel.CALL_CENTRE, OrderChannel.EMAIL} else self.caller.actor
        )


async def enter(session: AsyncSession, territory_ids: Collection[int]) -> None:
    """Enter the territories' barriers (T5), before anything else of their days is locked.

    Only for who locks something of its own before it places an order: placing enters them, too.
    """
    await barrier.enter_all(session, territory_ids)


async def place_order(session: AsyncSession, order: NewOrder) -> Result:
    """Place one order; see `place_orders`."""
    (result,) = await place_orders(session, [order])
    return result


async def place_orders(session: AsyncSession, orders: Sequence[NewOrder]) -> list[Result]:
    """Place orders by API, EMAIL or CALL_CENTRE, in the caller's transaction: commit it whatever the results.

    A result for each, in the order given. Enters the barriers of the outlets' territories (T5), all at once and in
    order, and reads the time after it. A refusal is remembered and claims no id: the corrected form may come under the
    same one. A fixed number of statements.
    """
    outlets = await outlets_by_code(session, {order.form.outlet_code for order in orders})
    visible = [_visible(outlets.get(order.form.outlet_code), order) for order in orders]
    offers_by_code = await offers(
        session,
        {line.product_code for order in orders for line in order.form.lines},
        outlet_ids={outlet.id for outlet in visible if outlet},
        trade_channels={outlet.trade_channel for outlet in visible if outlet},
    )
    territories = await territories_by_id(session, {outlet.territory_id for outlet in visible if outlet})
    await barrier.enter_all(session, territories)
    at = clock.now()
    stamps = {
        place: _stamp(order, at, territories[outlet.territory_id])
        for place, (order, outlet) in enumerate(zip(orders, visible, strict=True))
        if outlet is not None
    }
    moments = [(outlet, stamps[place].corrected_at) for place, outlet in enumerate(visible) if outlet is not None]
    outlet_versions = await outlets_as_agreed(session, moments)
    records: dict[int, FieldRecord] = {}
    results: dict[int, Result] = {}
    for place, (order, outlet) in enumerate(zip(orders, visible, strict=True)):
        if outlet is None:
            # no outlet, no zone: there is no business date to judge the delivery date by
            decision = judge_order(order.form, None, offers_by_code, order.form.delivery_date, None)
            results[place] = _rejected(
                order.form.id, EventRejected("The order breaks a rule.", errors=decision.problems)
            )
            continue
        stamp = stamps[place]
        outlet_version = outlet_versions.get((outlet.code, stamp.corrected_at), outlet)
        records[place] = OrderRecord(
            form=order.form,
            decision=judge_order(
                order.form, outlet_version, offers_by_code, stamp.business_date, order.rep_territory_id
            ),
            stamp=stamp,
            outlet=outlet,
            channel=order.channel,
            placed_by=order.caller.actor,
            read_at=at if order.mailed_at is not None else None,
            digest=content_digest(RECEIPT_KIND, order.owner, order.form.content()),
        )
    results |= zip(records, await record(session, list(records.values()), at), strict=True)
    return [results[place] for place in range(len(orders))]


async def record(
    session: AsyncSession, records: Sequence[FieldRecord], at: datetime, senders: Sequence[Sender] = ()
) -> list[Result]:
    """Record what is new among judged events, and let everything follow from it; results in the order given.

    The barriers must have been entered, and `at` read after that; `senders` are the handhelds that the events came
    from. What is to be refused claims no id, so that the corrected event may come under the same one. Yet if its id was
    accepted before, with this content, that answer counts: masters may have changed since. The number of statements
    does not depend on how many events there are.
    """
    claims = await _claim(session, records, at)
    new = [judged for judged, claimed in zip(records, claims, strict=True) if _status(claimed) is EventStatus.ACCEPTED]
    events = [judged for judged in new if not isinstance(judged, NoOrderRecord)]
    orders = [judged for judged in events if isinstance(judged, OrderRecord)]
    await record_check_ins(session, [judged for judged in events if isinstance(judged, CheckInRecord)])
    await record_orders(session, orders)
    await record_no_order_reports(session, [judged for judged in new if isinstance(judged, NoOrderRecord)])
    await record_refusals(session, _refused_orders(records, claims))
    answers = {judged.id: _accepted(judged) for judged in new}
    answers |= await _earlier_answers(session, records, claims, answers)
    await follow(session, Recorded(at, events, senders={sender.rep_id: sender for sender in senders}))
    return [_result(judged, claimed, answers) for judged, claimed in zip(records, claims, strict=True)]


def _visible(outlet: FieldOutlet | None, order: NewOrder) -> FieldOutlet | None:
    visible = outlet is not None and (order.behind_a_task or order.caller.may_see(outlet.territory_id))
    return outlet if visible else None


def _stamp(order: NewOrder, at: datetime, territory: TerritoryFacts) -> Stamp:
    """The server's own clock is to be trusted; a caller's has no evidence to show (T2).

    The mail server's clock is the first one to be trusted that saw a mail's form, and that our reading of the mailbox
    was late shall harm nobody; what is ahead of ours is taken for now.
    """
    captured_at = order.form.captured_at
    if order.mailed_at is not None or captured_at is None:
        seen_at = at if order.mailed_at is None else min(order.mailed_at, at)
        return Stamp(
            business_date=business_date(territory, seen_at),
            captured_at=seen_at,
            received_at=seen_at,
            corrected_at=seen_at,
            trusted=True,
        )
    time = correct(EventClock(captured_at), UploadClock(order.sent_at or at, at))
    return Stamp(
        business_date=business_date(territory, time.corrected_at),
        captured_at=captured_at,
        received_at=at,
        corrected_at=time.corrected_at,
        skew_ms=time.skew_ms,
        trusted=time.trusted,
    )


async def _claim(session: AsyncSession, records: Sequence[FieldRecord], at: datetime) -> list[Claimed | None]:
    """Claim the ids of what is to be accepted (O3); None for what is refused, and was not accepted before either.

    Within one batch events stand as if each had come on its own. Three statements at the most, one where everything is
    new.
    """
    receipts = await recall(session, [_claim_of(judged) for judged in records if judged.problems])
    claimed = await claim(session, [_claim_of(judged) for judged in records if not judged.problems], at)
    firsts: dict[UUID, Claimed] = {}
    answers: list[Claimed | None] = []
    for judged in records:
        if judged.id in firsts:
            answers.append(firsts[judged.id].again(judged.digest))
        elif judged.problems:
            answers.append(receipts.get(judged.id))
        else:
            firsts[judged.id] = claimed[judged.id]
            answers.append(claimed[judged.id])
    return answers


def _claim_of(judged: FieldRecord) -> Claim:
    return Claim(judged.id, _KINDS[type(judged)], judged.digest, judged.stamp.business_date)


def _status(claimed: Claimed | None) -> EventStatus:
    return EventStatus.REJECTED if claimed is None else _STATUS[claimed.status]


def _refused_orders(records: Sequence[FieldRecord], claims: Sequence[Claimed | None]) -> list[OrderRecord]:
    """The forms to be remembered as refused: the cutoff asks for them (C3)."""
    refused = [judged for judged, claimed in zip(records, claims, strict=True) if claimed is None]
    return [judged for judged in refused if isinstance(judged, OrderRecord) and judged.outlet is not None]


async def _earlier_answers(
    session: AsyncSession,
    records: Sequence[FieldRecord],
    claims: Sequence[Claimed | None],
    answered: Mapping[UUID, Result],
) -> dict[UUID, Result]:
    """The first answers of the duplicates of what was recorded earlier."""
    keys: set[tuple[date, UUID]] = {
        (claimed.business_date, judged.id)
        for judged, claimed in zip(records, claims, strict=True)
        if claimed is not None and claimed.status is ClaimStatus.DUPLICATE and judged.id not in answered
    }
    return await queries.first_answers(session, keys) if keys else {}


def _accepted(judged: FieldRecord) -> Result:
    stamp, order = judged.stamp, judged if isinstance(judged, OrderRecord) else None
    return Result(
        str(judged.id),
        EventStatus.ACCEPTED,
        verdict=None if isinstance(judged, NoOrderRecord) else judged.verdict,
        warnings=[warning.as_json() for warning in order.decision.warnings] if order else (),
        received_at=stamp.received_at,
        corrected_at=stamp.corrected_at,
        business_date=stamp.business_date,
        skew_ms=stamp.skew_ms,
        total_value=order.decision.total_value if order else None,
    )


def _result(judged: FieldRecord, claimed: Claimed | None, answers: Mapping[UUID, Result]) -> Result:
    match _status(claimed):
        case EventStatus.REJECTED:
            kind = "order" if isinstance(judged, OrderRecord) and judged.device_id is None else "event"
            return _rejected(judged.id, EventRejected(f"The {kind} breaks a rule.", errors=judged.problems))
        case EventStatus.CONFLICT:
            problem = EventConflict("The first content of this id stays.")
            return Result(str(judged.id), EventStatus.CONFLICT, problem=problem)
        case status:
            answer = answers.get(judged.id)
            return Result(str(judged.id), status) if answer is None else replace(answer, status=status)


def _rejected(id_: UUID, problem: EventRejected) -> Result:
    return Result(str(id_), EventStatus.REJECTED, problem=problem)
