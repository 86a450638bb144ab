"""Figures, times and days that stand within the API's English sentences, as people of another language write them."""

import re
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import get_decimal_symbol

_ENGLISH = Locale.parse("en")
_WEEKDAYS = {name: number for number, name in _ENGLISH.days["format"]["wide"].items()}
_MONTHS = {name: number for number, name in _ENGLISH.months["format"]["wide"].items()}
_WEEKDAY, _MONTH = "|".join(_WEEKDAYS), "|".join(_MONTHS)
_PARTS = re.compile(
    r"(?P<instant>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<day>\b\d{4}-\d\d-\d\d\b(?!T))"
    rf"|(?P<on> on (?=(?:{_WEEKDAY}) \d))"
    rf"|(?P<named>\b(?P<weekday>{_WEEKDAY}) (?P<number>\d\d?) (?P<month>{_MONTH})\b)"
    rf"|(?P<whole_month>\b(?P<name>{_MONTH}) (?P<year>\d{{4}})\b)"
)
_DECIMAL = re.compile(r"[+−-]?\d+\.\d+(?: %)?")


class Written:
    """How a language writes them."""

    def __init__(self, language: str) -> None:
        self._locale = Locale.parse(language)
        self._point = get_decimal_symbol(self._locale)

    def rewritten(self, text: str) -> str:
        """A text with its times and days as the language writes them, or a decimal; codes and whole numbers stay."""
        if _DECIMAL.fullmatch(text):
            return text.replace(".", self._point)
        return _PARTS.sub(self._part, text)

    def _part(self, match: re.Match[str]) -> str:
        match match.lastgroup:
            case "instant":
                moment = datetime.fromisoformat(match[0])
                return format_datetime(moment, "d MMM y, HH:mm", tzinfo=moment.tzinfo, locale=self._locale)
            case "day":
                return self._day(match[0])
            case "on":
                return ", "
            case "named":
                return self._named(match)
            case _:
                month = date(int(match["year"]), int(_MONTHS[match["name"]]), 1)
                return format_date(month, "LLLL y", locale=self._locale)

    def _day(self, text: str) -> str:
        try:
            return format_date(date.fromisoformat(text), "d MMM y", locale=self._locale)
        except ValueError:
            return text

    def _named(self, match: re.Match[str]) -> str:
        """Monday 23 November; Russian has the weekday short, for it would have to follow the case."""
        short = self._locale.language == "ru"
        days = self._locale.days["format"]["abbreviated" if short else "wide"]
        weekday, month = (
            days[_WEEKDAYS[match["weekday"]]],
            self._locale.months["format"]["wide"][_MONTHS[match["month"]]],
        )
        return f"{weekday}{',' if short else ''} {match['number']} {month}"
