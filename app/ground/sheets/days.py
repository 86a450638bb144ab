"""What a person means by a cell that should hold a day, however it is written, or why it is not clear."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from app.ground.sheets.cells import Cell, CellKind
from app.ground.sheets.values import LONGEST_ECHO, Unclear, must_hold_a_value

LONGEST_DAY = 100
"""What is longer is no day, with its weekday, time and zone: looking for one in it costs more than it is long."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_MINUTE = Decimal(60) / 86_400
_LAST_MINUTE = (23, 59)
_NEXT_DAY_FROM_HOUR = 10
"""East of Greenwich a midnight is this hour of the day before, at the earliest, by the clock of Greenwich (UTC)."""

_WEEKDAY = re.compile(r"[^\W\d_]+\.?,? +(?=[0-9])")
_TIME = re.compile(
    r"(?:[T ]\s*|,\s*)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>am|pm|πμ|μμ))?(?P<zone>\s?z|\s?[+-][0-9]{2}:?[0-9]{2})?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])\s?([0-9]{1,2})\2\s?([0-9]{1,2})\.?")
_COMPACT = re.compile(r"(20[0-9]{2})([01][0-9])([0-3][0-9])")
_DOTTED = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})\.?(?:\s?г\.?)?")
_SLASHED = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})")
_NAMED = re.compile(r"([0-9]{1,2})\.?[ -]?([^\W\d_]+)\.?,?[ -]?([0-9]{4}|[0-9]{2})(?:\s?г\.?)?")
_NAME_FIRST = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2}),? ([0-9]{4})")
_MONTHS = (
    *(("jan", "ιαν", "янв"), ("feb", "φεβ", "фев"), ("mar", "μαρ", "мар"), ("apr", "απρ", "апр")),
    *(("may", "μαι", "маи", "мая"), ("jun", "ιουν", "июн"), ("jul", "ιουλ", "июл"), ("aug", "αυγ", "авг")),
    *(("sep", "σεπ", "сен"), ("oct", "οκτ", "окт"), ("nov", "νοε", "ноя"), ("dec", "δεκ", "дек")),
)
"""How the names of the months begin, in small letters without accents."""


def day_in(cell: Cell, *, epoch_1904: bool, received: date | None = None) -> str:
    """The day of a cell in ISO 8601. Raises Unclear, also for text that may mean two days.

    `received`: when the form came. Of two readings, one before that day cannot be meant: nothing is delivered then.
    """
    must_hold_a_value(cell)
    text = cell.value.strip()
    day = None
    if cell.kind is CellKind.NUMBER:
        day = _day_of_compact(text) or _day_of_number(text, epoch_1904=epoch_1904)
    elif cell.kind is not CellKind.TRUTH:
        day = _day_of_text(text, received)
    if day is None:
        raise Unclear("not_a_date", f"“{text[:LONGEST_ECHO]}” is not a date: write it like 2026-11-27 or 27.11.2026.")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unclear("date_out_of_range", f"{day} does not lie within the years 2000 to 2100.")
    return day.isoformat()


def day_of_serial(text: str, *, epoch_1904: bool) -> date | None:
    """The day that a spreadsheet means by a number of days; None beyond its calendar.

    The 1900 count has a 29 February 1900, which never existed: from March on it is one day ahead. Starting at
    30 December 1899 corrects for it. No order is older than that.
    """
    try:
        days = int(Decimal(text))
        return (date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)) + timedelta(days=days)
    except (ArithmeticError, ValueError):
        return None


def _day_of_number(text: str, *, epoch_1904: bool) -> date | None:
    """The day of a number without a date's format. Raises Unclear within the last minute of a day.

    Programs that count in local time are off by the seconds that its zone once was: the next day may be meant.
    """
    day = day_of_serial(text, epoch_1904=epoch_1904)
    if day is not None and Decimal(text) % 1 >= 1 - _MINUTE:
        raise Unclear("ambiguous_date", _two_days(text, day, day + timedelta(days=1)))
    return day


def _day_of_compact(text: str) -> date | None:
    match = _COMPACT.fullmatch(text)
    return _date(match[1], match[2], match[3]) if match else None


def _day_of_text(text: str, received: date | None) -> date | None:
    if len(text) > LONGEST_DAY:
        return None
    time = _TIME.search(text)
    written = text[: time.start()].strip() if time else text
    day = _day_of(written, received)
    if day is None and (weekday := _WEEKDAY.match(written)) is not None:
        day = _day_of(written[weekday.end() :], received)
    return day if day is None or time is None else _at_time(day, time, text)


def _day_of(text: str, received: date | None) -> date | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(match[1], match[3], match[4])
    if match := _DOTTED.fullmatch(text):
        return _date(match[3], match[2], match[1])
    if match := _SLASHED.fullmatch(text):
        return _day_of_slashed(int(match[1]), int(match[3]), int(match[4]), text, received)
    if match := _NAMED.fullmatch(text):
        return _date(match[3] if len(match[3]) > 2 else f"20{match[3]}", _month(match[2]), match[1])
    if match := _NAME_FIRST.fullmatch(text):
        return _date(match[3], _month(match[1]), match[2])
    return _day_of_compact(text)


def _at_time(day: date, time: re.Match[str], text: str) -> date | None:
    """The day that a day with a time means: mostly that day, whatever the time."""
    hour, minute, half = int(time["hour"]), int(time["minute"]), (time["half"] or "").lower()
    hour = hour % 12 + 12 * (half in {"pm", "μμ"}) if half else hour
    if hour > 23 or minute > 59:
        return None
    if (hour, minute) == _LAST_MINUTE:
        return day + timedelta(days=1)
    of_greenwich = (time["zone"] or "").strip().lower() == "z"
    if of_greenwich and hour >= _NEXT_DAY_FROM_HOUR and (hour, minute) != (12, 0):
        # a midnight east of Greenwich, as programs write it, or a time of that day
        raise Unclear("ambiguous_date", _two_days(text, day, day + timedelta(days=1)))
    return day


def _month(name: str) -> int:
    """The number of a month by its name, 0 for none."""
    plain = "".join(char for char in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(char))
    return next((number for number, names in enumerate(_MONTHS, 1) if plain.startswith(names)), 0)


def _date(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _day_of_slashed(first: int, second: int, year: int, text: str, received: date | None) -> date | None:
    """Some write the day first, some the month: clear only where one of the two cannot be meant."""
    day_first, month_first = _date(str(year), second, str(first)), _date(str(year), first, str(second))
    if day_first is None or month_first is None or day_first == month_first:
        return day_first or month_first
    if received is not None and (day_first < received) != (month_first < received):
        return max(day_first, month_first)
    raise Unclear("ambiguous_date", _two_days(text, day_first, month_first))


def _two_days(text: str, day: date, other: date) -> str:
    return f"“{text[:LONGEST_ECHO]}” may mean {day} or {other}: write it like {day} or {day:%d.%m.%Y}."
