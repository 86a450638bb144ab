"""What the cutoff decides: which days are due, what is flagged and why, whether a penalty is provisional (C2–C7)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.masters.territories.calendar import TerritoryFacts, business_date, cutoff_at, is_working_day
from app.motivation.points.rules import PROVISIONAL_FOR


class MissingOrderCause(StrEnum):
    """Why a planned visit had no order at the cutoff (C3)."""

    ORDER_REFUSED = "order_refused"
    VISITED_NO_ORDER = "visited_no_order"
    UNVERIFIED = "unverified"
    NOT_VISITED = "not_visited"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A visit as the cutoff sees it: `approved_at` None is an ad hoc visit; `outlet_served`: its outlet is active."""

    approved_at: datetime | None
    excused_at: datetime | None
    outlet_served: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rep did at the outlet on the day, as far as it was in the system by the cutoff."""

    form_refused: bool = False
    inside_arrival: bool = False
    checked_in: bool = False


def first_due_day(territory: TerritoryFacts) -> date:
    """The first business date whose cutoff comes after the territory was made (C6): nothing before it is caught up."""
    made_on = business_date(territory, territory.created_at)
    return made_on if cutoff_at(territory, made_on) > territory.created_at else made_on + timedelta(days=1)


def last_day_past_its_cutoff(territory: TerritoryFacts, now: datetime) -> date:
    """The newest business date whose cutoff has come, be it a working day or not."""
    today = business_date(territory, now)
    return today if cutoff_at(territory, today) <= now else today - timedelta(days=1)


def days_past_their_cutoff(territory: TerritoryFacts, after: date, now: datetime) -> Iterator[date]:
    """The working days after `after` whose cutoff has come, oldest first (C6, C7)."""
    day, today = after + timedelta(days=1), business_date(territory, now)
    while day <= today:
        # only today's cutoff can be still to come: every wall time of an earlier local day has passed
        if is_working_day(territory, day) and (day < today or cutoff_at(territory, day) <= now):
            yield day
        day += timedelta(days=1)


def is_planned(visit: VisitFacts, cutoff: datetime) -> bool:
    """Whether the visit stood in an approved plan and was not excused as of the cutoff (C2).

    What was approved or excused after the cutoff changes nothing about what was true then (C6, C8).
    """
    approved = visit.approved_at is not None and visit.approved_at <= cutoff
    return approved and (visit.excused_at is None or visit.excused_at > cutoff)


def is_flagged(visit: VisitFacts, orders_received_at: Iterable[datetime], cutoff: datetime) -> bool:
    """Whether a planned visit's outlet had no accepted order of that business date in the system by the cutoff (C2).

    An order of any channel and of anyone covers the outlet's visits (O5); one received at the very instant counts (T5).
    An outlet that is no longer served can order nothing (O2): nobody is missing its order, and nobody phones it.
    """
    missing = all(received_at > cutoff for received_at in orders_received_at)
    return is_planned(visit, cutoff) and visit.outlet_served and missing


def is_charged(*, rep_active: bool, same_territory: bool) -> bool:
    """Whether a flagged visit costs its rep points (C3): not where this rep could not have brought an order.

    Who has left has no handheld; who belongs to another territory than the outlet by now is refused there (O2).
    """
    return rep_active and same_territory


def cause_of(evidence: Evidence) -> MissingOrderCause:
    """Why there was no order (C3). The first that holds, from what came nearest to an order to what was farthest:

    - `order_refused`: a form of this rep for the outlet was refused (O2), and none was accepted (it is flagged);
    - `visited_no_order`: the rep had a verified visit (V5: an arrival INSIDE), and ordered nothing;
    - `unverified`: there are check-ins, but no arrival INSIDE: nothing proves that the rep was there;
    - `not_visited`: no check-in at all. A reason that the rep gave is kept beside every cause, yet proves no visit.
    """
    if evidence.form_refused:
        return MissingOrderCause.ORDER_REFUSED
    if evidence.inside_arrival:
        return MissingOrderCause.VISITED_NO_ORDER
    return MissingOrderCause.UNVERIFIED if evidence.checked_in else MissingOrderCause.NOT_VISITED


def is_provisional(watermarks: Collection[datetime | None], cutoff: datetime, now: datetime) -> bool:
    """Whether a penalty may still be reversed because orders may be on their way (C4).

    `watermarks` are those of the rep's devices that are not revoked, None for one that never synced: the oldest counts.
    A rep without a device can be told nothing by a watermark: provisional until 72 h have passed.
    """
    if now > cutoff + PROVISIONAL_FOR:
        return False
    return not watermarks or any(watermark is None or watermark < cutoff for watermark in watermarks)
