"""The facts of a world as they were at an instant, and what kept an order from clearing a visit (C4, V7, P4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.closing.explanations.records import SeenCheckIn, SeenDoubt, SeenOrder, World
from app.closing.punctuality.rules import JudgedVisit, orders_of_rep
from app.closing.punctuality.timely_orders import (
    DOUBTS_OF_PROOFS,
    Cancellation,
    CheckInFacts,
    OutletOrder,
    Proof,
    in_the_window,
    proof_of,
    was_received,
)
from app.closing.punctuality.timely_orders import Doubt as DoubtState
from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.presence import PRESENCE_LASTS, shows_leaving
from app.field.risk_signals.records import SignalReviewOutcome
from app.motivation.earnings.rules import DUMPING
from app.motivation.points.rules import PROVISIONAL_FOR
from app.sales.orders.rules import OrderChannel

_OF_PROOFS = frozenset(rule.value for rule in DOUBTS_OF_PROOFS)
_OF_DUMPING = frozenset(rule.value for rule in DUMPING)


class ObstacleKind(StrEnum):
    """What keeps a late order from counting as one in time."""

    CLOCK_NOT_TRUSTED = "clock_not_trusted"
    CAPTURED_AFTER_CUTOFF = "captured_after_cutoff"
    DEVICE_HAD_TOLD_EVERYTHING = "device_had_told_everything"
    OTHER_DOOR = "other_door"
    ORDER_OUTSIDE = "order_outside"
    WENT_ELSEWHERE = "went_elsewhere"
    DEPARTED = "departed"
    SEEN_OUTSIDE = "seen_outside"
    NOT_SURELY_INSIDE = "not_surely_inside"
    NO_CHECK_IN = "no_check_in"
    DOUBT_OPEN = "doubt_open"
    DOUBT_CONFIRMED = "doubt_confirmed"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One of these, with the check-in, the doubt or the time by which it is one."""

    kind: ObstacleKind
    check_in: SeenCheckIn | None = None
    doubt: SeenDoubt | None = None
    late_by: timedelta | None = None


def order_as_of(world: World, order: SeenOrder, at: datetime) -> OutletOrder:
    """An order as the settlement saw it at an instant."""
    cutoff = _cutoff(world)
    proof = Proof.NONE
    if order.trusted and order.corrected_at <= cutoff < order.arrived_at:
        seen = [_check_in_facts(world, check_in, at) for check_in in _before(world, order, at)]
        own_doubt = doubt_state(world, order.id, at)
        proof = proof_of(order.verdict, own_doubt, seen, _outlet_id(world), order.corrected_at)
    cancellation = None
    if order.cancelled_effective_at is not None and (order.cancelled_at is None or order.cancelled_at <= at):
        cancellation = Cancellation(order.cancelled_effective_at, by_office=not order.cancelled_by_rep)
    return OutletOrder(
        id=order.id,
        trusted=order.trusted,
        corrected_at=order.corrected_at,
        arrived_at=order.arrived_at,
        accepted_at=order.accepted_at,
        proof=proof,
        told_before=_had_told(order, cutoff),
        cancellation=cancellation,
        rep_id=order.rep_id,
        channel=order.channel,
        dumped=bool(dumping_confirmed(world, order.id, at)),
    )


def orders_as_of(world: World, at: datetime) -> list[OutletOrder]:
    """The orders that the system knew at an instant, those among them that the day is settled by (C4)."""
    orders = [order_as_of(world, order, at) for order in world.orders if order.known_at <= at]
    return in_the_window(orders, _cutoff(world))


def deciding_order(world: World, at: datetime) -> SeenOrder | None:
    """The order that a settlement at an instant went by: of those that count the one that was captured first."""
    first = min(orders_as_of(world, at), key=lambda order: (order.corrected_at, order.id), default=None)
    return None if first is None else world.order(first.id)


def settled_by(world: World, outcome: str, at: datetime) -> SeenOrder | None:
    """The order that brought an outcome at an instant, as it was written down then."""
    resolutions = world.visit.resolutions if world.visit is not None else ()
    named = [step.order_id for step in resolutions if step.outcome == outcome and step.resolved_at == at]
    return world.order(named[-1]) if named else None


def doubt_state(world: World, subject_id: UUID, at: datetime) -> DoubtState:
    """What had become of the doubts about an event at an instant, as far as a proof is concerned (P4)."""
    states = {_state(doubt, at) for doubt in _doubts(world, subject_id, _OF_PROOFS)}
    return next((state for state in (DoubtState.CONFIRMED, DoubtState.OPEN) if state in states), DoubtState.NONE)


