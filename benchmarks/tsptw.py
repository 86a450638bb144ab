"""Routes measured: the public instances of Dumas et al. (Operations Research 43, 1995), and made-up days of 30 stops.

An instance file has n, then the n × n travel times, then for each place when it opens and closes; the first is the
depot. `python -m benchmarks.tsptw FOLDER` solves every file of a folder.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from app.planning.routing.days import ALL_DAY, Day, Lunch, Route, Stop, Window
from app.planning.routing.solver import DRIVING_COST, USUAL, Effort, best_route

INSTANCES = Path(__file__).parent.parent / "tests" / "data" / "tsptw_dumas"
BEST_KNOWN = {"n20w20.001": 378, "n20w20.002": 286, "n20w20.003": 394, "n40w40.001": 465, "n40w40.002": 461}
DAYS = range(10)
STOPS = 30
HOUR, MINUTE = 3600, 60


def day_of_instance(path: Path) -> Day:
    """An instance as a day: no service times, so that a window is for arriving."""
    rows = [[float(number) for number in line.split()] for line in path.read_text().splitlines() if line.strip()]
    size = int(rows[0][0])
    drive_s = np.array(rows[1 : size + 1], dtype=np.int64)
    (opens, closes), *windows = [(int(row[0]), int(row[1])) for row in rows[size + 1 : 2 * size + 1]]
    stops = tuple(Stop(place, 0, (Window(*window),)) for place, window in enumerate(windows, 1))
    return Day(stops, drive_s, opens, closes, 0, 0)


def solved(day: Day) -> int | None:
    """The travel time of the best route, which is all that the benchmark counts; None where a stop is left out."""
    route = best_route(day, driving_cost=1, waiting_cost=0)
    return None if route.dropped else route.schedule.driving_s


def made_up_day(seed: int) -> Day:
    """Thirty stops around a town: four tenths with visiting hours, some with two spans; lunch; ten hours."""
    rng = Random(seed)
    places = np.array([(rng.gauss(0, 4_000), rng.gauss(0, 4_000)) for _ in range(STOPS + 1)])
    metres = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    stops = tuple(Stop(place, 7 * MINUTE, _hours(rng)) for place in range(STOPS))
    lunch = Lunch(30 * MINUTE, 12 * HOUR, 14 * HOUR)
    drive_s = np.rint(metres * 1.35 / 6.1).astype(np.int64)
    return Day(stops, drive_s, 8 * HOUR, 18 * HOUR, STOPS, STOPS, lunch)


def _hours(rng: Random) -> tuple[Window, ...]:
    kind = rng.random()
    if kind < 0.2:
        return (Window(8 * HOUR, int(rng.uniform(12, 14) * HOUR)),)
    if kind < 0.3:
        return (Window(int(rng.uniform(9, 12) * HOUR), 20 * HOUR),)
    if kind < 0.4:
        return (Window(8 * HOUR, 13 * HOUR), Window(16 * HOUR, 20 * HOUR))
    return ALL_DAY


def cost(route: Route) -> int:
    """What a route is compared by."""
    times = route.schedule
    return DRIVING_COST * times.driving_s + times.returns_s


@dataclass(frozen=True, slots=True)
class Instance:
    """What was found for an instance (None: a stop is left out), what is known, and how long it took."""

    name: str
    found: int | None
    best_known: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class MadeUpDay:
    """A made-up day: what its route costs and took to find, and what the long search's costs."""

    number: int
    cost: int
    seconds: float
    best_cost: int
    dropped: int

    @property
    def off(self) -> float:
        """What it costs against the long search's."""
        return self.cost / self.best_cost


def timed(day: Day, effort: Effort) -> tuple[Route, float]:
    """A day's route, and the seconds that it took."""
    started = time.perf_counter()
    route = best_route(day, effort)
    return route, time.perf_counter() - started


def measured_instances(paths: Sequence[Path]) -> list[Instance]:
    """Each instance, solved."""
    found = []
    for path in paths:
        day, started = day_of_instance(path), time.perf_counter()
        value = solved(day)
        found.append(Instance(path.stem, value, BEST_KNOWN.get(path.stem), time.perf_counter() - started))
    return found


def measured_days(long_seconds: float) -> list[MadeUpDay]:
    """Each made-up day by the usual search, and by one of about so many seconds."""
    found = []
    for seed in DAYS:
        day = made_up_day(seed)
        route, seconds = timed(day, USUAL)
        steps = int(USUAL.steps * long_seconds / seconds)
        best, _ = timed(day, Effort(steps, steps))
        found.append(MadeUpDay(seed, cost(route), seconds, min(cost(best), cost(route)), len(route.dropped)))
    return found


def main() -> None:
    """Print the instances of a folder; without one those of the tests, and the days against a minute's search."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else INSTANCES
    for one in measured_instances(sorted(folder.glob("*.txt"))):
        known = "?" if one.best_known is None else one.best_known
        sys.stdout.write(f"{one.name}: {one.found} (best known {known}), {one.seconds:.2f} s\n")
    for day in measured_days(60.0) if len(sys.argv) == 1 else []:
        off = 100 * (day.off - 1)
        sys.stdout.write(f"day {day.number}: {off:+.2f} % in {day.seconds:.2f} s; dropped {day.dropped}\n")


if __name__ == "__main__":
    main()
