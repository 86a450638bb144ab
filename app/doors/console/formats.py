"""Times, days, numbers and amounts as people of a language write them (Babel, the CLDR)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from app.ground import clock

Value = Any


class Formats:
    """The formats of a language. None is shown as a dash: nothing was measured, nothing came."""

    def __init__(self, language: str) -> None:
        # British day order and 24 hours: what the English of an international company expects
        self.locale = Locale.parse("en_GB" if language == "en" else language)

    def time(self, at: Value, zone: str) -> str:
        """The time of day of an instant, to the minute."""
        # digits alone: the same in each of our languages, and written a hundred times on a page
        return _DASH if at is None else f"{_in(at, zone):%H:%M}"

    def seconds(self, at: Value, zone: str) -> str:
        """The time of day of an instant, to the second."""
        return _DASH if at is None else format_time(_in(at, zone), "HH:mm:ss", locale=self.locale)

    def moment(self, at: Value, zone: str) -> str:
        """An instant with its day."""
        return _DASH if at is None else format_datetime(_in(at, zone), "d MMM y, HH:mm", locale=self.locale)

    def day(self, day: Value, form: str = "EEEE, d MMMM y") -> str:
        """A day, as in Friday, 27 November 2026. `form`: a CLDR pattern."""
        return _DASH if day is None else format_date(_day(day), form, locale=self.locale)

    def short_day(self, day: Value) -> str:
        """A day, as in Fri 27 Nov."""
        return _DASH if day is None else format_date(_day(day), "EEE d MMM", locale=self.locale)

    def month(self, month: Value) -> str:
        """A month (2026-11), as in November 2026."""
        return _DASH if month is None else format_date(_day(f"{month}-01"), "LLLL y", locale=self.locale)

    def number(self, value: Value, digits: int | None = None) -> str:
        """A number with separators; `digits` after the point at most."""
        if value is None:
            return _DASH
        form = None if digits is None else "#,##0." + "#" * digits if digits else "#,##0"
        return format_decimal(Decimal(str(value)), form, locale=self.locale)

    def amount(self, value: Value) -> str:
        """Money, with two digits, without a currency: the company has one."""
        return _DASH if value is None else format_decimal(Decimal(str(value)), "#,##0.00", locale=self.locale)

    def percent(self, value: Value, digits: int = 0) -> str:
        """A share of 1 in percent."""
        if value is None:
            return _DASH
        form = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        return format_percent(Decimal(str(value)), form, locale=self.locale)

    def signed(self, value: Value) -> str:
        """Points, with their sign."""
        if value is None:
            return _DASH
        return _signed(str(value), self.locale)

    def minutes(self, value: Value) -> str:
        """A length of time in minutes, as in 2 hr 5 min."""
        if value is None:
            return _DASH
        hours, minutes = divmod(round(float(value)), 60)
        texts = [self._length(timedelta(hours=hours), "hour")] if hours else []
        if minutes or not hours:
            texts.append(self._length(timedelta(minutes=minutes), "minute"))
        return " ".join(texts)

    def duration(self, seconds: Value) -> str:
        """A length of time in seconds: up to two minutes as seconds, then as minutes and hours."""
        if seconds is None:
            return _DASH
        value = round(float(seconds))
        return self._length(timedelta(seconds=value), "second") if value < 120 else self.minutes(value / 60)

    def _length(self, length: timedelta, unit: Literal["hour", "minute", "second"]) -> str:
        return format_timedelta(length, granularity=unit, threshold=1000, format="short", locale=self.locale)

    def zone_name(self, zone: str, at: Value = None) -> str:
        """A zone's short name at an instant, or now, as the zone database has it: EET, or +04."""
        return _in(at or clock.now(), zone).tzname() or zone

    def distance(self, metres: Value) -> str:
        """A distance: metres up to a kilometre, then kilometres."""
        if metres is None:
            return _DASH
        value = Decimal(str(metres))
        if value < 1000:
            return f"{format_decimal(value, '#,##0', locale=self.locale)}\u00a0{_METRE[self.locale.language]}"
        kilometres = format_decimal(value / 1000, "#,##0.#", locale=self.locale)
        return f"{kilometres}\u00a0{_KILOMETRE[self.locale.language]}"


NAMES = (
    *("time", "seconds", "moment", "minutes", "duration", "zone_name"),
    *("day", "short_day", "month"),
    *("number", "amount", "percent", "signed", "distance"),
)
"""The filters of templates: methods of `Formats`."""
_DASH = "–"
_METRE = {"en": "m", "el": "μ.", "ru": "м"}
_KILOMETRE = {"en": "km", "el": "χλμ.", "ru": "км"}


def filters(language: str) -> dict[str, Callable[..., str]]:
    """The formats of a language by the name that templates call them by."""
    forms = Formats(language)
    return {name: getattr(forms, name) for name in NAMES}


def minutes_between(first: str, second: str) -> float:
    """Minutes from one instant to another."""
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds() / 60


def product_of(quantity: str, unit_price: str) -> Decimal:
    """What so many cost."""
    return Decimal(quantity) * Decimal(unit_price)


@lru_cache(4096)
def _signed(value: str, locale: Locale) -> str:
    """Of a column of points most are alike: Babel takes long for each."""
    number = Decimal(value)
    return ("+" if number > 0 else "") + format_decimal(number, "#,##0.##", locale=locale).replace("-", "−")


def _in(at: Value, zone: str) -> datetime:
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return moment.astimezone(ZoneInfo(zone))


def _day(day: Value) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
