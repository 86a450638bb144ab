"""Which visit is made on which day of a rep's week: days that are compact, and of about the same load (M2).

A periodic routing problem. Days are told apart by ruin and recreate (Schrimpf et al., Journal of Computational Physics
159, 2000; neighbours are taken out as by Christiaens and Vanden Berghe, Transportation Science 54, 2020) under
simulated annealing: outlets that lie together lose their days, and each gets the cheapest of its patterns back. The
search ends after a number of steps and draws by a given seed: the same week is spread in the same way everywhere.
Visiting hours within a day are not looked at: the order of a day is searched for later.

Why by ruin and recreate: decision 29.
"""

from dataclasses import dataclass
from math import log
from random import Random

import numpy as np

from app.planning.routing.days import Seconds

Pattern = tuple[int, ...]
"""The numbers of the days on which an outlet is visited."""

TOLERANCE = 0.06
"""By how much of the mean a day's load may be off before it costs. Less than half of what may be in the end: the order
of a day, with visiting hours, is searched for afterwards, and drives more on one day than on another."""
_UNEVEN_COST = 3
"""A second beyond the tolerance against one of driving."""
_OVERFULL_COST = 20
"""A second beyond working hours against one of driving."""
_LATER_COST = 1_800
"""What each day is worth, in seconds of driving, by which a visit that was missed is made up for earlier."""
_NEIGHBOURS = 24
_MOST_AT_ONCE = 12
_LEAST_STEPS, _MOST_STEPS = 2_000, 20_000
_STEPS_A_VISIT = 40
_WARM, _COLD = 0.5, 0.01
"""The temperature at the beginning and at the end, in ways from a stop to the next."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The patterns of one outlet, one of which is to be chosen; `first` where it was missed before."""

    place: int
    service_s: int
    patterns: tuple[Pattern, ...]
    first: bool = False


@dataclass(frozen=True, slots=True)
class WeekProblem:
    """What is to be spread over `days` days of `room_s` seconds each; places are indices of `drive_s`.

    `start` and `end` None: a day begins at its first stop, and ends at its last one.
    """

    wishes: tuple[Wish, ...]
    drive_s: Seconds
    days: int
    room_s: int
    start: int | None
    end: int | None
    seed: str


def spread(problem: WeekProblem) -> list[list[int]]:
    """For each day the numbers of the wishes that are visited on it, in a sensible order. Every wish gets a pattern."""
    return _Search(problem).best()


@dataclass(slots=True)
class _Spread:
    """A way to spread them: routes with their start and end, the ways within them, and loads; the pattern of each."""

    routes: list[list[int]]
    ways: list[list[int]]
    loads: list[int]
    chosen: list[Pattern | None]

    def copy(self) -> "_Spread":
        """The same, to be changed."""
        return _Spread(
            [route.copy() for route in self.routes],
            [way.copy() for way in self.ways],
            self.loads.copy(),
            self.chosen[:],
        )


