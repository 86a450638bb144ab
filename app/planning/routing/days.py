"""A day that is to be driven, and the route that comes of it: plain values. Times are seconds since local midnight."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]

MIDNIGHT = 24 * 3600


@dataclass(frozen=True, slots=True)
class Window:
    """A span in which a visit has to begin and to end."""

    opens_s: int
    closes_s: int


ALL_DAY = (Window(0, MIDNIGHT),)


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit to be made at a place of the day: how long it takes, and when it is welcome.

    Of stops that do not all fit, one of a higher `priority` is kept.
    """

    place: int
    service_s: int
    windows: tuple[Window, ...] = ALL_DAY
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break that begins within a span, where the rep is then: before a visit or after one."""

    duration_s: int
    earliest_s: int
    latest_s: int


@dataclass(frozen=True, slots=True)
class Day:
    """What one rep has to do within working hours.

    `drive_s` has the seconds from each place (row) to each other (column). Without a `start` the day begins at its
    first stop, without an `end` it ends at its last one.
    """

    stops: tuple[Stop, ...]
    drive_s: Seconds
    begins_s: int
    ends_s: int
    start: int | None = None
    end: int | None = None
    lunch: Lunch | None = None


@dataclass(frozen=True, slots=True)
class TimedStop:
    """A stop of a route: when the rep arrives, when the visit begins (waiting and lunch lie between) and ends.

    `drive_s` is the way to it from the stop before, or from the start.
    """

    stop: int
    drive_s: int
    arrives_s: int
    begins_s: int
    leaves_s: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of a route: none that could be earlier. `lunch_s` is when the break begins, None where none is due.

    `late_s` is by how much the day's end, or a window, is missed in all: 0 for a route that can be driven.
    """

    stops: tuple[TimedStop, ...]
    departs_s: int
    returns_s: int
    lunch_s: int | None
    driving_s: int
    late_s: int


class Dropped(StrEnum):
    """Why a stop is in no route."""

    NO_TIME_LEFT = "no_time_left"
    VISITING_HOURS = "visiting_hours"


@dataclass(frozen=True, slots=True)
class DroppedStop:
    """A stop that does not fit: why, what it takes at its cheapest place in the route, and how much time is missing.

    `missing_s` is by how much the day would have to be longer; None where no longer day would help.
    """

    stop: int
    reason: Dropped
    takes_s: int
    missing_s: int | None


@dataclass(frozen=True, slots=True)
class Route:
    """The order in which a day's stops are made, its times, and the stops that do not fit."""

    order: tuple[int, ...]
    schedule: Schedule
    dropped: tuple[DroppedStop, ...] = ()


def legs(day: Day, order: Sequence[int]) -> list[int]:
    """The seconds of driving to each stop of an order, and from the last one to the end."""
    places = [day.start, *(day.stops[stop].place for stop in order), day.end]
    if not order:
        places = [day.start, day.end]
    return [
        0 if origin is None or destination is None else int(day.drive_s[origin, destination])
        for origin, destination in pairwise(places)
    ]
