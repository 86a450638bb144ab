"""When a month can be closed (P6), and when it is to be closed by itself. Decisions on plain values."""

from datetime import date, datetime, time, timedelta, timezone

from app.ground.web.months import month_after, month_before
from app.masters.territories.calendar import TerritoryFacts, business_date, zone_on
from app.masters.territories.local_time import instant_of

_FIRST_ZONE = timezone(timedelta(hours=14))


def membership_at(month: date) -> datetime:
    """The instant at which it shows whose month it is, by its first day: when the next one begins first on earth.

    The same for all territories (decision 76): a rep who moves from zone to zone around midnight is in one of them.
    """
    return datetime.combine(month_after(month), time(0), _FIRST_ZONE)


def over_at(territory: TerritoryFacts, month: date) -> datetime:
    """The instant at which a month, by its first day, is over in a territory: the next one's first midnight."""
    next_month = month_after(month)
    return instant_of(next_month, time(0), zone_on(territory, next_month))


def due_month(territory: TerritoryFacts, closing_day: int, next_month: date | None, at: datetime) -> date | None:
    """The month that is to be closed by itself now: `next_month`, once it is over and its closing day has come. Where
    none was closed before (None), the last one that is over.
    """
    today = business_date(territory, at)
    newest = month_before(today)
    if today.day < closing_day:
        newest = month_before(newest)
    if next_month is None:
        return newest
    return next_month if next_month <= newest else None
