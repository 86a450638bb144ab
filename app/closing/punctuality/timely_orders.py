"""Which of an outlet's orders of a day came in time, or count as if they had (C4, O4, P4). Decisions on plain values.

Every time bound is one of the facts themselves: when something was captured, when it arrived. So the same facts are
decided alike at 17:05, at 20:00 and a week later.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.presence import was_there
from app.field.risk_signals.signals import RiskRule
from app.motivation.points.rules import PROVISIONAL_FOR

DOUBTS_OF_PROOFS = (
    RiskRule.MOCK_LOCATION,
    RiskRule.CLOCK_CHANGED,
    RiskRule.IMPOSSIBLE_SPEED,
    RiskRule.UNSEEN_BOOT,
)
"""Doubts about where or when somebody was: a proof with one of them waits for a person (P4)."""


class Doubt(StrEnum):
    """What has become of the doubts about an event, as far as a proof is concerned."""

    NONE = "none"
    OPEN = "open"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class ClosedVisit:
    """A planned visit of a day that a run has closed: its key, its outlet, and when its day's cutoff was."""

    visit_id: UUID
    business_date: date
    outlet_id: int
    cutoff_at: datetime


@dataclass(frozen=True, slots=True)
class Cancellation:
    """From when an order's cancellation counts (O4), and whether somebody else than its rep made it."""

    effective_at: datetime
    by_office: bool


@dataclass(frozen=True, slots=True)
class CheckInFacts:
    """A check-in as proof of where a rep was (V7)."""

    outlet_id: int
    arrival: bool
    verdict: str | None
    trusted: bool
    corrected_at: datetime
    doubt: Doubt = Doubt.NONE


class Proof(StrEnum):
    """What shows that an order's rep was at its outlet when it was captured: nothing, a doubted one, a sound one."""

    NONE = "none"
    DOUBTED = "doubted"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class OutletOrder:
    """An accepted order of a visit's outlet and day.

    `arrived_at`: when its form first came, accepted or not; `accepted_at`: when the system took it. They differ where
    a refused form was sent again (O2). A mail has arrived when the mail server had it, however late it was read.
    `proof`: of its rep being at the outlet when it was captured (V7, P4). `told_before`: its own device had said,
    before the order came, that nothing from before the cutoff was left. `dumped`: a doubt about it was confirmed (P4).
    """

    id: UUID
    trusted: bool
    corrected_at: datetime
    arrived_at: datetime
    accepted_at: datetime
    proof: Proof = Proof.NONE
    told_before: bool = False
    cancellation: Cancellation | None = None
    rep_id: int | None = None
    channel: str = ""
    dumped: bool = False


def captured_there(own_verdict: str | None, check_ins: Iterable[CheckInFacts], outlet_id: int, at: datetime) -> bool:
    """Whether a trusted order was captured at its outlet (V7): its own fix decides where it is INSIDE or OUTSIDE.

    Without one, or where it tells neither, what its rep tapped up to `at` does.
    """
    if own_verdict in {GeofenceVerdict.INSIDE, GeofenceVerdict.OUTSIDE}:
        return own_verdict == GeofenceVerdict.INSIDE
    return was_there(check_ins, outlet_id, at)


def proof_of(
    own_verdict: str | None, own_doubt: Doubt, check_ins: Collection[CheckInFacts], outlet_id: int, at: datetime
) -> Proof:
    """What shows that an order was captured at its outlet (V7), and whether that waits for a review (P4).

    What somebody has confirmed a doubt about proves nothing; an order about which one was confirmed is not cleared.
    What shows that the rep had left shows it all the same.
    """
    if own_doubt is Doubt.CONFIRMED:
        return Proof.NONE
    believed = [_without_proof(seen) if seen.doubt is Doubt.CONFIRMED else seen for seen in check_ins]
    if not captured_there(own_verdict, believed, outlet_id, at):
        return Proof.NONE
    if own_doubt is Doubt.OPEN:
        return Proof.DOUBTED
    sound = [seen if seen.doubt is Doubt.NONE else _without_proof(seen) for seen in believed]
    return Proof.SOUND if captured_there(own_verdict, sound, outlet_id, at) else Proof.DOUBTED


def _without_proof(seen: CheckInFacts) -> CheckInFacts:
    return CheckInFacts(seen.outlet_id, seen.arrival, seen.verdict, trusted=False, corrected_at=seen.corrected_at)


def counts_for_the_rep(order: OutletOrder, cutoff: datetime) -> bool:
    """Whether an order counts when the rep's day is settled (O4).

    Not where it was cancelled by the cutoff, though the rep's word of it may have come later. What somebody else
    cancels after the cutoff is not the rep's: for the points the order stands.
    """
    return order.cancellation is None or order.cancellation.effective_at > cutoff


def cancelled_by_office(orders: Iterable[OutletOrder], cutoff: datetime) -> bool:
    """Whether somebody else than the rep had cancelled an order by the cutoff: then nobody is charged (O4)."""
    cancellations = [order.cancellation for order in orders if order.cancellation is not None]
    return any(each.by_office and each.effective_at <= cutoff for each in cancellations)


def in_the_window(orders: Iterable[OutletOrder], cutoff: datetime) -> list[OutletOrder]:
    """The orders that a day is settled by (C4): those that count, and were taken within 72 hours."""
    return [
        order for order in orders if counts_for_the_rep(order, cutoff) and order.accepted_at <= cutoff + PROVISIONAL_FOR
    ]


def was_received(order: OutletOrder, cutoff: datetime) -> bool:
    """Whether an order was in the system by the cutoff (T5), be it as a form that was refused at first (O2)."""
    return order.arrived_at <= cutoff


def clears(order: OutletOrder, cutoff: datetime) -> bool:
    """Whether an order that came late reverses the penalty: captured by the cutoff, trusted, there, unannounced (C4).

    Whose order it is does not matter: in time, it would have covered every visit of the outlet (O5). A doubted proof
    does not clear yet (`waits`).
    """
    return _may_clear(order, cutoff) and order.proof is Proof.SOUND


def waits(order: OutletOrder, cutoff: datetime) -> bool:
    """Whether an order would clear, but for a doubt about its proof that nobody has reviewed (P4)."""
    return _may_clear(order, cutoff) and order.proof is Proof.DOUBTED


def _may_clear(order: OutletOrder, cutoff: datetime) -> bool:
    return order.trusted and order.corrected_at <= cutoff and not order.told_before
