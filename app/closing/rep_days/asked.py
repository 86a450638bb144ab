"""Lines of reps' days as a relation, to look up what was recorded of them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, CTE, ColumnElement, Date, Integer, cast, column, func, literal, select

from app.closing.rep_days.records import Line


def integers(values: Collection[int]) -> ColumnElement[Any]:
    """Integers as one parameter."""
    return cast(literal(list(values), ARRAY(Integer)), ARRAY(Integer))


def dates(values: Collection[date]) -> ColumnElement[Any]:
    """Dates as one parameter."""
    return cast(literal(list(values), ARRAY(Date)), ARRAY(Date))


def lines_asked(lines: Sequence[Line], today: Sequence[date]) -> CTE:
    """The lines: territory_id, rep_id, business_date, and today's date in the territory."""
    rows = (
        func.unnest(
            integers([line.territory_id for line in lines]),
            integers([line.rep_id for line in lines]),
            dates([line.business_date for line in lines]),
            dates(today),
        )
        .table_valued(
            column("territory_id", Integer),
            column("rep_id", Integer),
            column("business_date", Date),
            column("today", Date),
            name="given",
        )
        .render_derived()
    )
    return select(*rows.c).cte("asked").prefix_with("MATERIALIZED")


def among(day: Any, days: Collection[date]) -> ColumnElement[bool]:
    """Whether a day is one of these: said beside the condition that finds the row, it finds the partitions."""
    condition: ColumnElement[bool] = day == func.any(dates(sorted(set(days))))
    return condition
