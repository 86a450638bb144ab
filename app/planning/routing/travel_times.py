"""How long it takes to drive between places: the port, and the default that needs no server."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np

from app.masters.outlets.geodesy import Floats, distances_m
from app.planning.routing.days import Seconds

_QUICK = 200
"""So many places are worth no thread: some milliseconds."""

DETOUR = 1.35
"""Metres of road to a metre as the crow flies."""


class Place(NamedTuple):
    """A point, in degrees (WGS 84)."""

    lat: float
    lon: float


class AreaType(StrEnum):
    """How densely an area is built: what one drives there with parking and lights."""

    URBAN = "urban"
    SUBURBAN = "suburban"
    RURAL = "rural"


SPEED_KMH = {AreaType.URBAN: 22.0, AreaType.SUBURBAN: 35.0, AreaType.RURAL: 55.0}
"""Our own assumption: a door-to-door average of vans by day. Whoever needs better has a router."""


@dataclass(frozen=True, slots=True)
class Travel:
    """Seconds and metres from each place (row) to each other (column); `warning` says where they are estimates only
    because what was asked for them did not answer.
    """

    drive_s: Seconds
    distance_m: Floats
    warning: str | None = None


class TravelTimes(Protocol):
    """The port: whoever knows how long the ways are."""

    async def between(self, places: Sequence[Place], area: AreaType) -> Travel:
        """The ways between all of the places, in both directions. Never fails: an estimate comes with a warning."""

    async def close(self) -> None:
        """Hang up."""


class EstimatedTravelTimes:
    """Geodesic distance times DETOUR, at the speed of the area."""

    async def between(self, places: Sequence[Place], area: AreaType) -> Travel:
        """The same either way; no warning: nothing else was asked for."""
        if len(places) > _QUICK:
            return await asyncio.to_thread(estimated, places, area)
        return estimated(places, area)

    async def close(self) -> None:
        """There is nobody to hang up on."""


def estimated(places: Sequence[Place], area: AreaType) -> Travel:
    """The ways between places by their distance alone. Takes n² of memory: a rep's outlets, not a company's."""
    lats, lons = np.array(places, dtype=np.float64).reshape(-1, 2).T
    metres = DETOUR * distances_m(lats[:, None], lons[:, None], lats[None, :], lons[None, :])
    np.fill_diagonal(metres, 0.0)
    return Travel(np.rint(metres * 3.6 / SPEED_KMH[area]).astype(np.int64), metres)