def dumping_confirmed(world: World, order_id: UUID, at: datetime) -> list[SeenDoubt]:
    """The doubts by which an order was found to be dumped by an instant (P4)."""
    return [doubt for doubt in _doubts(world, order_id, _OF_DUMPING) if _is_confirmed(doubt, at)]


def obstacles(world: World, order: SeenOrder, at: datetime) -> list[Obstacle]:
    """What kept a late order from clearing its visit, by all that was known at an instant; empty where nothing did."""
    return [*_of_time(world, order), *_of_place(world, order, at)]


def _of_time(world: World, order: SeenOrder) -> Iterator[Obstacle]:
    cutoff = _cutoff(world)
    if not order.trusted and order.channel == OrderChannel.HANDHELD:
        # when it was captured is not known then, whatever instant it is filed under (T3)
        yield Obstacle(ObstacleKind.CLOCK_NOT_TRUSTED)
    elif order.corrected_at > cutoff:
        yield Obstacle(ObstacleKind.CAPTURED_AFTER_CUTOFF, late_by=order.corrected_at - cutoff)
    if _had_told(order, cutoff):
        yield Obstacle(ObstacleKind.DEVICE_HAD_TOLD_EVERYTHING)


def _of_place(world: World, order: SeenOrder, at: datetime) -> Iterator[Obstacle]:
    if order.rep_id is None:
        yield Obstacle(ObstacleKind.OTHER_DOOR)
        return
    own = doubt_state(world, order.id, at)
    seen = _before(world, order, at)
    facts = [_check_in_facts(world, check_in, at) for check_in in seen]
    match proof_of(order.verdict, own, facts, _outlet_id(world), order.corrected_at):
        case Proof.DOUBTED:
            subjects = [order.id, *(check_in.id for check_in in seen)]
            yield Obstacle(ObstacleKind.DOUBT_OPEN, doubt=_first_doubt(world, subjects, DoubtState.OPEN, at))
        case Proof.NONE if own is DoubtState.CONFIRMED:
            doubt = _first_doubt(world, [order.id], DoubtState.CONFIRMED, at)
            yield Obstacle(ObstacleKind.DOUBT_CONFIRMED, doubt=doubt)
        case Proof.NONE if order.verdict == GeofenceVerdict.OUTSIDE:
            yield Obstacle(ObstacleKind.ORDER_OUTSIDE)
        case Proof.NONE:
            yield _by_check_ins(world, order, seen, at)
        case Proof.SOUND:
            return


def _by_check_ins(world: World, order: SeenOrder, seen: Sequence[SeenCheckIn], at: datetime) -> Obstacle:
    """What the check-ins of the two hours before an order show instead of that its rep was there."""
    outlet_id = _outlet_id(world)
    for check_in in reversed(seen):
        doubt = _first_doubt(world, [check_in.id], DoubtState.CONFIRMED, at)
        if shows_leaving(check_in, outlet_id, order.corrected_at):
            kind = _leaving(check_in, outlet_id)
            if doubt is None or kind is not ObstacleKind.SEEN_OUTSIDE:
                return Obstacle(kind, check_in)
        if doubt is not None and check_in.arrival:
            return Obstacle(ObstacleKind.DOUBT_CONFIRMED, check_in, doubt)
    here = [check_in for check_in in seen if check_in.outlet_id == outlet_id]
    return Obstacle(ObstacleKind.NOT_SURELY_INSIDE, here[-1]) if here else Obstacle(ObstacleKind.NO_CHECK_IN)


def _leaving(check_in: SeenCheckIn, outlet_id: int) -> ObstacleKind:
    if check_in.outlet_id != outlet_id:
        return ObstacleKind.WENT_ELSEWHERE
    return ObstacleKind.SEEN_OUTSIDE if check_in.arrival else ObstacleKind.DEPARTED


def _before(world: World, order: SeenOrder, at: datetime) -> list[SeenCheckIn]:
    """The check-ins that may speak for an order, of those that the system had at an instant, by time."""
    since, until = order.corrected_at - PRESENCE_LASTS, min(at, _cutoff(world) + PROVISIONAL_FOR)
    return [
        check_in
        for check_in in world.check_ins
        if check_in.rep_id == order.rep_id
        and since <= check_in.corrected_at <= order.corrected_at
        and check_in.received_at <= until
    ]


