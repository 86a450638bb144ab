"""The best order of a day's stops, by PyVRP (Wouda, Lan and Kool, INFORMS Journal on Computing 36, 2024).

A search ends after a number of steps, never by a clock: the same day has the same route on every machine.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    IteratedLocalSearchParams,
    Location,
    PenaltyParams,
    ProblemData,
    Solution,
    SolveParams,
    VehicleType,
    solve,
)
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import NeighbourhoodParams
from pyvrp.stop import MaxIterations, MultipleCriteria, NoImprovement

from app.planning.routing.days import Day, Dropped, DroppedStop, Route, Schedule, Stop, TimedStop
from app.planning.routing.schedules import explained, schedule

DRIVING_COST = 10
"""A second of driving against a second until the day is done: waiting a while saves driving, but no day is spent
waiting, and nobody begins at noon."""
_SEED = 1
_PRIZES = 4
"""How much dearer a stop is to leave out than to drive to. Much more, and the search stays where windows are missed."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: steps in all, and steps since the last that was better."""

    steps: int
    without_better: int

    def times(self, factor: int) -> "Effort":
        """So many times as long."""
        return Effort(self.steps * factor, self.without_better * factor)


USUAL = Effort(450, 450)
"""What a rep's day of 30 stops needs to come within 0.5 % of what a minute's search finds (`make bench`)."""

_ACCEPTED = IteratedLocalSearchParams(history_length=200)
_NEIGHBOURS = NeighbourhoodParams(num_neighbours=12)
"""PyVRP's own are for a thousand stops and hours of searching."""
_LATE_COST = 3
"""What a second of lateness costs at the most in a search, in seconds of driving. Dearer, and no search goes through a
late route to a better one (of 155 days of 30 stops seven were more than 0.5 % off, with this two). Cheaper, and it is
late where windows are tight; then it takes a search without that bound."""


def best_route(day: Day, effort: Effort = USUAL, *, driving_cost: int = DRIVING_COST, waiting_cost: int = 1) -> Route:
    """The route of a day with the least driving, and little waiting; no window is missed, nor the day's end.

    Stops that do not all fit are dropped, as few as can be, those of a higher priority last; each is explained. Takes
    some tenths of a second of processor time: have it called by `app.ground.workers.pool`.
    """
    costs = _Costs(driving_cost, waiting_cost)
    usable = [stop for stop, visit in enumerate(day.stops) if _windows(visit, day)]
    closed = [stop for stop in range(len(day.stops)) if stop not in set(usable)]
    order = _with_all(day, usable, effort, costs)
    if order is None:
        order = _with_most(day, usable, effort, costs)
    left_out = sorted(set(usable) - set(order))
    dropped = [*explained(day, order, left_out), *(_never(day, stop) for stop in closed)]
    return Route(tuple(order), schedule(day, order), tuple(sorted(dropped, key=lambda drop: drop.stop)))


@dataclass(frozen=True, slots=True)
class _Costs:
    driving: int
    waiting: int

    def of(self, times: Schedule) -> int:
        """What a route costs."""
        return self.driving * times.driving_s + self.waiting * times.returns_s


def _never(day: Day, stop: int) -> DroppedStop:
    return DroppedStop(stop, Dropped.VISITING_HOURS, day.stops[stop].service_s, None)


def _windows(stop: Stop, day: Day) -> list[tuple[int, int]]:
    """The spans in which a visit can begin, within working hours."""
    spans = [
        (max(window.opens_s, day.begins_s), min(window.closes_s, day.ends_s) - stop.service_s)
        for window in stop.windows
    ]
    return [(earliest, latest) for earliest, latest in spans if earliest <= latest]


