"""Days to be driven, for tests: plain values."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.planning.routing.days import ALL_DAY, Day, Stop, Window

HOUR, MINUTE = 3600, 60


def at(hour: int, minute: int = 0) -> int:
    """Seconds since midnight."""
    return hour * HOUR + minute * MINUTE


def between(opens: int, closes: int) -> tuple[Window, ...]:
    """One window, by full hours."""
    return (Window(opens * HOUR, closes * HOUR),)


def make_day(positions: Sequence[int], *, minutes: int = 10, home: int | None = 0, **fields: Any) -> Day:
    """A day from 8 to 17 whose stops lie along a road, at minutes of driving from its beginning; home at `home`.

    Each visit takes `minutes` and is welcome all day. `windows` and `priorities` are by stop.
    """
    places = np.array([*positions, *([] if home is None else [home])])
    drive_s = np.abs(places[:, None] - places[None, :]) * MINUTE
    windows = fields.pop("windows", {})
    priorities = fields.pop("priorities", {})
    stops = tuple(
        Stop(place, minutes * MINUTE, windows.get(place, ALL_DAY), priorities.get(place, 0))
        for place in range(len(positions))
    )
    end = None if home is None else len(positions)
    return replace(Day(stops, drive_s, at(8), at(17), end, end), **fields)
