"""The deadlines of a period as relations: what was in time is asked of them, and what counts at all."""

from typing import Any

from sqlalchemy import ARRAY, CTE, Date, DateTime, Integer, Time, and_, cast, column, func, literal, select

from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent
from app.closing.cutoff.models import CutoffRun


def calendars_of(deadlines: Deadlines) -> Any:
    """Which calendar each territory goes by."""
    rows = func.unnest(
        cast(literal(list(deadlines.calendars), ARRAY(Integer)), ARRAY(Integer)),
        cast(literal(list(deadlines.calendars.values()), ARRAY(Integer)), ARRAY(Integer)),
    ).table_valued(column("territory_id", Integer), column("calendar", Integer), name="calendars")
    return rows.render_derived()


def instants_of(deadlines: Deadlines, name: str = "deadlines") -> CTE:
    """The deadlines of each calendar: its cutoffs (no due time), and the due times of outlets."""
    instants = deadlines.instants
    rows: Any = func.unnest(
        cast(literal([deadline.calendar for deadline in instants], ARRAY(Integer)), ARRAY(Integer)),
        cast(literal([deadline.business_date for deadline in instants], ARRAY(Date)), ARRAY(Date)),
        cast(literal([deadline.due_time for deadline in instants], ARRAY(Time)), ARRAY(Time)),
        cast(
            literal([deadline.at for deadline in instants], ARRAY(DateTime(timezone=True))),
            ARRAY(DateTime(timezone=True)),
        ),
    ).table_valued(
        column("calendar", Integer),
        column("business_date", Date),
        column("due_time", Time),
        column("at", DateTime(timezone=True)),
        name="given_deadlines",
    )
    return select(*rows.render_derived().c).cte(name)


def void_days(extent: Extent, name: str) -> CTE:
    """The days of the extent whose run is void and that were not closed anew (C9): territory_id, business_date.

    They count as days off do (decision 48): none of their planned visits, none of their calls, and nothing is late.
    """
    return (
        select(CutoffRun.territory_id, CutoffRun.business_date)
        .where(extent.holds_day(CutoffRun.business_date), extent.holds_territory(CutoffRun.territory_id))
        .group_by(CutoffRun.territory_id, CutoffRun.business_date)
        .having(func.bool_and(CutoffRun.voided_at.is_not(None)))
        .cte(name)
    )


def cutoffs_of(extent: Extent, deadlines: Deadlines) -> CTE:
    """The cutoff of each territory on each of its days that count: territory_id, business_date, at.

    Those are its working days (C7), but for the ones whose run is void (C9).
    """
    calendar, instants = calendars_of(deadlines), instants_of(deadlines, "deadlines_of_visits")
    void = void_days(extent, "void_days_of_visits")
    same_day = and_(void.c.territory_id == calendar.c.territory_id, void.c.business_date == instants.c.business_date)
    return (
        select(calendar.c.territory_id, instants.c.business_date, instants.c.at)
        .join(instants, instants.c.calendar == calendar.c.calendar)
        .outerjoin(void, same_day)
        .where(instants.c.due_time.is_(None), void.c.territory_id.is_(None))
        .cte("cutoffs")
    )