def _with_all(day: Day, stops: Sequence[int], effort: Effort, costs: _Costs) -> list[int] | None:
    """An order with all stops; None where none was found.

    Searched for twice. First without lunch, whose place costs many steps to find from anywhere; then, from there, with
    it. On days without lunch, as with tight windows, the first search is the one that does not go through lateness.
    """
    if not stops:
        return []
    if sum(day.stops[stop].service_s for stop in stops) > day.ends_s - day.begins_s:
        return None
    lunch = day.lunch is not None
    shorter = day if day.lunch is None else replace(day, ends_s=day.ends_s - day.lunch.duration_s)
    first = _Model(shorter, stops, costs, late_cost=_LATE_COST if lunch else None).solved(effort)
    times = schedule(day, first) if first is not None else None
    lunch = lunch and (times is None or times.lunch_s is not None or times.late_s > 0)
    second = _Model(day, stops, costs, lunch=lunch, late_cost=_LATE_COST).solved(effort, beginning_with=times)
    best = _best_of(day, (first, second), costs)
    if best is None and lunch:
        # a day with lunch has its full time before noon, a shortened day does not
        best = _best_of(day, (_Model(day, stops, costs, lunch=True).solved(effort),), costs)
    return best


def _best_of(day: Day, orders: Iterable[list[int] | None], costs: _Costs) -> list[int] | None:
    routes = [order for order in orders if order is not None and not schedule(day, order).late_s]
    return min(routes, key=lambda order: costs.of(schedule(day, order)), default=None)


def _with_most(day: Day, stops: Sequence[int], effort: Effort, costs: _Costs) -> list[int]:
    """An order with as many stops as fit. Leaving one out needlessly is worse than a long way: four times the steps."""
    model = _Model(day, stops, costs, optional=True, lunch=day.lunch is not None)
    order = model.solved(effort.times(4)) or []
    return _mended(day, order)


def _mended(day: Day, order: list[int]) -> list[int]:
    """`order` without the stops that make it late, the least important first: the search may end before it is sound."""
    while order and schedule(day, order).late_s:
        order = min(
            ([*order[:place], *order[place + 1 :]] for place in range(len(order))),
            key=lambda rest: (schedule(day, rest).late_s, -sum(day.stops[stop].priority for stop in rest)),
        )
    return order


