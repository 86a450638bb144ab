"""Routes measured: the public instances of Dumas et al. (Operations Research 43, 1995), and made-up days of 30 stops.

An instance file has n, then the n × n travel times, then for each place when it opens and closes; the first is the
depot. `python -m benchmarks.tsptw FOLDER` solves every file of a folder.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from app.routing.days import ALL_DAY, Day, Lunch, Route, Stop, Window
from app.routing.solver import DRIVING_COST, USUAL, Effort, best_route

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


def timed(day: Day, effort: Effort) -> tuple[Route, float]:
    """A day's route, and the seconds that it took."""
    started = time.perf_counter()
    route = best_route(day, effort)
    return route, time.perf_counter() - started


def lines_of_instances(paths: Sequence[Path]) -> list[str]:
    """For each instance: what was found, what is known, in how many seconds."""
    lines = []
    for path in paths:
        day, started = day_of_instance(path), time.perf_counter()
        found = solved(day)
        seconds = time.perf_counter() - started
        lines.append(f"{path.stem}: {found} (best known {BEST_KNOWN.get(path.stem, '?')}), {seconds:.2f} s")
    return lines


def lines_of_days(long_seconds: float = 60.0) -> list[str]:
    """For each made-up day: by how much the usual search is off the long one's best, and its seconds."""
    lines = []
    for seed in DAYS:
        day = made_up_day(seed)
        route, seconds = timed(day, USUAL)
        steps = int(USUAL.steps * long_seconds / seconds)
        best, long = timed(day, Effort(steps, steps))
        off = 100 * (cost(route) / cost(best) - 1)
        lines.append(f"day {seed}: {off:+.2f} % in {seconds:.2f} s, against {long:.0f} s; dropped {len(route.dropped)}")
    return lines


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else INSTANCES
    for line in [*lines_of_instances(sorted(folder.glob("*.txt"))), *([] if len(sys.argv) > 1 else lines_of_days())]:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
