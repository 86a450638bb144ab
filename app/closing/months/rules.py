"""When a month can be closed (P6), and when it is to be closed by itself. Decisions on plain values."""

from datetime import date, datetime, time

from app.ground.web.months import month_after, month_before
from app.masters.territories.calendar import TerritoryFacts, business_date, zone_on
from app.masters.territories.local_time import instant_of


def over_at(territory: TerritoryFacts, month: date) -> datetime:
    """The instant at which a month, by its first day, is over in a territory: the next one's first midnight."""
    next_month = month_after(month)
    return instant_of(next_month, time(0), zone_on(territory, next_month))


def due_month(territory: TerritoryFacts, closing_day: int, last_closed: date | None, at: datetime) -> date | None:
    """The month that is to be closed by itself now: the last one that is over, from its closing day on, and unless it
    is closed. One after the other where several are: the one after `last_closed`.
    """
    today = business_date(territory, at)
    newest = month_before(today)
    if today.day < closing_day:
        newest = month_before(newest)
    if last_closed is None:
        return newest
    due = month_after(last_closed)
    return due if due <= newest else None