class _Model:
    """A day as PyVRP knows it: one vehicle, a client for each stop and window, groups for what excludes each other."""

    def __init__(
        self,
        day: Day,
        stops: Sequence[int],
        costs: _Costs,
        *,
        optional: bool = False,
        lunch: bool = False,
        late_cost: int | None = None,
    ) -> None:
        self.day = day
        self.stops_of_clients: list[int | None] = []
        self._clients: list[Client] = []
        self._groups: list[ClientGroup] = []
        prize = _PRIZES * self._dearest_way(costs)
        for stop in stops:
            visit = day.stops[stop]
            windows = _windows(visit, day)
            if optional:
                self._add(stop, windows, required=False, prize=prize * (1 + 2 * visit.priority))
            else:
                self._add(stop, windows, required=True, prize=0)
        if lunch and day.lunch is not None:
            self._add_lunch(stops, day.lunch.duration_s, day.lunch.earliest_s, day.lunch.latest_s)
        self._costs = costs
        self._needed = 0 if optional else len(stops)
        lateness = PenaltyParams() if late_cost is None else PenaltyParams(max_penalty=late_cost * costs.driving)
        self._params = SolveParams(ils=_ACCEPTED, penalty=lateness, neighbourhood=_NEIGHBOURS)

    def _dearest_way(self, costs: _Costs) -> int:
        longest = int(self.day.drive_s.max(initial=0))
        return 2 * costs.driving * longest + costs.waiting * (self.day.ends_s - self.day.begins_s)

    def _add(self, stop: int, windows: Sequence[tuple[int, int]], *, required: bool, prize: int) -> None:
        visit = self.day.stops[stop]
        group = None
        if len(windows) > 1:
            group = len(self._groups)
            self._groups.append(ClientGroup(required=required))
        for earliest, latest in windows:
            if group is not None:
                self._groups[group].add_client(len(self._clients))
            self._clients.append(
                Client(
                    visit.place,
                    service_duration=visit.service_s,
                    tw_early=earliest,
                    tw_late=latest,
                    prize=prize,
                    required=required and group is None,
                    group=group,
                )
            )
            self.stops_of_clients.append(stop)

    def _add_lunch(self, stops: Iterable[int], duration_s: int, earliest_s: int, latest_s: int) -> None:
        """Lunch at the place of any stop: before the visit or after it, as the search will have it."""
        group = ClientGroup(required=True)
        places = {self.day.stops[stop].place for stop in stops} | ({self.day.start} - {None})
        for place in sorted(place for place in places if place is not None):
            group.add_client(len(self._clients))
            self._clients.append(
                Client(
                    place,
                    service_duration=duration_s,
                    tw_early=earliest_s,
                    tw_late=latest_s,
                    required=False,
                    group=len(self._groups),
                )
            )
            self.stops_of_clients.append(None)
        self._groups.append(group)

    def solved(self, effort: Effort, *, beginning_with: Schedule | None = None) -> list[int] | None:
        """The stops in the order that was found; None where no sound one was."""
        data = self._data()
        initial = self._solution(data, beginning_with) if beginning_with is not None else None
        stop = MultipleCriteria([MaxIterations(effort.steps), NoImprovement(effort.without_better)])
        with warnings.catch_warnings():
            # that a day is too short is told by what is dropped
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            best = solve(
                data, stop, seed=_SEED, collect_stats=False, params=self._params, initial_solution=initial
            ).best
        order = self._order(best)
        # a group that is required and was left out does not make a route unsound for PyVRP
        return order if best.is_feasible() and len(order) >= self._needed else None

    def _solution(self, data: ProblemData, times: Schedule) -> Solution | None:
        """A timed route as PyVRP knows it; None where it has no lunch and is to have one."""
        visits = [self._client_of(timed) for timed in times.stops]
        if None not in self.stops_of_clients:
            return Solution(data, [visits])
        if times.lunch_s is None:
            return None
        before = [timed for timed in times.stops if timed.begins_s < times.lunch_s]
        visits.insert(len(before), self._lunch_at(before[-1] if before else times.stops[0]))
        return Solution(data, [visits])

    def _client_of(self, timed: TimedStop) -> int:
        """The client of a stop whose window the visit lies in, or misses least."""
        clients = [client for client, stop in enumerate(self.stops_of_clients) if stop == timed.stop]
        return min(clients, key=lambda client: abs(timed.begins_s - self._within(client, timed.begins_s)))

    def _within(self, client: int, at: int) -> int:
        return min(max(at, self._clients[client].tw_early), self._clients[client].tw_late)

    def _lunch_at(self, timed: TimedStop) -> int:
        """Lunch at a stop's place."""
        place = self.day.stops[timed.stop].place
        breaks = (client for client, stop in enumerate(self.stops_of_clients) if stop is None)
        return next(client for client in breaks if self._clients[client].location == place)

    def _order(self, best: Solution) -> list[int]:
        visited = (
            self.stops_of_clients[activity.idx]
            for route in best.routes()
            for activity in route.schedule()
            if activity.is_client()
        )
        return [stop for stop in visited if stop is not None]

    def _data(self) -> ProblemData:
        """The whole model. An open end is a place that is no way from anywhere."""
        day, places = self.day, len(self.day.drive_s)
        drive_s = np.zeros((places + 1, places + 1), np.int64)
        drive_s[:places, :places] = day.drive_s
        ends = [places if place is None else place for place in (day.start, day.end)]
        vehicle = VehicleType(
            1,
            start_depot=0,
            end_depot=1,
            tw_early=day.begins_s,
            tw_late=day.ends_s,
            start_late=day.begins_s,
            unit_distance_cost=self._costs.driving,
            unit_duration_cost=self._costs.waiting,
        )
        matrices: list[Any] = [drive_s]  # PyVRP's annotation of them is of no array that there is
        return ProblemData(
            [Location(0, 0) for _ in range(places + 1)],
            self._clients,
            [Depot(place, day.begins_s, day.ends_s) for place in ends],
            [vehicle],
            matrices,
            matrices,
            self._groups,
        )
