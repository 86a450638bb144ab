"""What a visit's status is (V5), and the KPIs: a contract, each with its numerator and denominator."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

MOST_DAYS = 366
"""As many days as a period of KPIs may have."""

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


class Kpi(StrEnum):
    """The KPIs that visits, check-ins, orders and call tasks feed."""

    STRIKE_RATE_MADE = "strike_rate_made"
    STRIKE_RATE_PLANNED = "strike_rate_planned"
    COVERAGE = "coverage"
    VERIFIED_RATE = "verified_rate"
    ADHERENCE = "adherence"
    ON_TIME_RATE = "on_time_rate"
    LINES_PER_PRODUCTIVE_CALL = "lines_per_productive_call"
    DROP_SIZE = "drop_size"
    ACTIVE_OUTLETS = "active_outlets"
    MUST_STOCK_RATE = "must_stock_rate"
    TIME_IN_STORE = "time_in_store"
    CALL_RECOVERY_RATE = "call_recovery_rate"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a KPI divides by what, in words, and what its evidence consists of."""

    numerator: str
    denominator: str
    evidence: str


DEFINITIONS: dict[Kpi, Definition] = {
    Kpi.STRIKE_RATE_MADE: Definition(
        "visits made that were productive: the rep placed a HANDHELD order for the outlet that day",
        "visits made: with an arrival check-in, whatever its verdict, planned or not",
        "visit",
    ),
    Kpi.STRIKE_RATE_PLANNED: Definition(
        "planned visits whose outlet has an order of that business date, by any channel (O5)",
        "planned visits: of an approved plan and not excused",
        "visit",
    ),
    Kpi.COVERAGE: Definition(
        "planned outlets at which a visit was made, planned or not", "outlets with a planned visit", "outlet"
    ),
    Kpi.VERIFIED_RATE: Definition("visits made with an arrival INSIDE", "visits made", "visit"),
    Kpi.ADHERENCE: Definition(
        "planned visits made in the planned order: the planned visit that the rep made just before does not stand later"
        " in the day's plan",
        "planned visits",
        "visit",
    ),
    Kpi.ON_TIME_RATE: Definition(
        "orders received by the cutoff of their territory's business date, and by the outlet's own order_due_time where"
        " that is earlier (T5, C2); every order of a day without a cutoff (C7)",
        "orders, of every channel",
        "order",
    ),
    Kpi.LINES_PER_PRODUCTIVE_CALL: Definition(
        "lines of the HANDHELD orders of productive visits", "productive visits", "visit"
    ),
    Kpi.DROP_SIZE: Definition("value of the HANDHELD orders of productive visits", "productive visits", "visit"),
    Kpi.ACTIVE_OUTLETS: Definition(
        "outlets with an order in the period",
        "active outlets of the territory; of a rep: those that the rep has visits or orders at",
        "outlet",
    ),
    Kpi.MUST_STOCK_RATE: Definition(
        "must-stock products that orders contain in at least their minimum quantity",
        "must-stock products of the outlet's terms, once for each of its orders",
        "order",
    ),
    Kpi.TIME_IN_STORE: Definition(
        "seconds from an arrival to the departure right after it, corrected, of every stay",
        "visits with such a stay",
        "visit",
    ),
    Kpi.CALL_RECOVERY_RATE: Definition("call tasks on which an order was taken", "call tasks", "call_task"),
}
"""The contract. Nothing is divided by zero: no denominator, no value."""


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
