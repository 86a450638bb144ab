"""Which rep looks after which outlet, where nobody has said it: portfolios that are compact and of like work.

Places are points in metres on a plane, weights the work of a week. Pure functions; the same input, the same portfolios.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from app.masters.outlets.geodesy import Floats
from app.planning.plan_generation.territory_parts import Labels, split

NOBODY = -1
_ROOM = 1.1
"""How much of a fair share a rep that has outlets already may come to have before new ones go to others."""
_NEAREST = 3


def metres_to_the_next(points: Floats) -> Floats:
    """From each point the mean distance to the nearest others: about what a visit there is driven for."""
    if len(points) < 2:
        return np.zeros(len(points))
    distances, _ = cKDTree(points).query(points, k=min(_NEAREST + 1, len(points)))
    nearest: Floats = np.asarray(distances)[:, 1:].mean(axis=1)
    return nearest


def dealt(
    points: Floats, weights: Floats, owners: Sequence[int], homes: Sequence[tuple[float, float] | None]
) -> Labels:
    """The rep, as its number in `homes`, of each outlet: those that have an owner keep it (NOBODY: none yet).

    Where nobody owns any, the territory is split anew, and each part goes to the rep that starts nearest to it. Else
    an outlet goes to the rep with the nearest other one, as long as that one has room.
    """
    reps = len(homes)
    labels = np.asarray(owners, np.int64).copy()
    if (labels == NOBODY).all():
        parts = split(points, weights, reps)
        return _matched(points, parts, homes)[parts]
    if (labels == NOBODY).any():
        _grown(points, weights, labels, homes)
    return labels


def _matched(points: Floats, parts: Labels, homes: Sequence[tuple[float, float] | None]) -> Labels:
    """Which rep each part goes to: the least distance in all from where reps start (0 without a start)."""
    reps = len(homes)
    middles = np.array(
        [points[parts == part].mean(axis=0) if (parts == part).any() else (0, 0) for part in range(reps)]
    )
    ways = np.zeros((reps, reps))
    for rep, home in enumerate(homes):
        if home is not None:
            ways[:, rep] = np.hypot(*(middles - np.asarray(home)).T)
    # of ways that are alike the first part goes to the first rep
    ways += 1e-3 * np.abs(np.subtract.outer(np.arange(reps), np.arange(reps)))
    return np.asarray(linear_sum_assignment(ways)[1], np.int64)


def _grown(points: Floats, weights: Floats, labels: Labels, homes: Sequence[tuple[float, float] | None]) -> None:
    """Give each outlet that is nobody's to a rep, the nearest to what somebody has first."""
    reps = len(homes)
    fair = weights.sum() / reps
    loads = np.array([weights[labels == rep].sum() for rep in range(reps)])
    nearest = np.full((reps, len(points)), np.inf)
    # a rep with neither outlets nor a home comes last, and begins where nobody else is
    for rep in sorted(range(reps), key=lambda rep: (not (labels == rep).any(), homes[rep] is None)):
        origins = points[labels == rep]
        if not len(origins):
            home = homes[rep]
            origins = np.array([home if home is not None else _lonely(points, labels, nearest)])
        nearest[rep] = cKDTree(origins).query(points)[0]
    unassigned = np.flatnonzero(labels == NOBODY)
    for outlet in unassigned[np.argsort(nearest[:, unassigned].min(axis=0), kind="stable")]:
        weight = weights[outlet]
        with_room = np.flatnonzero(loads + weight <= _ROOM * fair)
        rep = int(with_room[np.argmin(nearest[with_room, outlet])] if len(with_room) else np.argmin(loads))
        labels[outlet] = rep
        loads[rep] += weight
        np.minimum(nearest[rep], np.hypot(*(points - points[outlet]).T), out=nearest[rep])


def _lonely(points: Floats, labels: Labels, nearest: Floats) -> Floats:
    """The unassigned outlet that is farthest from every rep's outlets."""
    unassigned = np.flatnonzero(labels == NOBODY)
    distances = nearest[:, unassigned].min(axis=0)
    outlet: Floats = points[unassigned[int(np.argmax(np.where(np.isinf(distances), -1.0, distances)))]]
    return outlet
