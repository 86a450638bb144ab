"""Use cases of order taking: place orders that no handheld has sent; what is judged is recorded by `recording`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking import queries
from app.doors.order_taking.consequences import MailingRep, Sender
from app.doors.order_taking.queries import REP_CLASS, lock_rep
from app.doors.order_taking.recording import FieldRecord, record
from app.doors.order_taking.results import EventStatus, Result, rejected
from app.ground import clock
from app.ground.db import barrier
from app.ground.receipts.service import content_digest
from app.ground.web.access import Caller, CallerKind
from app.masters.outlets.service import FieldOutlet, outlets_by_code
from app.masters.territories.boots import OLDEST_UNPROVEN
from app.masters.territories.calendar import RepFacts, TerritoryFacts, business_date
from app.masters.territories.field_clock import Stamp
from app.masters.territories.local_time import business_date_of
from app.masters.territories.service import reps_by_code, territories_by_id
from app.sales.orders.judging import FormToJudge, JudgedForm, judge_forms
from app.sales.orders.records import RECEIPT_KIND, OrderRecord
from app.sales.orders.rules import OrderChannel, OrderForm

__all__ = [
    "REP_CLASS",
    "EventStatus",
    "FieldRecord",
    "NewOrder",
    "Result",
    "Sender",
    "enter",
    "lock_rep",
    "place_order",
    "place_orders",
    "record",
]

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A form that came by a door without a handheld, and who brought it.

    It counts from when it is received: who is no handheld has no clock evidence to show (T2). An outlet that the caller
    may not see is unknown to it, unless it stands `behind_a_task`, which the caller may see wherever the outlet belongs
    by now. `mailed_at`: when the mail server had the form, from when it counts. What a rep's address has sent
    (`caller.kind`) is that rep's order (O5).
    """

    form: OrderForm
    channel: OrderChannel
    caller: Caller
    behind_a_task: bool = False
    mailed_at: datetime | None = None

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
    reps = await _reps_behind(session, orders)
    territories = await territories_by_id(session, {outlet.territory_id for outlet in visible if outlet})
    await barrier.enter_all(session, territories)
    at = clock.now()
    forms = [
        _to_judge(order, outlet, territories[outlet.territory_id] if outlet else None, reps, at)
        for order, outlet in zip(orders, visible, strict=True)
    ]
    judged = await judge_forms(session, forms)
    records = {
        place: _record(orders[place], asked, form, at)
        for place, (asked, form) in enumerate(zip(forms, judged, strict=True))
        if asked.outlet is not None
    }
    senders = [
        MailingRep(rep.territory_id, rep.id, business_date_of(at, asked.zone))
        for asked in forms
        if (rep := asked.rep) is not None
    ]
    results = {
        place: rejected(str(form.form.id), "The order breaks a rule.", form.decision.problems)
        for place, form in enumerate(judged)
        if place not in records
    }
    results |= zip(records, await record(session, list(records.values()), at, mailing_reps=senders), strict=True)
    return [results[place] for place in range(len(orders))]


async def _reps_behind(session: AsyncSession, orders: Sequence[NewOrder]) -> dict[str, RepFacts]:
    """The reps whose addresses sent forms, by code, each locked like by an upload: what is theirs is judged together.

    No statement where there are none.
    """
    codes = {order.caller.name for order in orders if order.caller.kind is CallerKind.REP}
    reps = await reps_by_code(session, codes) if codes else {}
    await queries.lock_reps(session, sorted(rep.id for rep in reps.values()))
    return reps


def _to_judge(
    order: NewOrder,
    outlet: FieldOutlet | None,
    territory: TerritoryFacts | None,
    reps: Mapping[str, RepFacts],
    at: datetime,
) -> FormToJudge:
    form, rep = order.form, reps.get(order.caller.name) if order.caller.kind is CallerKind.REP else None
    digest = content_digest(RECEIPT_KIND, order.owner, form.content())
    if territory is None:
        # no outlet, no zone: there is no business date to judge the delivery date by
        nowhere = Stamp(business_date=form.delivery_date, captured_at=at, received_at=at, corrected_at=at)
        return FormToJudge(form, digest, None, nowhere, _UTC, rep)
    return FormToJudge(form, digest, outlet, _stamp(order, at, territory), territory.zone, rep)


def _record(order: NewOrder, asked: FormToJudge, judged: JudgedForm, at: datetime) -> OrderRecord:
    return OrderRecord(
        form=judged.form,
        decision=judged.decision,
        stamp=replace(asked.stamp, corrected_at=asked.stamp.received_at),
        outlet=asked.outlet,
        channel=order.channel,
        placed_by=order.caller.actor,
        rep_id=asked.rep.id if asked.rep else None,
        read_at=at if order.mailed_at is not None else None,
        first_received_at=judged.first_received_at,
        digest=judged.digest,
    )


def _visible(outlet: FieldOutlet | None, order: NewOrder) -> FieldOutlet | None:
    visible = outlet is not None and (order.behind_a_task or order.caller.may_see(outlet.territory_id))
    return outlet if visible else None


def _stamp(order: NewOrder, at: datetime, territory: TerritoryFacts) -> Stamp:
    """The server's own clock is to be trusted; a caller's has no evidence to show, whatever it says (T2).

    The mail server's clock is the first one to be trusted that saw a mail's form, and that our reading of the mailbox
    was late shall harm nobody; what is ahead of ours is taken for now. A caller's word when it captured a form decides
    by which terms and masters that is judged (O2), and about nothing else: it counts from when it is received.
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
    return Stamp(
        business_date=business_date(territory, at),
        captured_at=captured_at,
        received_at=at,
        corrected_at=captured_at if at - OLDEST_UNPROVEN <= captured_at <= at else at,
        trusted=True,
    )
