"""The KPIs: a contract, and one table. A figure and the records behind it are both made from what is declared here.

A new KPI is a name and an entry of `KPIS`: its relation of facts, numerator and denominator in words and as conditions
on the columns of that relation, and its unit. What it needs of the records that no relation has is a new column of one.

What they count, and what not: decision 13.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, true

from app.closing.compliance.rules import KpiPart


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


class Source(StrEnum):
    """The relation that a KPI is taken from."""

    VISITS = "visits"
    ORDERS = "orders"
    MUST_STOCK = "must_stock"
    PLANNED_OUTLETS = "planned_outlets"
    ACTIVE_OUTLETS = "active_outlets"
    CALL_TASKS = "call_tasks"

    @property
    def evidence(self) -> str:
        """What its rows are, and so the records behind a figure: visits, orders, outlets or call tasks."""
        return _EVIDENCE[self]

    @property
    def adds_up(self) -> bool:
        """Whether its figures of several days are the sum of each day's. Outlets count once, on however many days."""
        return self.evidence != "outlet"


_EVIDENCE = {
    Source.VISITS: "visit",
    Source.ORDERS: "order",
    Source.MUST_STOCK: "order",
    Source.PLANNED_OUTLETS: "outlet",
    Source.ACTIVE_OUTLETS: "outlet",
    Source.CALL_TASKS: "call_task",
}


class Unit(StrEnum):
    """What a KPI's numerator is, for each one of the denominator: in a ratio a part of the same."""

    RATIO = "ratio"
    COUNT = "count"
    MONEY = "money"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Half:
    """A numerator or a denominator: in words, the rows that count, and how much each counts (None: one).

    Both functions take the columns of the KPI's relation.
    """

    words: str
    counts: Callable[[Any], ColumnElement[bool]]
    amount: Callable[[Any], ColumnElement[Any]] | None = None

    def total(self, facts: Any) -> ColumnElement[Any]:
        """The figure over all rows."""
        if self.amount is None:
            return func.count().filter(self.counts(facts))
        return func.coalesce(func.sum(self.amount(facts)).filter(self.counts(facts)), 0)


@dataclass(frozen=True, slots=True)
class Definition:
    """A KPI: what it divides by what. Nothing is divided by zero: no denominator, no value."""

    name: Kpi
    source: Source
    numerator: Half
    denominator: Half
    unit: Unit = Unit.RATIO

    def half(self, part: KpiPart) -> Half:
        """The numerator or the denominator."""
        return self.numerator if part is KpiPart.NUMERATOR else self.denominator


_VISITS_MADE = Half("visits made", lambda visit: visit.made)
_PLANNED_VISITS = Half("planned visits", lambda visit: visit.planned)
_PRODUCTIVE_VISITS = Half("productive visits", lambda visit: visit.productive)

_DEFINITIONS = (
    Definition(
        Kpi.STRIKE_RATE_MADE,
        Source.VISITS,
        Half(
            "visits made that were productive: the rep placed a HANDHELD order for the outlet that day",
            lambda visit: and_(visit.made, visit.productive),
        ),
        Half(
            "visits made: with an arrival check-in, whatever its verdict, planned or not",
            lambda visit: visit.made,
        ),
    ),
    Definition(
        Kpi.STRIKE_RATE_PLANNED,
        Source.VISITS,
        Half(
            "planned visits whose outlet has an order of that business date, by any channel (O5)",
            lambda visit: and_(visit.planned, visit.covered),
        ),
        Half(
            "planned visits: of an approved plan, not excused, on a working day whose run is not void, at an outlet"
            " that was served and by a rep who could order there at the day's cutoff (C7, C9)",
            lambda visit: visit.planned,
        ),
    ),
    Definition(
        Kpi.COVERAGE,
        Source.PLANNED_OUTLETS,
        Half(
            "planned outlets at which a visit was made, planned or not",
            lambda outlet: and_(outlet.planned, outlet.made),
        ),
        Half("outlets with a planned visit", lambda outlet: outlet.planned),
    ),
    Definition(
        Kpi.VERIFIED_RATE,
        Source.VISITS,
        Half("visits made with an arrival INSIDE", lambda visit: visit.arrived_inside),
        _VISITS_MADE,
    ),
    Definition(
        Kpi.ADHERENCE,
        Source.VISITS,
        Half(
            "planned visits made in the planned order: the planned visit that the rep made just before does not stand"
            " later in the day's plan",
            lambda visit: visit.in_order,
        ),
        _PLANNED_VISITS,
    ),
    Definition(
        Kpi.ON_TIME_RATE,
        Source.ORDERS,
        Half(
            "orders received by the cutoff of their territory's business date, and by the outlet's own order_due_time"
            " where that is earlier (T5, C2); every order of a day without a cutoff, or whose run is void"
            " (C7, C9)",
            lambda order: order.on_time,
        ),
        Half("orders, of every channel", lambda _: true()),
    ),
    Definition(
        Kpi.LINES_PER_PRODUCTIVE_CALL,
        Source.VISITS,
        Half(
            "lines of the HANDHELD orders of productive visits",
            lambda visit: visit.productive,
            lambda visit: visit.lines,
        ),
        _PRODUCTIVE_VISITS,
        Unit.COUNT,
    ),
    Definition(
        Kpi.DROP_SIZE,
        Source.VISITS,
        Half(
            "value of the HANDHELD orders of productive visits",
            lambda visit: visit.productive,
            lambda visit: visit.value,
        ),
        _PRODUCTIVE_VISITS,
        Unit.MONEY,
    ),
    Definition(
        Kpi.ACTIVE_OUTLETS,
        Source.ACTIVE_OUTLETS,
        Half("outlets with an order in the period", lambda outlet: outlet.ordered),
        Half("active outlets of the territory; of a rep: those that the rep has visits or orders at", lambda _: true()),
    ),
    Definition(
        Kpi.MUST_STOCK_RATE,
        Source.MUST_STOCK,
        Half(
            "must-stock products that orders contain in at least their minimum quantity",
            lambda _: true(),
            lambda order: order.ordered,
        ),
        Half(
            "must-stock products of the outlet's terms, once for each of its orders",
            lambda _: true(),
            lambda order: order.due,
        ),
    ),
    Definition(
        Kpi.TIME_IN_STORE,
        Source.VISITS,
        Half(
            "seconds from an arrival to the departure right after it, corrected, of every stay",
            lambda visit: visit.stayed,
            lambda visit: visit.dwell_seconds,
        ),
        Half("visits with such a stay", lambda visit: visit.stayed),
        Unit.SECONDS,
    ),
    Definition(
        Kpi.CALL_RECOVERY_RATE,
        Source.CALL_TASKS,
        Half("call tasks on which an order was taken", lambda task: task.recovered),
        Half("call tasks, but for those of runs that are void (C9)", lambda _: true()),
    ),
)

KPIS: dict[Kpi, Definition] = {definition.name: definition for definition in _DEFINITIONS}
"""The contract."""


def kpis_of(source: Source) -> list[Definition]:
    """The KPIs that are taken from one relation."""
    return [definition for definition in _DEFINITIONS if definition.source is source]


def named_by_unit(unit: Unit) -> str:
    """The KPIs of a unit by name, for a sentence."""
    return ", ".join(definition.name for definition in _DEFINITIONS if definition.unit is unit)
