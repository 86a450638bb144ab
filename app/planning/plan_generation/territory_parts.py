"""Places on a plane, and neighbours put together: parts of about the same work. Pure functions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.masters.outlets.geodesy import Floats, to_local_m

Labels = NDArray[np.int64]


def on_a_plane(lats: Sequence[float], lons: Sequence[float]) -> Floats:
    """Points as metres east and north of their middle, one row each."""
    if not len(lats):
        return np.zeros((0, 2))
    return np.column_stack(to_local_m(lats, lons, float(np.median(lats)), float(np.median(lons))))


def split(points: Floats, weights: Floats, parts: int) -> Labels:
    """The part, from 0 up to `parts`, of each point: neighbours in one part, all parts of about the same weight.

    By recursive bisection: across the direction in which the points spread most, at the share of the weight.
    """
    labels = np.zeros(len(points), np.int64)
    _split(points, weights, np.arange(len(points)), (0, parts), labels)
    return labels


def _split(points: Floats, weights: Floats, members: Labels, parts: tuple[int, int], labels: Labels) -> None:
    first, count = parts
    if count <= 1 or not len(members):
        labels[members] = first
        return
    centred = points[members] - points[members].mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    axis = axis if axis[np.argmax(np.abs(axis))] > 0 else -axis
    # to the millimetre, then by place in the list: what falls together by rounding must not depend on the machine
    order = np.lexsort((members, np.round(centred @ axis, 3)))
    members = members[order]
    half = count // 2
    midpoints = np.cumsum(weights[members]) - weights[members] / 2
    cut = int(np.searchsorted(midpoints, weights[members].sum() * half / count)) if weights[members].sum() else 0
    _split(points, weights, members[:cut], (first, half), labels)
    _split(points, weights, members[cut:], (first + half, count - half), labels)
