"""Months as paths and bodies have them: 2026-11. A month is known by its first day."""

import re
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.ground.web.fields import FIRST_YEAR, LAST_YEAR

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_SCHEMA: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "examples": ["2026-11"]}


def _first_day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and (match := _MONTH.fullmatch(value)):
        year, month = int(match[1]), int(match[2])
        if FIRST_YEAR <= year <= LAST_YEAR:
            return date(year, month, 1)
    raise PydanticCustomError("month", "a month is written like 2026-11, of the years 2000 to 2100")


def month_text(month: date) -> str:
    """A month as it leaves: 2026-11."""
    return f"{month:%Y-%m}"


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def last_day_of(month: date) -> date:
    """The last day of a month."""
    return month_after(month) - timedelta(days=1)


Month = Annotated[
    date,
    BeforeValidator(_first_day),
    PlainSerializer(month_text, return_type=str, when_used="json"),
    WithJsonSchema(_SCHEMA),
]
