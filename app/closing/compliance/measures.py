"""Each KPI as two conditions on one relation of facts: figures and their evidence are both made from these."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, true

from app.closing.compliance.rules import Kpi, KpiPart


class Source(StrEnum):
    """The relation that a KPI is taken from."""

    VISITS = "visits"
    ORDERS = "orders"
    MUST_STOCK = "must_stock"
    PLANNED_OUTLETS = "planned_outlets"
    ACTIVE_OUTLETS = "active_outlets"
    CALL_TASKS = "call_tasks"


@dataclass(frozen=True, slots=True)
class Half:
    """A numerator or a denominator: the rows that count, and how much each counts (None: one)."""

    counts: ColumnElement[bool]
    amount: ColumnElement[Any] | None = None

    def total(self) -> ColumnElement[Any]:
        """The figure over all rows."""
        if self.amount is None:
            return func.count().filter(self.counts)
        return func.coalesce(func.sum(self.amount).filter(self.counts), 0)


SOURCES: dict[Kpi, Source] = {
    Kpi.STRIKE_RATE_MADE: Source.VISITS,
    Kpi.STRIKE_RATE_PLANNED: Source.VISITS,
    Kpi.VERIFIED_RATE: Source.VISITS,
    Kpi.ADHERENCE: Source.VISITS,
    Kpi.LINES_PER_PRODUCTIVE_CALL: Source.VISITS,
    Kpi.DROP_SIZE: Source.VISITS,
    Kpi.TIME_IN_STORE: Source.VISITS,
    Kpi.COVERAGE: Source.PLANNED_OUTLETS,
    Kpi.ON_TIME_RATE: Source.ORDERS,
    Kpi.MUST_STOCK_RATE: Source.MUST_STOCK,
    Kpi.ACTIVE_OUTLETS: Source.ACTIVE_OUTLETS,
    Kpi.CALL_RECOVERY_RATE: Source.CALL_TASKS,
}


HALVES: dict[Kpi, Callable[[Any], tuple[Half, Half]]] = {
    Kpi.STRIKE_RATE_MADE: lambda f: (Half(and_(f.made, f.productive)), Half(f.made)),
    Kpi.STRIKE_RATE_PLANNED: lambda f: (Half(and_(f.planned, f.covered)), Half(f.planned)),
    Kpi.VERIFIED_RATE: lambda f: (Half(f.arrived_inside), Half(f.made)),
    Kpi.ADHERENCE: lambda f: (Half(f.in_order), Half(f.planned)),
    Kpi.LINES_PER_PRODUCTIVE_CALL: lambda f: (Half(f.productive, f.lines), Half(f.productive)),
    Kpi.DROP_SIZE: lambda f: (Half(f.productive, f.value), Half(f.productive)),
    Kpi.TIME_IN_STORE: lambda f: (Half(f.stayed, f.dwell_seconds), Half(f.stayed)),
    Kpi.COVERAGE: lambda f: (Half(and_(f.planned, f.made)), Half(f.planned)),
    Kpi.ON_TIME_RATE: lambda f: (Half(f.on_time), Half(true())),
    Kpi.MUST_STOCK_RATE: lambda f: (Half(true(), f.ordered), Half(true(), f.due)),
    Kpi.ACTIVE_OUTLETS: lambda f: (Half(f.ordered), Half(true())),
    Kpi.CALL_RECOVERY_RATE: lambda f: (Half(f.recovered), Half(true())),
}
"""Numerator and denominator over the columns of the KPI's relation: what `rules.DEFINITIONS` says in words."""


def half_of(kpi: Kpi, part: KpiPart, facts: Any) -> Half:
    """The numerator or denominator of a KPI; `facts` are the columns of its relation."""
    numerator, denominator = HALVES[kpi](facts)
    return numerator if part is KpiPart.NUMERATOR else denominator
