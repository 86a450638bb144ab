"""When a route's stops are reached, in a given order: the earliest times that working hours and windows allow."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.planning.routing.days import Day, Dropped, DroppedStop, Lunch, Schedule, Stop, TimedStop, legs


@dataclass(frozen=True, slots=True)
class _Break:
    """Where lunch is had: on arrival at the stop at `position`, or (`before_leaving`) before the way to it."""

    position: int
    before_leaving: bool


def schedule(day: Day, order: Sequence[int]) -> Schedule:
    """The earliest times of `order`, with lunch where it costs least.

    A window or the day's end that cannot be met is missed, and counted in `late_s`, for callers to check.
    The rep leaves the start no earlier than the first visit asks for.
    """
    ways = legs(day, order)
    no_lunch = _timed(day, order, ways, None)
    lunch = day.lunch
    if lunch is None or not order or no_lunch.returns_s <= lunch.latest_s or no_lunch.departs_s >= lunch.latest_s:
        return no_lunch
    breaks = list(_breaks(len(order)))
    best = _best(_timed(day, order, ways, lunch_break) for lunch_break in breaks[_due(day, lunch, no_lunch, ways)])
    return best if not best.late_s else _best(_timed(day, order, ways, lunch_break) for lunch_break in breaks)


def _best(candidates: Iterable[Schedule]) -> Schedule:
    return min(candidates, key=lambda times: (times.late_s, times.returns_s, times.lunch_s or 0))


def _breaks(stops: int) -> Iterator[_Break]:
    for position in range(stops):
        yield _Break(position, before_leaving=True)
        yield _Break(position, before_leaving=False)
    yield _Break(stops, before_leaving=True)


def _due(day: Day, lunch: Lunch, no_lunch: Schedule, ways: Sequence[int]) -> slice:
    """Which of the breaks can be the best, where one keeps the day in time.

    Of those that are reached before lunch can begin, the last: whoever waits for it there has done more. Of those that
    are reached too late, none; the first of them is kept, for there to be one.
    """
    times = [day.begins_s, day.begins_s + ways[0]]
    for stop, following in pairwise(no_lunch.stops):
        times += [stop.leaves_s, following.arrives_s]
    times.append(no_lunch.stops[-1].leaves_s)
    return slice(max(0, bisect_right(times, lunch.earliest_s) - 1), bisect_right(times, lunch.latest_s) + 1)


def _timed(day: Day, order: Sequence[int], ways: Sequence[int], lunch_break: _Break | None) -> Schedule:
    now, late_s, lunch_at = day.begins_s, 0, None
    timed: list[TimedStop] = []
    for position, stop in enumerate(order):
        if lunch_break == _Break(position, before_leaving=True):
            lunch_at, now, delay_s = _eaten(day, now)
            late_s += delay_s
        arrives = now + ways[position]
        now = arrives
        if lunch_break == _Break(position, before_leaving=False):
            lunch_at, now, delay_s = _eaten(day, now)
            late_s += delay_s
        begins, delay_s = _begun(day.stops[stop], now)
        late_s += delay_s
        now = begins + day.stops[stop].service_s
        timed.append(TimedStop(stop, ways[position], arrives, begins, now))
    if lunch_break == _Break(len(order), before_leaving=True):
        lunch_at, now, delay_s = _eaten(day, now)
        late_s += delay_s
    returns = now + ways[-1]
    departs = day.begins_s
    if timed and lunch_at != day.begins_s and (idle := timed[0].begins_s - timed[0].arrives_s):
        timed[0], departs = _left_later(timed[0], departs, idle, lunch_at, day)
    return Schedule(tuple(timed), departs, returns, lunch_at, sum(ways), late_s + max(0, returns - day.ends_s))


def _left_later(first: TimedStop, departs: int, idle: int, lunch_at: int | None, day: Day) -> tuple[TimedStop, int]:
    """The first stop and the departure, put off by what the rep would wait at the door."""
    if lunch_at is not None and day.lunch is not None and lunch_at < first.begins_s:
        return first, departs
    later = TimedStop(first.stop, first.drive_s, first.arrives_s + idle, first.begins_s, first.leaves_s)
    return later, departs + idle


def _eaten(day: Day, now: int) -> tuple[int, int, int]:
    """When lunch begins and ends if it is due now, and by how much it is late."""
    if day.lunch is None:
        raise ValueError("a day without a lunch break has none to place")
    begins = max(now, day.lunch.earliest_s)
    return begins, begins + day.lunch.duration_s, max(0, begins - day.lunch.latest_s)


def _begun(stop: Stop, arrives: int) -> tuple[int, int]:
    """When the visit begins that is arrived at, and by how much it misses the window that it misses least."""
    least: tuple[int, int] | None = None
    for window in stop.windows:
        begins = max(arrives, window.opens_s)
        delay_s = begins + stop.service_s - window.closes_s
        if delay_s <= 0:
            return begins, 0
        least = min(least or (delay_s, begins), (delay_s, begins))
    return (arrives, 0) if least is None else (least[1], least[0])


def inserted(day: Day, order: Sequence[int], stop: int) -> tuple[list[int], Schedule]:
    """`order` with one stop more, where least is late, then where the way is shortest."""
    orders = [[*order[:place], stop, *order[place:]] for place in range(len(order) + 1)]
    schedules = [(candidate, schedule(day, candidate)) for candidate in orders]
    return min(schedules, key=lambda pair: (pair[1].late_s, pair[1].driving_s, pair[1].returns_s))


def explained(day: Day, order: Sequence[int], dropped: Sequence[int]) -> tuple[DroppedStop, ...]:
    """Why each of these stops is not in `order`, and what each of them, alone, would need to be in it."""
    endless = Day(day.stops, day.drive_s, day.begins_s, 10**7, day.start, day.end, day.lunch)
    return tuple(_explained(day, endless, order, stop) for stop in dropped)


def _explained(day: Day, endless: Day, order: Sequence[int], stop: int) -> DroppedStop:
    driving_s = sum(legs(day, order))
    longer, times = inserted(endless, order, stop)
    takes = day.stops[stop].service_s + sum(legs(day, longer)) - driving_s
    if times.late_s:
        return DroppedStop(stop, Dropped.VISITING_HOURS, takes, None)
    return DroppedStop(stop, Dropped.NO_TIME_LEFT, takes, max(0, times.returns_s - day.ends_s))
