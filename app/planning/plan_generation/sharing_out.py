"""Which rep gets which of a territory's outlets. A pure function for a worker process (M2)."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.masters.outlets.geodesy import Floats
from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.calendar import RepFacts
from app.planning.plan_generation.demands import frequency_of
from app.planning.plan_generation.portfolios import NOBODY, dealt, metres_to_the_next
from app.planning.plan_generation.territory_parts import on_a_plane
from app.planning.routing.travel_times import DETOUR, SPEED_KMH
from app.planning.week_plans.timetables import service_s
from app.planning.workdays.rules import Workday


def given_to(
    outlets: Sequence[PlanOutlet],
    owners: Mapping[int, int | None],
    reps: Sequence[RepFacts],
    workdays: Mapping[int, Workday],
) -> dict[int, int]:
    """The rep of each outlet. Pure, and of some seconds for a company's largest territory.

    An outlet without a location goes to the rep with the least work.
    """
    located = [outlet for outlet in outlets if outlet.lat is not None and outlet.lon is not None]
    starts = [workdays[rep.id].start for rep in reps]
    homes = [(start.lat, start.lon) for start in starts if start is not None]
    positions = [(outlet.lat or 0.0, outlet.lon or 0.0) for outlet in located]
    plane = on_a_plane([lat for lat, _ in positions + homes], [lon for _, lon in positions + homes])
    points, home_rows = plane[: len(positions)], iter(plane[len(positions) :])
    home_points = [
        None if start is None else (float((point := next(home_rows))[0]), float(point[1])) for start in starts
    ]
    weights = _work(located, points, workdays[reps[0].id])
    numbers = {rep.id: number for number, rep in enumerate(reps)}
    owner_numbers = [numbers.get(owners.get(outlet.id) or 0, NOBODY) for outlet in located]
    labels = dealt(points, weights, owner_numbers, home_points) if located else np.zeros(0, np.int64)
    loads = np.bincount(labels, weights, len(reps))
    rep_ids = {outlet.id: reps[int(label)].id for outlet, label in zip(located, labels, strict=True)}
    for outlet in outlets:
        if outlet.id not in rep_ids:
            rep = numbers.get(owners.get(outlet.id) or 0, int(np.argmin(loads)))
            rep_ids[outlet.id] = reps[rep].id
            loads[rep] += float(frequency_of(outlet)) * service_s(outlet, workdays[reps[0].id])
    return rep_ids


def _work(outlets: Sequence[PlanOutlet], points: Floats, workday: Workday) -> Floats:
    """The seconds of a week that each outlet takes, with the way to it from the next ones."""
    speed_ms = SPEED_KMH[workday.area_type] / 3.6
    ways = DETOUR * metres_to_the_next(points) / speed_ms
    visits = np.array([float(frequency_of(outlet)) for outlet in outlets])
    return visits * (np.array([service_s(outlet, workday) for outlet in outlets], dtype=float) + ways)
