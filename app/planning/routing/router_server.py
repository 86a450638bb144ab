"""Travel times from a routing server: OSRM's table service, or Valhalla's sources_to_targets.

OSRM: https://project-osrm.org/docs/v26.4.0/http (table); Valhalla: https://valhalla.github.io/valhalla/api/matrix/.
Both bound how many pairs one request may ask for (OSRM 100 places, Valhalla 2,500 pairs, as they are delivered), so a
large matrix is asked for block by block.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import numpy as np
import orjson
import structlog

from app.masters.outlets.geodesy import Floats
from app.planning.routing.travel_times import AreaType, Place, Travel, estimated

log = structlog.get_logger()

RouterKind = Literal["osrm", "valhalla"]

BLOCK = 50
AT_ONCE = 4
MOST_BYTES = 4 * 1024 * 1024
_LONGEST_S = 7 * 24 * 3600
UNREACHABLE = "The router did not answer: drive times are estimated by distance."
NO_WAY = "The router knows no way between some places: drive times there are estimated by distance."


class RouterFailed(Exception):
    """The server's answer is of no use."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The places that one request asks for: ways from some to some others, by index."""

    sources: range
    targets: range


def reached(url: str, kind: RouterKind, seconds: float) -> "RouterTravelTimes":
    """The server at `url`, which has so many seconds for an answer."""
    return RouterTravelTimes(url, kind, httpx.AsyncClient(timeout=seconds))


class RouterTravelTimes:
    """A routing server, with the estimate where it does not answer."""

    def __init__(self, url: str, kind: RouterKind, client: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._ask = {"osrm": self._ask_osrm, "valhalla": self._ask_valhalla}[kind]
        self._client = client

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def between(self, places: Sequence[Place], area: AreaType) -> Travel:
        """The server's times and distances, to the second and metre; the estimate, with a warning, instead of them."""
        estimate = estimated(places, area)
        if len(places) < 2:
            return estimate
        seconds, metres = np.full((2, len(places), len(places)), np.nan)
        turns = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                for block in _blocks(len(places)):
                    group.create_task(self._fill(places, block, seconds, metres, turns))
            return _joined(seconds, metres, estimate)
        except ExceptionGroup as group_of_errors:
            failures, other_errors = group_of_errors.split((httpx.HTTPError, RouterFailed))
            if other_errors is not None or failures is None:
                raise
            log.warning("router_failed", reason=repr(failures.exceptions[0]))
            return Travel(estimate.drive_s, estimate.distance_m, UNREACHABLE)

    async def _fill(
        self, places: Sequence[Place], block: _Block, seconds: Floats, metres: Floats, turns: asyncio.Semaphore
    ) -> None:
        async with turns:
            answers = await self._ask(places, block)
        cells = np.ix_(block.sources, block.targets)
        for matrix, values in zip((seconds, metres), answers, strict=True):
            if values.shape != (len(block.sources), len(block.targets)):
                raise RouterFailed("another number of ways than asked for")
            matrix[cells] = values

    async def _ask_osrm(self, places: Sequence[Place], block: _Block) -> tuple[Floats, Floats]:
        indices = sorted({*block.sources, *block.targets})
        number = {place: index for index, place in enumerate(indices)}
        coordinates = ";".join(f"{places[place].lon:.6f},{places[place].lat:.6f}" for place in indices)
        query = {
            "annotations": "duration,distance",
            "sources": ";".join(str(number[place]) for place in block.sources),
            "destinations": ";".join(str(number[place]) for place in block.targets),
        }
        request = self._client.build_request("GET", f"{self._url}/table/v1/driving/{coordinates}", params=query)
        answer = await self._answer(request)
        if answer.get("code") != "Ok":
            raise RouterFailed(f"code {answer.get('code')}")
        return _numbers(answer.get("durations")), _numbers(answer.get("distances"))

    async def _ask_valhalla(self, places: Sequence[Place], block: _Block) -> tuple[Floats, Floats]:
        body = {
            "sources": [{"lat": places[place].lat, "lon": places[place].lon} for place in block.sources],
            "targets": [{"lat": places[place].lat, "lon": places[place].lon} for place in block.targets],
            "costing": "auto",
            "units": "kilometers",
        }
        request = self._client.build_request("POST", f"{self._url}/sources_to_targets", json=body)
        answer = await self._answer(request)
        try:
            rows = answer["sources_to_targets"]
            seconds = [[way["time"] for way in row] for row in rows]
            kilometres = [[way["distance"] for way in row] for row in rows]
        except (KeyError, TypeError) as error:
            raise RouterFailed("no sources_to_targets") from error
        return _numbers(seconds), _numbers(kilometres) * 1000

    async def _answer(self, request: httpx.Request) -> Mapping[str, Any]:
        response = await self._client.send(request, stream=True)
        try:
            response.raise_for_status()
            content = b""
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    raise RouterFailed("a longer answer than any matrix has")
        finally:
            await response.aclose()
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise RouterFailed("no JSON") from error
        if not isinstance(answer, dict):
            raise RouterFailed("no JSON object")
        return answer


def _blocks(places: int) -> Iterator[_Block]:
    spans = [range(first, min(first + BLOCK, places)) for first in range(0, places, BLOCK)]
    return (_Block(sources, targets) for sources in spans for targets in spans)


def _numbers(rows: Any) -> Floats:
    """A matrix of what the server told; NaN where it knows no way. Raises RouterFailed for anything else."""
    try:
        matrix = np.array([[math.nan if number is None else float(number) for number in row] for row in rows])
    except (TypeError, ValueError) as error:
        raise RouterFailed("no matrix of numbers") from error
    if matrix.ndim != 2 or np.isinf(matrix).any() or (matrix < 0).any():
        raise RouterFailed("no matrix of lengths")
    return matrix


def _joined(seconds: Floats, metres: Floats, estimate: Travel) -> Travel:
    """What the server told, and the estimate where it knows no way."""
    unknown = np.isnan(seconds) | np.isnan(metres)
    drive_s = np.where(unknown, estimate.drive_s, np.minimum(np.nan_to_num(seconds), _LONGEST_S))
    distance_m = np.where(unknown, estimate.distance_m, np.nan_to_num(metres))
    np.fill_diagonal(drive_s, 0)
    np.fill_diagonal(distance_m, 0.0)
    return Travel(np.rint(drive_s).astype(np.int64), distance_m, NO_WAY if unknown.any() else None)
