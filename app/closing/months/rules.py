"""When a month can be closed (P6), and when it is to be closed by itself. Decisions on plain values."""

from datetime import date, datetime, time, timedelta

from app.masters.territories.calendar import TerritoryFacts, business_date, zone_on
from app.masters.territories.local_time import instant_of


def over_at(territory: TerritoryFacts, month: date) -> datetime:
    """The instant at which a month, by its first day, is over in a territory: the next one's first midnight."""
    next_month = (month + timedelta(days=32)).replace(day=1)
    return instant_of(next_month, time(0), zone_on(territory, next_month))


def due_month(territory: TerritoryFacts, closing_day: int, last_closed: date | None, at: datetime) -> date | None:
    """The month that is to be closed by itself now: the last one that is over, from its closing day on, and unless it
    is closed. One after the other where several are: the one after `last_closed`.
    """
    today = business_date(territory, at)
    this_month = today.replace(day=1)
    newest = (this_month - timedelta(days=1)).replace(day=1)
    if today.day < closing_day:
        newest = (newest - timedelta(days=1)).replace(day=1)
    if last_closed is None:
        return newest
    due = (last_closed + timedelta(days=32)).replace(day=1)
    return due if due <= newest else None
