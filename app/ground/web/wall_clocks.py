"""What a device's wall clock showed, as a field of a body: however absurd, it costs no event (T7)."""

import re
from calendar import isleap
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from app.ground.web.fields import INSTANT, instant_text

_WALL_CLOCK = re.compile(
    r"(?P<year>[+-]?[0-9]{4,16})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-5][0-9]|60)(\.(?P<fraction>[0-9]+))?"
    r"([Zz]|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-5][0-9]))"
)
_USUAL_INSTANT = re.compile(
    r"2[01][0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{3}|\.[0-9]{6})?"
    r"(Z|[+-][01][0-9]:[0-5][0-9])"
)
_WALL_CLOCK_PARTS = ("year", "month", "day", "hour", "minute", "second")
FIRST_SHOWN, LAST_SHOWN = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""The first and the last that a device's clock is taken to show: a day within what a column holds, for every zone."""


def read_wall_clock(value: Any) -> datetime | None:
    """What a device's wall clock shows, however absurd: any year, a leap second, a 29 February of another calendar.

    As text like RFC 3339, its year of any length and sign; None for anything else. What no column can hold becomes the
    nearest that one can: such a time tells nothing anyway.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else None
    match = _WALL_CLOCK.fullmatch(value) if isinstance(value, str) and len(value) <= 64 else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[name]) for name in _WALL_CLOCK_PARTS)
    if not FIRST_SHOWN.year <= year <= LAST_SHOWN.year:
        return FIRST_SHOWN if year < FIRST_SHOWN.year else LAST_SHOWN
    leap_day = (month, day) == (2, 29) and not isleap(year)
    try:
        offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        zone = timezone(-offset if match["sign"] == "-" else offset)
        whole = datetime(year, month, 28 if leap_day else day, hour, minute, min(second, 59), tzinfo=zone)
        micros = int((match["fraction"] or "")[:6].ljust(6, "0"))
        shown = whole + timedelta(days=int(leap_day), seconds=max(second - 59, 0), microseconds=micros)
        return min(max(shown, FIRST_SHOWN), LAST_SHOWN)
    except (ValueError, OverflowError):
        return None


def usual_instant(value: Any) -> datetime | None:
    """An instant as nearly every handheld writes it, of these centuries: read in half the time."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and _USUAL_INSTANT.fullmatch(value) else None
    except ValueError:
        return None


def _wall_clock(value: Any, handler: ValidatorFunctionWrapHandler) -> datetime:
    usual = usual_instant(value)
    if usual is not None:
        return usual
    if isinstance(value, str) and INSTANT.fullmatch(value):
        try:
            shown: datetime = handler(value)
            return min(max(shown, FIRST_SHOWN), LAST_SHOWN)
        except ValidationError:
            pass
    read = read_wall_clock(value)
    return handler(instant_text(value)) if read is None else read


WallClock = Annotated[
    AwareDatetime,
    WrapValidator(_wall_clock),
    Field(
        description="what the device's wall clock showed, RFC 3339 with an offset; any year, for clocks are wrong",
        json_schema_extra={"type": "string", "format": "date-time"},
        examples=["2026-11-23T16:41:07+02:00"],
    ),
]
