"""Recording what was judged, with all that follows: what handhelds bring, and what `service` places."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking import queries
from app.doors.order_taking.consequences import MailingRep, Recorded, Sender, follow
from app.doors.order_taking.errors import EventConflict
from app.doors.order_taking.results import EventStatus, Result, rejected
from app.field.check_ins.records import CheckInRecord
from app.field.check_ins.service import record_check_ins
from app.field.watermarks import service as watermarks
from app.field.watermarks.day_counts import NO_DEVICE, DayCount
from app.ground.receipts.service import Claim, Claimed, ClaimStatus, claim, recall
from app.sales.orders.records import NoOrderRecord, OrderRecord
from app.sales.orders.service import RECEIPT_KIND, record_no_order_reports, record_orders, record_refusals

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


async def record(
    session: AsyncSession,
    records: Sequence[FieldRecord],
    at: datetime,
    senders: Sequence[Sender] = (),
    mailing_reps: Sequence[MailingRep] = (),
) -> list[Result]:
    """Record what is new among judged events, and let everything follow from it; results in the order given.

    The barriers must have been entered, and `at` read after that; `senders` are the handhelds that the events came
    from, `mailing_reps` the reps whose addresses sent orders. What is to be refused claims no id, so that the corrected
    event may come under the same one. Yet if its id was accepted before, with this content, that answer counts: masters
    may have changed since. The number of statements does not depend on how many events there are.
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
    by_rep = {sender.rep_id: sender for sender in senders}
    await follow(session, Recorded(at, events, senders=by_rep, mailing_reps={rep.rep_id: rep for rep in mailing_reps}))
    if counts := _day_counts(orders, mailing_reps):
        await watermarks.save_states(session, [], at, counts)
    return [_result(judged, claimed, answers) for judged, claimed in zip(records, claims, strict=True)]


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


def _day_counts(orders: Sequence[OrderRecord], reps: Sequence[MailingRep]) -> list[DayCount]:
    """What mailed orders add to their reps' days: they count beside those of handhelds (decision 59)."""
    counts = []
    for rep in {rep.rep_id: rep for rep in reps}.values():
        days = Counter(order.stamp.business_date for order in orders if order.rep_id == rep.rep_id)
        if not days:
            continue
        received = {rep.today: days.total()}
        counts += [
            DayCount(rep.rep_id, day, NO_DEVICE, days[day], received.get(day, 0))
            for day in sorted(days.keys() | received.keys())
        ]
    return counts


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
            return rejected(str(judged.id), f"The {kind} breaks a rule.", judged.problems)
        case EventStatus.CONFLICT:
            problem = EventConflict("The first content of this id stays.")
            return Result(str(judged.id), EventStatus.CONFLICT, problem=problem)
        case status:
            answer = answers.get(judged.id)
            return Result(str(judged.id), status) if answer is None else replace(answer, status=status)
