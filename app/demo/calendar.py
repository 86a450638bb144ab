"""The days of the demo: Monday to Friday, without holidays."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Athens")
_FRIDAY = 5


def demo_date(now: datetime) -> date:
    """The last working day in Patras that is over at `now`."""
    return working_day_before(now.astimezone(ZONE).date())


def local_time(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the day in Patras."""
    return datetime.combine(day, time(hour, minute), ZONE)


def working_day_before(day: date) -> date:
    """The last working day before `day`."""
    before = day - timedelta(days=1)
    return before if _is_working_day(before) else working_day_before(before)


def working_day_after(day: date) -> date:
    """The first working day after `day`: when what is ordered is delivered."""
    after = day + timedelta(days=1)
    return after if _is_working_day(after) else working_day_after(after)


def working_days(first: date, end: date) -> Iterator[date]:
    """The working days from `first` to the day before `end`."""
    for number in range((end - first).days):
        if _is_working_day(day := first + timedelta(days=number)):
            yield day


def month_before(day: date) -> date:
    """The first day of the month before that of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def last_whole_week_before(month: date) -> date:
    """The Monday of the last week whose working days all lie before `month`, which is given by its first day.

    What is ordered in that week up to Thursday is delivered in it: the month before has orders and deliveries.
    """
    day = month - timedelta(days=1)
    while day.isoweekday() != _FRIDAY:
        day -= timedelta(days=1)
    return day - timedelta(days=4)


def _is_working_day(day: date) -> bool:
    return day.isoweekday() <= _FRIDAY
