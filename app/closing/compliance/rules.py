"""What a visit's status is (V5), and what a KPI's value is."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

MOST_DAYS = 366
"""As many days as a period of KPIs may have."""

TOLERANCE = timedelta(minutes=15)
"""So much later than a plan expects it, a visit still counts as on time."""

_FOUR_PLACES = Decimal("0.0001")


class VisitStatus(StrEnum):
    """How a visit stands; derived from what was recorded, never stored (V5)."""

    PLANNED = "planned"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    MISSED = "missed"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What a status follows from: the rep's check-ins at the outlet on that day, and the visit's own record."""

    visit_date: date
    planned: bool
    excused: bool
    checked_in: bool
    arrived_inside: bool


def visit_status(visit: VisitFacts, today: date) -> VisitStatus:
    """A visit's status on `today`, the territory's local date (V5).

    A supervisor's excuse stands above everything else. Then: an arrival INSIDE verifies; check-ins without one leave
    it unverified; without any it is planned until its local day is over, and missed from then on. An ad hoc visit is
    verified or unverified: nobody planned it, so nobody misses it.
    """
    if visit.excused:
        return VisitStatus.EXCUSED
    if visit.arrived_inside:
        return VisitStatus.VERIFIED
    if visit.checked_in or not visit.planned:
        return VisitStatus.UNVERIFIED
    return VisitStatus.MISSED if visit.visit_date < today else VisitStatus.PLANNED


class VisitCount(StrEnum):
    """What a visit counts as in the figures of a rep's day (decision 80); a list is narrowed down by the same.

    A visit of an approved plan that is not excused is *planned* while its rep could make it, and *dropped* where outlet
    or rep is not active any more, or they belong to different territories: handhelds have such a visit no longer, and
    no cutoff flags it (C7). Every visit is planned, dropped, excused or ad hoc, and only one of them. Of the planned
    ones: *visited* with an arrival, whatever its verdict; *verified* with one INSIDE (V5); *ordered* where the outlet
    has an order of that day, by any channel and of anyone (O5), else *without an order*; *missed so far* where nobody
    arrived 15 minutes after the plan expected it, or until the day was over. Of all visits: *productive* with an order
    by its rep's handheld (V5); *flagged* by the cutoff's run, unless that is void; *provisional* where a penalty of a
    flagged one may still be taken back (C4).
    """

    PLANNED = "planned"
    VISITED = "visited"
    VERIFIED = "verified"
    ORDERED = "ordered"
    WITHOUT_ORDER = "without_order"
    MISSED_SO_FAR = "missed_so_far"
    PRODUCTIVE = "productive"
    AD_HOC = "ad_hoc"
    EXCUSED = "excused"
    DROPPED = "dropped"
    FLAGGED = "flagged"
    PROVISIONAL = "provisional"


class KpiGrouping(StrEnum):
    """What KPIs are told apart by."""

    TERRITORY = "territory"
    REP = "rep"
    OUTLET = "outlet"
    DATE = "date"


class KpiPart(StrEnum):
    """Which half of a KPI evidence is asked for."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


def value_of(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """The quotient to four decimals; None where there is nothing to divide by."""
    return (numerator / denominator).quantize(_FOUR_PLACES, ROUND_HALF_EVEN) if denominator else None
