"""Who is flagged at the cutoff, why, and at what cost, said of one visit (C2–C4). Nothing here runs in production.

A day of 300,000 visits is closed by statements over sets. They decide, and tests hold them to these functions:

- `queries.insert_missing_orders` and `queries.missing_now`: whom a run and a dry run flag, with the cause, and whether
  the penalty is provisional; `queries.charged`: who is charged (tests/closing/cutoff/test_agreement.py).

Who is not charged although flagged: decision 19.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.closing.cutoff.rules import MissingOrderCause
from app.motivation.points.rules import PROVISIONAL_FOR


@dataclass(frozen=True, slots=True)
class VisitAtCutoff:
    """A visit as the cutoff sees it: `approved_at` None is an ad hoc visit; `outlet_served`: its outlet is active."""

    approved_at: datetime | None
    excused_at: datetime | None
    outlet_served: bool = True


@dataclass(frozen=True, slots=True)
class EvidenceAtCutoff:
    """What the rep did at the outlet on the day, as far as it was in the system by the cutoff."""

    cancelled_by_office: bool = False
    form_refused: bool = False
    inside_arrival: bool = False
    checked_in: bool = False


def is_planned(visit: VisitAtCutoff, cutoff: datetime) -> bool:
    """Whether the visit stood in an approved plan and was not excused as of the cutoff (C2).

    What was approved or excused after the cutoff changes nothing about what was true then (C6, C8).
    """
    approved = visit.approved_at is not None and visit.approved_at <= cutoff
    return approved and (visit.excused_at is None or visit.excused_at > cutoff)


def is_flagged(visit: VisitAtCutoff, orders_received_at: Iterable[datetime], cutoff: datetime) -> bool:
    """Whether a planned visit's outlet had no accepted order of that business date in the system by the cutoff (C2).

    An order of any channel and of anyone covers the outlet's visits (O5); one received at the very instant counts (T5).
    An outlet that is no longer served can order nothing (O2): nobody is missing its order, and nobody phones it.
    """
    missing = all(received_at > cutoff for received_at in orders_received_at)
    return is_planned(visit, cutoff) and visit.outlet_served and missing


def is_charged(*, rep_active: bool, same_territory: bool, cancelled_by_office: bool = False) -> bool:
    """Whether a flagged visit costs its rep points (C3): not where this rep could not have brought an order.

    A rep who has left has no handheld; a rep who has moved to another territory is refused at the outlet (O2); and
    what somebody else has cancelled is not the rep's (O4).
    """
    return rep_active and same_territory and not cancelled_by_office


def cause_of(evidence: EvidenceAtCutoff) -> MissingOrderCause:
    """Why there was no order (C3). The first that holds, from what came nearest to an order to what was farthest:

    - `cancelled_by_office`: there was an order, and somebody else than the rep has cancelled it (O4);
    - `order_refused`: a form of this rep for the outlet was refused (O2), and none was accepted (it is flagged);
    - `visited_no_order`: the rep had a verified visit (V5: an arrival INSIDE), and ordered nothing;
    - `unverified`: there are check-ins, but no arrival INSIDE: nothing proves that the rep was there;
    - `not_visited`: no check-in at all. A reason that the rep gave is kept beside every cause, yet proves no visit.
    """
    if evidence.cancelled_by_office:
        return MissingOrderCause.CANCELLED_BY_OFFICE
    if evidence.form_refused:
        return MissingOrderCause.ORDER_REFUSED
    if evidence.inside_arrival:
        return MissingOrderCause.VISITED_NO_ORDER
    return MissingOrderCause.UNVERIFIED if evidence.checked_in else MissingOrderCause.NOT_VISITED


def is_provisional(
    watermarks: Collection[datetime | None],
    cutoff: datetime,
    now: datetime,
    *,
    has_device: bool = True,
    form_stands: bool = False,
) -> bool:
    """Whether a penalty may still be reversed because orders may be on their way (C4).

    `watermarks` are those of the devices that are not revoked, of the rep and of the colleagues who had the outlet in
    plan or checked in there; None for one that never synced: the oldest counts. A rep who never had a device can be
    told nothing by a watermark (`has_device`), and a form that stands refused may be sent again (`form_stands`):
    provisional until 72 h have passed.
    """
    if now > cutoff + PROVISIONAL_FOR:
        return False
    silent = any(watermark is None or watermark < cutoff for watermark in watermarks)
    return not has_device or form_stands or silent