def _check_in_facts(world: World, check_in: SeenCheckIn, at: datetime) -> CheckInFacts:
    return CheckInFacts(
        check_in.outlet_id,
        check_in.arrival,
        check_in.verdict,
        check_in.trusted,
        check_in.corrected_at,
        doubt_state(world, check_in.id, at),
    )


def _had_told(order: SeenOrder, cutoff: datetime) -> bool:
    return order.told_until is not None and order.told_until >= cutoff


def _doubts(world: World, subject_id: UUID, of_rules: frozenset[str]) -> Iterator[SeenDoubt]:
    return (doubt for doubt in world.doubts if doubt.subject_id == subject_id and doubt.rule in of_rules)


def _first_doubt(world: World, subject_ids: Sequence[UUID], state: DoubtState, at: datetime) -> SeenDoubt | None:
    doubts = (doubt for id_ in subject_ids for doubt in _doubts(world, id_, _OF_PROOFS) if _state(doubt, at) is state)
    return next(doubts, None)


def _state(doubt: SeenDoubt, at: datetime) -> DoubtState:
    """Once the rep's month is closed, what nobody had confirmed by then counts no more (P4)."""
    closed_at = doubt.rep_closed_at if doubt.rep_closed_at is not None and doubt.rep_closed_at <= at else None
    if _is_confirmed(doubt, at if closed_at is None else closed_at):
        return DoubtState.CONFIRMED
    raised = doubt.raised_at <= at and (doubt.withdrawn_at is None or doubt.withdrawn_at > at)
    waits = doubt.reviewed_at is None or doubt.reviewed_at > at
    return DoubtState.OPEN if raised and waits and closed_at is None else DoubtState.NONE


def _is_confirmed(doubt: SeenDoubt, at: datetime) -> bool:
    in_force = doubt.withdrawn_at is None or doubt.withdrawn_at > at
    reviewed = doubt.reviewed_at is not None and doubt.reviewed_at <= at
    return in_force and reviewed and doubt.outcome == SignalReviewOutcome.CONFIRMED


def _cutoff(world: World) -> datetime:
    if world.visit is None or world.visit.run is None:
        raise ValueError("the day of the visit is not closed")
    return world.visit.run.cutoff_at


def _outlet_id(world: World) -> int:
    if world.visit is None:
        raise ValueError("the entry is about no visit")
    return world.visit.outlet.id


def timely_orders(world: World, at: datetime) -> list[OutletOrder]:
    """The orders that a visit earned by, as of an instant (P3): those in the system first, then by when they came."""
    cutoff = _cutoff(world)
    own = orders_of_rep(_judged(world), orders_as_of(world, at))
    sound = [order for order in own if not order.dumped and (was_received(order, cutoff) or _may_have_cleared(order))]
    return sorted(sound, key=lambda order: (not was_received(order, cutoff), order.arrived_at, order.id))


def first_received(world: World, at: datetime) -> OutletOrder | None:
    """The first of the rep's orders that was in the system by the cutoff, as of an instant (P2)."""
    cutoff = _cutoff(world)
    own = orders_of_rep(_judged(world), orders_as_of(world, at))
    received = [order for order in own if was_received(order, cutoff)]
    return min(received, key=lambda order: (order.arrived_at, order.id), default=None)


def _may_have_cleared(order: OutletOrder) -> bool:
    """A doubt that nobody had reviewed by the month's close did not count any more when the month was settled (P4)."""
    return order.proof is not Proof.NONE and not order.told_before


def _judged(world: World) -> JudgedVisit:
    if world.visit is None:
        raise ValueError("the entry is about no visit")
    entry, visit = world.entry, world.visit
    return JudgedVisit(visit.id, visit.visit_date, visit.outlet.id, _cutoff(world), entry.rep_id, visit.due_at)


def clearing_order(world: World, at: datetime) -> SeenOrder | None:
    """The order that cleared a visit, as of an instant (C4): of several the one that was captured first."""
    cutoff = _cutoff(world)
    cleared = [order for order in orders_as_of(world, at) if order.arrived_at > cutoff and _may_have_cleared(order)]
    first = min(cleared, key=lambda order: (order.corrected_at, order.id), default=None)
    return None if first is None else world.order(first.id)


def dumped_orders(world: World, at: datetime) -> list[SeenOrder]:
    """The rep's orders of a visit that were found to be dumped by an instant (P4)."""
    own = orders_of_rep(_judged(world), orders_as_of(world, at))
    return [seen for order in own if order.dumped and (seen := world.order(order.id)) is not None]
