"""All SQL of orders in time: a whole day at its closing, and the visits that later facts are about.

A day's awards are found by one join of its visits and orders, and written as a set (decision 62). `rules` says the same
of one visit, and tests compare them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    Interval,
    Select,
    Time,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.records import SignalReviewOutcome
from app.field.visits.models import Visit
from app.ground.db.statements import Relation
from app.masters.outlets.models import OutletTerms
from app.masters.territories.models import Rep
from app.motivation.earnings.rules import DUMPING
from app.motivation.points.rules import PROVISIONAL_FOR
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderChannel


@dataclass(frozen=True, slots=True)
class JudgedDay:
    """A territory's day as its closing reads it whole, but for the outlets `apart`, which are settled one by one.

    `reps_then`: of the reps who were otherwise at the cutoff whether they answered for the territory's visits.
    """

    territory_id: int
    business_date: date
    cutoff_at: datetime
    apart: Collection[int]
    reps_then: Mapping[int, bool]

    def parameters(self) -> dict[str, Any]:
        """Bind parameters of the statements over the day."""
        return {
            "territory_id": self.territory_id,
            "day": self.business_date,
            "cutoff_at": self.cutoff_at,
            "apart_outlet_ids": sorted(self.apart),
            "changed_rep_ids": sorted(self.reps_then),
            "answering_rep_ids": sorted(rep_id for rep_id, answered in self.reps_then.items() if answered),
        }


_DAY = bindparam("day", type_=Date)
_TERRITORY = bindparam("territory_id", type_=Integer)
_CUTOFF = bindparam("cutoff_at", type_=DateTime(timezone=True))
_APART = bindparam("apart_outlet_ids", type_=ARRAY(Integer))

# Who answers for the visits (decision 19): reps who were active at the cutoff, and the territory's. So are the outlets
# that are not settled apart.
_ANSWERING = select(Rep.id).where(
    or_(
        and_(
            Rep.active,
            Rep.territory_id == _TERRITORY,
            Rep.id != func.all(bindparam("changed_rep_ids", type_=ARRAY(Integer))),
        ),
        Rep.id == func.any(bindparam("answering_rep_ids", type_=ARRAY(Integer))),
    )
)
_PLANNED = (
    Visit.visit_date == _DAY,
    Visit.territory_id == _TERRITORY,
    Visit.approved_at <= _CUTOFF,
    Visit.outlet_id != func.all(_APART),
    Visit.rep_id.in_(_ANSWERING),
)
_OWN = or_(
    Order.channel == OrderChannel.EMAIL.value,
    and_(Order.channel == OrderChannel.HANDHELD.value, Order.rep_id == Visit.rep_id),
)
_IN_TIME = (
    Order.business_date == _DAY,
    Order.territory_id == _TERRITORY,
    Order.outlet_id == Visit.outlet_id,
    Order.arrived_at() <= _CUTOFF,
    or_(Order.cancelled_effective_at.is_(None), Order.cancelled_effective_at > _CUTOFF),
    Order.received_at <= _CUTOFF + bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval),
)
_SOURCE = (
    Visit.rep_id,
    Visit.id.label("source_id"),
    Visit.visit_date.label("business_date"),
    false().label("provisional"),
    literal("").label("note"),
)
_ON_TIME: Select[*tuple[Any, ...]] = select(*_SOURCE).where(*_PLANNED, exists().where(*_IN_TIME, _OWN))

_due = (
    func.unnest(bindparam("due_times", type_=ARRAY(Time)), bindparam("due_ats", type_=ARRAY(DateTime(timezone=True))))
    .table_valued(column("due_time", Time), column("due_at", DateTime(timezone=True)), name="due")
    .render_derived()
)


def _terms_at_cutoff(outlet_id: Any, cutoff: Any) -> Any:
    """The due time that an outlet had agreed on at the cutoff."""
    return (
        select(OutletTerms.order_due_time)
        .where(OutletTerms.outlet_id == outlet_id, OutletTerms.valid_from <= cutoff)
        .order_by(OutletTerms.version.desc())
        .limit(1)
        .scalar_subquery()
    )


_with_due_times = select(OutletTerms.outlet_id).where(OutletTerms.order_due_time.is_not(None)).distinct().cte("dated")
# any order covers the outlet by its due time (O5), and only a rep's own can be past it
_own_past_due = (
    select(and_(func.bool_or(_OWN), func.min(Order.arrived_at()) > _due.c.due_at))
    .where(*_IN_TIME)
    .correlate(Visit, _due)
    .scalar_subquery()
)
_PAST_DUE: Select[*tuple[Any, ...]] = (
    select(*_SOURCE)
    .join(_with_due_times, _with_due_times.c.outlet_id == Visit.outlet_id)
    .join(_due, _due.c.due_time == _terms_at_cutoff(Visit.outlet_id, _CUTOFF))
    .where(*_PLANNED, Visit.excused_at.is_(None), _own_past_due)
)
_DUE_TIMES = select(OutletTerms.order_due_time).where(OutletTerms.order_due_time.is_not(None)).distinct()
_DUMPED = (
    select(RiskSignal.outlet_id)
    .where(RiskSignal.territory_id == _TERRITORY, RiskSignal.business_date == _DAY)
    .where(RiskSignal.raised_at >= bindparam("raised_after", type_=DateTime(timezone=True)))
    .where(RiskSignal.rule.in_([rule.value for rule in DUMPING]))
    .where(RiskSignal.review_outcome == SignalReviewOutcome.CONFIRMED.value, RiskSignal.outlet_id.is_not(None))
    .distinct()
)
_REPS = select(Visit.rep_id).where(Visit.visit_date == _DAY, Visit.territory_id == _TERRITORY).distinct()

_OUTLETS = bindparam("outlet_ids", type_=ARRAY(Integer))
# Whoever settles a visit next sees what is written here: uploads of reps go on one after the other, others need not.
# Its rep answers who was active at the cutoff, and in the territory of the outlet, if that was (decision 19): the first
# change since tells what was then (decision 41).
_LOCK = text("""
    SELECT v.id AS visit_id, v.visit_date AS business_date, v.outlet_id, r.cutoff_at, v.rep_id, v.territory_id,
      (SELECT t.order_due_time FROM outlet_terms t WHERE t.outlet_id = v.outlet_id AND t.valid_from <= r.cutoff_at
        ORDER BY t.version DESC LIMIT 1) AS due_time,
      v.excused_at IS NOT NULL AS excused,
      coalesce(CAST(rep_then.active AS boolean), rep.active)
        AND coalesce(CAST(outlet_then.active AS boolean), outlet.active)
        AND coalesce(rep_then.territory, rep_in.code) = coalesce(outlet_then.territory, outlet_in.code) AS answers
    FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    JOIN visits v ON v.outlet_id = t.outlet_id AND v.visit_date = t.business_date
    JOIN cutoff_runs r ON r.territory_id = v.territory_id AND r.business_date = v.visit_date AND r.voided_at IS NULL
    JOIN reps rep ON rep.id = v.rep_id
    JOIN territories rep_in ON rep_in.id = rep.territory_id
    JOIN outlets outlet ON outlet.id = v.outlet_id
    JOIN territories outlet_in ON outlet_in.id = outlet.territory_id
    CROSS JOIN LATERAL (
      SELECT (array_agg(a.before ->> 'active' ORDER BY a.id) FILTER (WHERE a.before ? 'active'))[1] AS active,
        (array_agg(a.before ->> 'territory_code' ORDER BY a.id) FILTER (WHERE a.before ? 'territory_code'))[1]
          AS territory
      FROM audit_entries a WHERE a.kind = 'rep' AND a.code = rep.code AND a.at > r.cutoff_at) rep_then
    CROSS JOIN LATERAL (
      SELECT (array_agg(a.before ->> 'active' ORDER BY a.id) FILTER (WHERE a.before ? 'active'))[1] AS active,
        (array_agg(a.before ->> 'territory_code' ORDER BY a.id) FILTER (WHERE a.before ? 'territory_code'))[1]
          AS territory
      FROM audit_entries a WHERE a.kind = 'outlet' AND a.code = outlet.code AND a.at > r.cutoff_at) outlet_then
    WHERE v.approved_at <= r.cutoff_at AND (:visit_id IS NULL OR v.id = :visit_id)
    ORDER BY v.visit_date, v.id FOR NO KEY UPDATE OF v
