"""All SQL of making plans, but for that of generations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, and_, any_, bindparam, column, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.planning.plan_generation.demands import History

# Looked up by outlet, check-ins by visit: a rep has some hundred outlets, a month has millions of both.
_has_arrival = (
    exists()
    .where(CheckIn.business_date == Visit.visit_date, CheckIn.outlet_id == Visit.outlet_id)
    .where(CheckIn.rep_id == Visit.rep_id, CheckIn.kind == "arrival")
    .correlate(Visit)
)
_planned = and_(Visit.approved_at.is_not(None), Visit.excused_at.is_(None))
_today = bindparam("today", type_=Date)

_outlets = (
    func.unnest(bindparam("outlet_ids", type_=ARRAY(Integer)), bindparam("since", type_=ARRAY(Date)))
    .table_valued(column("outlet_id", Integer), column("since", Date), name="wanted")
    .render_derived()
)
_arrival = select(_has_arrival.label("made")).lateral("seen")
_HISTORIES = (
    select(
        _outlets.c.outlet_id,
        func.max(Visit.visit_date).filter(or_(_arrival.c.made, and_(_planned, Visit.visit_date >= _today))),
        func.max(Visit.visit_date).filter(~_arrival.c.made, _planned, Visit.visit_date < _today),
    )
    .join(Visit, and_(Visit.outlet_id == _outlets.c.outlet_id, Visit.visit_date >= _outlets.c.since))
    .join(_arrival, true())
    .where(Visit.visit_date.between(bindparam("long_before", type_=Date), bindparam("before", type_=Date)))
    .group_by(_outlets.c.outlet_id)
)

_OF_WEEK = (
    select(Visit.outlet_id, Visit.visit_date)
    .where(Visit.outlet_id == any_(bindparam("outlet_ids", type_=ARRAY(Integer))))
    .where(Visit.visit_date.between(bindparam("monday", type_=Date), bindparam("sunday", type_=Date)))
    .where(or_(Visit.rep_id != bindparam("rep_id"), Visit.visit_date < bindparam("first_open", type_=Date)))
    .where(or_(_has_arrival, and_(_planned, Visit.visit_date >= _today)))
    .order_by(Visit.outlet_id, Visit.visit_date)
)


async def histories(session: AsyncSession, since: Mapping[int, date], before: date, today: date) -> dict[int, History]:
    """What is known of outlets from a day on (`since`, by outlet) up to `before`, by one statement.

    A visit counts as made with an arrival, wherever it was; as missed where it was planned, not excused, and its day
    is over, unless one was made or planned later.
    """
    if not since:
        return {}
    parameters = {
        "outlet_ids": list(since),
        "since": list(since.values()),
        "long_before": min(since.values()),
        "before": before,
        "today": today,
    }
    rows = await session.execute(_HISTORIES, parameters)
    return {
        outlet_id: History(last, missed is not None and (last is None or missed > last))
        for outlet_id, last, missed in rows
    }


async def visits_of_week(
    session: AsyncSession, rep_id: int, outlet_ids: Collection[int], days: Sequence[date], first_open: date, today: date
) -> dict[int, list[date]]:
    """The days of a week on which these outlets are visited whatever a plan of the rep's open days says.

    By other reps, and by the rep before `first_open`; days that are over count where an arrival was made.
    """
    parameters = {
        "rep_id": rep_id,
        "outlet_ids": list(outlet_ids),
        "monday": days[0],
        "sunday": days[-1],
        "first_open": first_open,
        "today": today,
    }
    visits: dict[int, list[date]] = {}
    for outlet_id, day in await session.execute(_OF_WEEK, parameters):
        visits.setdefault(outlet_id, []).append(day)
    return visits
