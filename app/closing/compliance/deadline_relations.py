"""The deadlines of a period as relations: what was in time is asked of them, and what counts at all."""

from typing import Any

from sqlalchemy import ARRAY, CTE, Date, DateTime, Integer, Time, cast, column, func, literal, select

from app.closing.compliance.deadlines import Deadlines


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


def cutoffs_of(deadlines: Deadlines) -> CTE:
    """The cutoff of each territory on each of its working days: territory_id, business_date, at."""
    calendar, instants = calendars_of(deadlines), instants_of(deadlines, "deadlines_of_visits")
    return (
        select(calendar.c.territory_id, instants.c.business_date, instants.c.at)
        .join(instants, instants.c.calendar == calendar.c.calendar)
        .where(instants.c.due_time.is_(None))
        .cte("cutoffs")
    )