""").bindparams(_OUTLETS, bindparam("days", type_=ARRAY(Date)), bindparam("visit_id", type_=Uuid))
_OUTLETS_OF_DAY = (
    select(Visit.outlet_id)
    .where(Visit.visit_date == _DAY, Visit.territory_id == _TERRITORY, Visit.approved_at.is_not(None))
    .distinct()
    .order_by(Visit.outlet_id)
)


def on_time(day: JudgedDay) -> Relation:
    """The planned visits of a day that have an order in time, as sources of entries, but for the outlets apart."""
    return Relation(_ON_TIME, day.parameters())


def past_due(day: JudgedDay, due: Sequence[tuple[time, datetime]]) -> Relation:
    """Those whose orders came in time for the cutoff alone. `due`: the instant that each due time is on the day."""
    times = {"due_times": [due_time for due_time, _ in due], "due_ats": [due_at for _, due_at in due]}
    return Relation(_PAST_DUE, day.parameters() | times)


async def due_times(session: AsyncSession) -> list[time]:
    """The due times that any outlets have, or had."""
    return list(await session.scalars(_DUE_TIMES))


async def dumped_outlets(session: AsyncSession, territory_id: int, day: date, raised_after: datetime) -> list[int]:
    """The outlets with an order of the day about which a doubt was confirmed."""
    parameters = {"territory_id": territory_id, "day": day, "raised_after": raised_after}
    return list(await session.scalars(_DUMPED, parameters))


def reps(territory_id: int, day: date) -> Relation:
    """The reps with visits of the territory's day."""
    return Relation(_REPS, {"territory_id": territory_id, "day": day})


async def outlets_of_day(session: AsyncSession, territory_id: int, day: date) -> list[int]:
    """The outlets with visits in plan of the territory's day."""
    return list(await session.scalars(_OUTLETS_OF_DAY, {"territory_id": territory_id, "day": day}))


async def lock_visits(
    session: AsyncSession, touched: Collection[tuple[int, date]], visit_id: UUID | None = None
) -> Sequence[Any]:
    """The planned visits of closed days at these outlets, locked until the transaction ends, each with its due time.

    `visit_id`: that one alone.
    """
    parameters = {"outlet_ids": [outlet_id for outlet_id, _ in touched], "days": [day for _, day in touched]}
    rows: Sequence[Any] = (await session.execute(_LOCK, parameters | {"visit_id": visit_id})).all()
    return rows