class _Search:
    def __init__(self, problem: WeekProblem) -> None:
        self.problem = problem
        self.count = len(problem.wishes)
        matrix = self._matrix()
        self.to: list[list[int]] = matrix.tolist()
        self.back: list[list[int]] = matrix.T.tolist()
        round_trips = (matrix + matrix.T)[: self.count, : self.count]
        self.near: list[list[int]] = np.argsort(round_trips, axis=1, kind="stable")[:, :_NEIGHBOURS].tolist()
        self.service = [wish.service_s for wish in problem.wishes]
        self.work = sum(wish.service_s * len(wish.patterns[0]) for wish in problem.wishes)
        self.rng = Random(problem.seed)
        self.mean = self.work / problem.days

    def _matrix(self) -> Seconds:
        """The ways between wishes, then the start and the end: nowhere is no way from anywhere."""
        problem, count = self.problem, self.count
        places = [wish.place for wish in problem.wishes]
        matrix = np.zeros((count + 2, count + 2), np.int64)
        matrix[:count, :count] = problem.drive_s[np.ix_(places, places)]
        if problem.start is not None:
            matrix[count, :count] = problem.drive_s[problem.start, places]
        if problem.end is not None:
            matrix[:count, count + 1] = problem.drive_s[places, problem.end]
        if problem.start is not None and problem.end is not None:
            matrix[count, count + 1] = problem.drive_s[problem.start, problem.end]
        return matrix

    def best(self) -> list[list[int]]:
        start, end = self.count, self.count + 1
        days = range(self.problem.days)
        empty = self.to[start][end]
        current = _Spread(
            [[start, end] for _ in days], [[empty] for _ in days], [empty for _ in days], [None] * self.count
        )
        hardest = sorted(range(self.count), key=lambda wish: (len(self.problem.wishes[wish].patterns), wish))
        for wish in hardest:
            self._put(current, wish)
        best = self._improved(current) if self.count > 1 and self.problem.days > 1 else current
        return [route[1:-1] for route in best.routes]

    def _improved(self, current: _Spread) -> _Spread:
        visits = sum(len(wish.patterns[0]) for wish in self.problem.wishes)
        steps = min(_LEAST_STEPS + _STEPS_A_VISIT * visits, _MOST_STEPS)
        self._aim(current)
        cost = self._cost(current)
        best, least = current, cost
        a_way = max(1.0, sum(map(sum, current.ways)) / visits)
        cooling = (_COLD / _WARM) ** (1 / steps)
        heat = a_way * _WARM
        for _ in range(steps):
            candidate = current.copy()
            for wish in self._ruined(candidate):
                self._put(candidate, wish)
            candidate_cost = self._cost(candidate)
            if candidate_cost < cost - heat * log(1.0 - self.rng.random()):
                current, cost = candidate, candidate_cost
                if cost < least:
                    best, least = current, cost
                    self._aim(best)
                    cost = least = self._cost(best)
            heat *= cooling
        return best

    def _aim(self, state: _Spread) -> None:
        """Take the mean load of a spread for what every day should have."""
        self.mean = sum(state.loads) / self.problem.days

    def _cost(self, state: _Spread) -> float:
        later = sum(
            _LATER_COST * pattern[0]
            for wish, pattern in zip(self.problem.wishes, state.chosen, strict=True)
            if wish.first and pattern
        )
        return sum(map(sum, state.ways)) + sum(map(self._penalty, state.loads)) + later

    def _penalty(self, load: float) -> float:
        uneven = abs(load - self.mean) - TOLERANCE * self.mean
        overfull = load - self.problem.room_s
        return _UNEVEN_COST * max(0.0, uneven) + _OVERFULL_COST * max(0.0, overfull)

    def _ruined(self, candidate: _Spread) -> list[int]:
        """Take some outlets that lie together out of all of their days; which, in the order of putting them back."""
        rng = self.rng
        seed = rng.randrange(self.count)
        most = rng.randint(1, _MOST_AT_ONCE)
        removed = [wish for wish in self.near[seed] if rng.random() > 0.2][:most] or [seed]
        for wish in removed:
            self._take(candidate, wish)
        if rng.random() < 0.5:
            rng.shuffle(removed)
        else:
            removed.sort(key=lambda wish: len(self.problem.wishes[wish].patterns))
        return removed

    def _take(self, state: _Spread, wish: int) -> None:
        for day in state.chosen[wish] or ():
            route, ways = state.routes[day], state.ways[day]
            place = route.index(wish)
            before, after = route[place - 1], route[place + 1]
            joined = self.to[before][after]
            state.loads[day] += joined - ways[place - 1] - ways[place] - self.service[wish]
            del route[place]
            ways[place - 1 : place + 1] = [joined]
        state.chosen[wish] = None

    def _put(self, state: _Spread, wish: int) -> None:
        """Give an outlet the pattern that is cheapest now."""
        to, back, service = self.to[wish], self.back[wish], self.service[wish]
        added: list[int] = []
        places: list[int] = []
        costs: list[float] = []
        for route, ways, load in zip(state.routes, state.ways, state.loads, strict=True):
            longer = [back[a] + to[b] - way for a, b, way in zip(route, route[1:], ways, strict=False)]
            least = min(longer)
            added.append(least)
            places.append(longer.index(least))
            costs.append(least + self._penalty(load + least + service) - self._penalty(load))
        outlet = self.problem.wishes[wish]
        later = _LATER_COST if outlet.first else 0
        pattern = min(outlet.patterns, key=lambda days: sum(costs[day] for day in days) + later * days[0])
        for day in pattern:
            place = places[day]
            route, ways = state.routes[day], state.ways[day]
            ways[place : place + 1] = [back[route[place]], to[route[place + 1]]]
            route.insert(place + 1, wish)
            state.loads[day] += added[day] + service
        state.chosen[wish] = pattern
