"""What is asked for, as parameters of statements that are built once: lines of reps' days, days of territories."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, CTE, BindParameter, ColumnElement, Date, Integer, bindparam, column, func, select

from app.closing.rep_days.records import Line

DATES: BindParameter[Any] = bindparam("dates", type_=ARRAY(Date))
"""Every date that is asked for, once."""


def _integers(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=ARRAY(Integer))


def lines_asked() -> CTE:
    """Lines: territory_id, rep_id, business_date, and today's date in the territory (`line_parameters`)."""
    arrays = (
        _integers("territory_ids"),
        _integers("rep_ids"),
        bindparam("days", type_=ARRAY(Date)),
        bindparam("todays", type_=ARRAY(Date)),
    )
    columns = ("territory_id", Integer), ("rep_id", Integer), ("business_date", Date), ("today", Date)
    return _given(arrays, columns)


def territory_days_asked() -> CTE:
    """Days of territories: territory_id, business_date (`territory_parameters`)."""
    arrays = _integers("territory_ids"), bindparam("days", type_=ARRAY(Date))
    return _given(arrays, (("territory_id", Integer), ("business_date", Date)))


def _given(arrays: Sequence[Any], columns: Sequence[tuple[str, Any]]) -> CTE:
    rows = func.unnest(*arrays).table_valued(*(column(*each) for each in columns), name="given").render_derived()
    return select(*rows.c).cte("asked").prefix_with("MATERIALIZED")


def line_parameters(lines: Sequence[Line], today: Mapping[int, date]) -> dict[str, Any]:
    """Parameters of `lines_asked`, and `DATES`; `today`: by territory id."""
    return {
        "territory_ids": [line.territory_id for line in lines],
        "rep_ids": [line.rep_id for line in lines],
        "days": [line.business_date for line in lines],
        "todays": [today[line.territory_id] for line in lines],
        "dates": sorted({line.business_date for line in lines}),
    }


def territory_parameters(days: Mapping[int, date]) -> dict[str, Any]:
    """Parameters of `territory_days_asked`, and `DATES`."""
    return {"territory_ids": list(days), "days": list(days.values()), "dates": sorted(set(days.values()))}


def on_dates(day: Any) -> ColumnElement[bool]:
    """Whether a day is one of `DATES`: said beside the condition that finds the row, it finds the partitions."""
    condition: ColumnElement[bool] = day == func.any(DATES)
    return condition
