"""What follows from what was recorded: each consequence once, in this order, in the transaction that records.

To add one: a function of what was recorded, and a line in `CONSEQUENCES`. An ad hoc visit (V5) is written with its
check-in, by one statement; the call task of an outlet that has ordered after all is cancelled by the settlement (C5).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import settle_cancelled_orders, settle_late_orders
from app.doors.fulfilment.service import conclude_changed
from app.field.check_ins.records import CheckInKind, CheckInRecord
from app.field.risk_signals import service as risk_signals
from app.field.risk_signals.service import DeviceNumbers, FieldEvent
from app.ground.values import value
from app.masters.outlets.service import FieldOutlet
from app.masters.territories.calendar import TerritoryFacts, cutoff_at
from app.sales.orders.records import ChangedOrder, OrderRecord


@value(frozen=True, slots=True)
class Sender:
    """A handheld that has uploaded, as far as what follows from its events needs to know it.

    `today`: the local date; `numbers`: how the device counts its events, where something new may be said of it;
    `several_devices`: whether the rep has had others; `closed_to`: the last business date that
    any territory closed, for a visit is flagged by the territory in which it was planned, wherever its rep is now.
    """

    territory_id: int
    rep_id: int
    today: date
    numbers: DeviceNumbers | None
    several_devices: bool
    territory: TerritoryFacts
    closed_to: date | None

    def may_have_closed(self, day: date, at: datetime) -> bool:
        """Whether a day may be closed by now: it is past its cutoff, or has a run.

        The runs were read before the barrier was entered, but a run that came meanwhile is one of a day past its
        cutoff.
        """
        ran = self.closed_to is not None and day <= self.closed_to
        return ran or cutoff_at(self.territory, day) <= at


@value(frozen=True, slots=True)
class MailingRep:
    """A rep whose address has sent orders: they are that rep's, and doubted like a handheld's without a fix (O5)."""

    territory_id: int
    rep_id: int
    today: date
    numbers: DeviceNumbers | None = None
    several_devices: bool = False


@value(frozen=True, slots=True)
class Recorded:
    """What a transaction has recorded at `at`: new events, and orders that were changed; who sent them, by rep."""

    at: datetime
    events: Sequence[CheckInRecord | OrderRecord] = ()
    changes: Sequence[ChangedOrder] = ()
    senders: Mapping[int, Sender] = field(default_factory=dict)
    mailing_reps: Mapping[int, MailingRep] = field(default_factory=dict)

    def by_rep(self) -> dict[int | None, list[CheckInRecord | OrderRecord]]:
        """What is new, by rep; None: of nobody's handheld."""
        events: dict[int | None, list[CheckInRecord | OrderRecord]] = {}
        for event in self.events:
            events.setdefault(event.rep_id, []).append(event)
        return events


async def judge_doubts(session: AsyncSession, recorded: Recorded) -> None:
    """Risk signals (V6): what is new is judged, and what it can change.

    A change may take away or bring a doubt (O6).
    """
    positions: dict[int, tuple[float, float]] = {}
    judged = []
    events_by_rep = recorded.by_rep()
    senders: list[Sender | MailingRep] = [*recorded.senders.values(), *recorded.mailing_reps.values()]
    for sender in senders:
        events = []
        for event in events_by_rep.get(sender.rep_id, ()):
            if (outlet := event.outlet) is not None:
                events.append(_field_event(event, outlet))
                if outlet.lat is not None and outlet.lon is not None:
                    positions[outlet.id] = (outlet.lat, outlet.lon)
        judged.append(
            risk_signals.RecordedEvents(
                sender.territory_id, sender.rep_id, events, sender.today, sender.numbers, sender.several_devices
            )
        )
    if judged:
        await risk_signals.reconcile(session, judged, positions, recorded.at)
    for order in (change.before for change in recorded.changes):
        if order.rep_id is not None:
            key = order.business_date, order.id
            await risk_signals.judge_again(session, order.territory_id, order.rep_id, key, recorded.at)


async def settle_closed_days(session: AsyncSession, recorded: Recorded) -> None:
    """Missing orders and their penalties (C4, C5), where a day that got an order, or a check-in that may speak for one,
    may be closed. What came after the cutoff may change what it cleared.
    """
    changed = {(order.before.outlet_id, order.before.business_date) for order in recorded.changes}
    await settle_cancelled_orders(session, changed, recorded.at)
    outlet_days: set[tuple[int, date]] = set()
    for rep_id, events in recorded.by_rep().items():
        of_rep = {(event.outlet.id, event.stamp.business_date) for event in events if event.outlet is not None}
        sender = recorded.senders.get(rep_id) if rep_id is not None else None
        if sender is None or any(sender.may_have_closed(day, recorded.at) for day in {day for _, day in of_rep}):
            outlet_days |= of_rep
    await settle_late_orders(session, outlet_days, recorded.at)


async def conclude_fulfilments(session: AsyncSession, recorded: Recorded) -> None:
    """What became of orders that were changed after something had come of them (D2); of new ones nothing has."""
    if recorded.changes:
        keys = {(order.before.business_date, order.before.id) for order in recorded.changes}
        await conclude_changed(session, keys, recorded.at)


Consequence = Callable[[AsyncSession, Recorded], Awaitable[None]]

CONSEQUENCES: tuple[Consequence, ...] = (judge_doubts, settle_closed_days, conclude_fulfilments)


async def follow(session: AsyncSession, recorded: Recorded) -> None:
    """Let everything follow from what was recorded; nothing does from nothing."""
    if recorded.events or recorded.changes or recorded.senders:
        for consequence in CONSEQUENCES:
            await consequence(session, recorded)


def _field_event(event: CheckInRecord | OrderRecord, outlet: FieldOutlet) -> FieldEvent:
    """A check-in or an order as the rules of risk signals look at it."""
    stamp, fix = event.stamp, event.fix
    return FieldEvent(
        id=event.id,
        kind="check_in" if isinstance(event, CheckInRecord) else "order",
        outlet_id=outlet.id,
        outlet_code=outlet.code,
        business_date=stamp.business_date,
        # as the tables give them back: what is judged again from there must come to the same words
        captured_at=stamp.captured_at.astimezone(UTC),
        corrected_at=stamp.corrected_at.astimezone(UTC),
        trusted=stamp.trusted,
        clock_changed=stamp.clock_changed,
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
        accuracy_m=fix.accuracy_m if fix else None,
        fix_at=fix.fix_at.astimezone(UTC) if fix and fix.fix_at else None,
        mock=fix.mock if fix else False,
        device_id=event.device_id,
        provider=fix.provider if fix else None,
        skew_ms=stamp.skew_ms,
        clock_doubt=stamp.clock_doubt,
        verdict=event.verdict.code if event.verdict else None,
        distance_m=event.verdict.distance_m if event.verdict else None,
        arrival=isinstance(event, CheckInRecord) and event.kind is CheckInKind.ARRIVAL,
    )
