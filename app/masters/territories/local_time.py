"""Local wall times and local days of a territory, by the zone database (T3, T4)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant_of(business_date: date, wall_time: time, zone: str | ZoneInfo) -> datetime:
    """The first instant (UTC) at which clocks in `zone` show `wall_time` on `business_date`, or later (T4).

    A wall time that falls into a gap gives the instant at which the gap ends; one that comes twice, its first coming.
    `wall_time` carries no zone of its own (ValueError). Raises ZoneInfoNotFoundError for an unknown zone.
    """
    if wall_time.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    territory_zone = _zone(zone)
    wall = datetime.combine(business_date, wall_time.replace(fold=0))
    instant = wall.replace(tzinfo=territory_zone).astimezone(UTC)
    if _wall_clock(instant, territory_zone) == wall:
        return instant
    return _end_of_gap(wall, territory_zone)


def business_date_of(instant: datetime, zone: str | ZoneInfo) -> date:
    """The local date of an instant in `zone` (T3). Raises ValueError for a datetime without an offset."""
    if instant.tzinfo is None:
        raise ValueError("an instant carries an offset")
    return instant.astimezone(_zone(zone)).date()


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks jump over `wall`, which they never show: found to the second by bisection.

    With the offset after the jump `wall` lies before it, with the offset before the jump after it (PEP 495).
    """
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC).replace(microsecond=0)
    seconds = int((after - before).total_seconds())
    while seconds > 1:
        middle = before + timedelta(seconds=seconds // 2)
        if _wall_clock(middle, zone) < wall:
            before = middle
            seconds -= seconds // 2
        else:
            seconds //= 2
    return before + timedelta(seconds=seconds)


def _wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on a wall in `zone` shows at `instant`."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
