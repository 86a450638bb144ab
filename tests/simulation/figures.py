"""The KPIs of days, counted from the records one by one, and held against what compliance answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.compliance import service as compliance
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import KpiGrouping
from app.closing.compliance.service import Question
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.ground.web.access import Caller, CallerKind, Role
from app.sales.orders.models import Order
from tests.factories.visits import MONDAY
from tests.simulation.days import CUTOFF
from tests.simulation.stages import Stage, instant

ADMIN = Caller(CallerKind.USER, "1", "root", role=Role.ADMIN, user_id=1, territory_ids=None)

Fraction = tuple[Decimal, Decimal]
NOTHING: Fraction = (Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Records:
    """What was recorded of a territory's Monday. `orders`: those that stand."""

    visits: Sequence[Visit]
    check_ins: Sequence[CheckIn]
    orders: Sequence[Order]
    calls: Sequence[CallTask]
    outlets: int

    def seen(self, visit: Visit) -> list[CheckIn]:
        """The check-ins of a visit, in order."""
        own = [c for c in self.check_ins if (c.rep_id, c.outlet_id) == (visit.rep_id, visit.outlet_id)]
        return sorted(own, key=lambda check_in: (check_in.corrected_at, check_in.id))

    def arrivals(self, visit: Visit) -> list[CheckIn]:
        """Its arrivals, in order."""
        return [check_in for check_in in self.seen(visit) if check_in.kind == "arrival"]

    def sold(self, visit: Visit) -> list[Order]:
        """The orders that make it productive."""
        return [o for o in self.orders if (o.rep_id, o.outlet_id) == (visit.rep_id, visit.outlet_id)]


async def hold_that_figures_are_counts(session: AsyncSession, stages: Sequence[Stage]) -> None:
    """Every KPI of every territory is what its records come to; but for must-stock, of which there is none here."""
    answer = await compliance.figures(session, ADMIN, Question(MONDAY, MONDAY), KpiGrouping.TERRITORY)
    figures = {group.key: group.kpis for group in answer}
    for stage, records in zip(stages, await _records(session, stages), strict=True):
        told, counted = figures[stage.territory.code], _counts(records)
        assert {kpi: told.get(kpi, NOTHING) for kpi in counted} == counted, stage.facts


async def _records(session: AsyncSession, stages: Sequence[Stage]) -> list[Records]:
    visits, check_ins, orders, calls = [
        await _by_territory(session, model, day, stages)
        for model, day in (
            (Visit, Visit.visit_date),
            (CheckIn, CheckIn.business_date),
            (Order, Order.business_date),
            (CallTask, CallTask.business_date),
        )
    ]
    return [
        Records(
            visits.get(stage.territory.id, []),
            check_ins.get(stage.territory.id, []),
            [order for order in orders.get(stage.territory.id, []) if order.cancelled_at is None],
            calls.get(stage.territory.id, []),
            len(stage.outlets),
        )
        for stage in stages
    ]


async def _by_territory(session: AsyncSession, model: Any, day: Any, stages: Sequence[Stage]) -> dict[int, list[Any]]:
    ids = [stage.territory.id for stage in stages]
    query = select(model).where(model.territory_id.in_(ids), day == MONDAY).execution_options(populate_existing=True)
    rows: dict[int, list[Any]] = {}
    for row in await session.scalars(query):
        rows.setdefault(row.territory_id, []).append(row)
    return rows


def _counts(of: Records) -> dict[Kpi, Fraction]:
    planned = [visit for visit in of.visits if visit.approved_at is not None and visit.excused_at is None]
    made = [visit for visit in of.visits if of.arrivals(visit)]
    productive = [visit for visit in of.visits if of.sold(visit)]
    covered = {order.outlet_id for order in of.orders}
    stays = [seconds for visit in of.visits if (seconds := _stay(of.seen(visit))) is not None]
    on_time = [order for order in of.orders if order.received_at <= instant(CUTOFF)]
    planned_outlets = {visit.outlet_id for visit in planned}
    return {
        Kpi.STRIKE_RATE_MADE: _fraction(_some(made, of.sold), made),
        Kpi.STRIKE_RATE_PLANNED: _fraction(_some(planned, lambda visit: visit.outlet_id in covered), planned),
        Kpi.COVERAGE: _fraction(planned_outlets & {visit.outlet_id for visit in made}, planned_outlets),
        Kpi.VERIFIED_RATE: _fraction(_some(made, lambda visit: _arrived_inside(of, visit)), made),
        Kpi.ADHERENCE: _fraction(_in_planned_order(of, planned), planned),
        Kpi.ON_TIME_RATE: _fraction(on_time, of.orders),
        Kpi.LINES_PER_PRODUCTIVE_CALL: _total([o.line_count for v in productive for o in of.sold(v)], productive),
        Kpi.DROP_SIZE: _total([o.total_value for v in productive for o in of.sold(v)], productive),
        Kpi.ACTIVE_OUTLETS: (Decimal(len(covered)), Decimal(of.outlets)),
        Kpi.TIME_IN_STORE: _total(stays, stays),
        Kpi.CALL_RECOVERY_RATE: _fraction([], of.calls),
    }


def _some(visits: Iterable[Visit], condition: Callable[[Visit], object]) -> list[Visit]:
    return [visit for visit in visits if condition(visit)]


def _fraction(numerator: Sequence[Any] | set[int], denominator: Sequence[Any] | set[int]) -> Fraction:
    return Decimal(len(numerator)), Decimal(len(denominator))


def _total(amounts: Sequence[Any], denominator: Sequence[Any]) -> Fraction:
    return Decimal(sum(amounts)), Decimal(len(denominator))


def _arrived_inside(of: Records, visit: Visit) -> bool:
    return any(arrival.verdict == "INSIDE" for arrival in of.arrivals(visit))


def _stay(seen: Sequence[CheckIn]) -> int | None:
    """The seconds from arrivals to the departures right after them; None: the visit has no such stay."""
    stays = [
        departure.corrected_at - arrival.corrected_at
        for arrival, departure in pairwise(seen)
        if (arrival.kind, departure.kind) == ("arrival", "departure")
    ]
    seconds = int(sum(stay.total_seconds() for stay in stays))
    return seconds or None


def _in_planned_order(of: Records, planned: Sequence[Visit]) -> list[Visit]:
    """The visits before which their rep made none that stands later in the plan."""
    in_order = []
    for rep_id in {visit.rep_id for visit in planned}:
        day = [
            (of.arrivals(visit)[0].corrected_at, visit.sequence or 0, visit)
            for visit in planned
            if visit.rep_id == rep_id and of.arrivals(visit)
        ]
        day.sort(key=lambda stop: stop[:2])
        in_order += [visit for _, _, visit in day[:1]]
        in_order += [after[2] for before, after in pairwise(day) if before[1] <= after[1]]
    return in_order
