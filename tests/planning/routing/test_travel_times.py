"""How long it takes to drive: by distance, and by a routing server whose exchanges are played back."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from app.masters.outlets.geodesy import distances_m
from app.planning.routing.router_server import BLOCK, NO_WAY, UNREACHABLE, RouterKind, RouterTravelTimes
from app.planning.routing.travel_times import SPEED_KMH, AreaType, EstimatedTravelTimes, Place, Travel, estimated

EXCHANGES = Path(__file__).parents[2] / "data" / "router"
LIDL, NOTARA, MART = Place(38.2080319, 21.712654), Place(38.2633511, 21.7434265), Place(38.28931, 21.7806567)
TOWN = AreaType.URBAN


def exchange(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((EXCHANGES / f"{name}.json").read_bytes())
    return found


async def ask(
    answer: Callable[[httpx.Request], httpx.Response], places: list[Place], kind: RouterKind = "osrm"
) -> Travel:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await RouterTravelTimes("http://router.test/", kind, client).between(places, TOWN)


def played_back(name: str) -> Callable[[httpx.Request], httpx.Response]:
    recorded = exchange(name)

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, str(request.url)) == (recorded["request"]["method"], recorded["request"]["url"])
        assert orjson.loads(request.content or b"null") == recorded["request"].get("body")
        return httpx.Response(200, json=recorded["response"])

    return answer


def answering(**content: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(200, json=content)


async def test_without_a_router_ways_are_distances_times_135_at_the_areas_speed() -> None:
    travel = await EstimatedTravelTimes().between([LIDL, MART], AreaType.RURAL)
    metres = 1.35 * float(distances_m(LIDL.lat, LIDL.lon, MART.lat, MART.lon))
    assert travel.distance_m[0, 1] == pytest.approx(metres)
    assert travel.drive_s[1, 0] == round(metres / (SPEED_KMH[AreaType.RURAL] / 3.6))
    assert travel.drive_s[0, 0] == travel.distance_m[1, 1] == 0
    assert travel.warning is None


def test_one_drives_faster_the_less_an_area_is_built() -> None:
    seconds = [int(estimated([LIDL, MART], area).drive_s[0, 1]) for area in AreaType]
    assert seconds == sorted(seconds, reverse=True)


async def test_osrm_is_asked_for_a_table_and_its_answer_is_taken_over() -> None:
    travel = await ask(played_back("osrm_table"), [LIDL, NOTARA, MART])
    assert travel.drive_s.tolist() == [[0, 701, 1005], [690, 0, 402], [1011, 416, 0]]
    assert travel.distance_m[2, 0] == 13377.2
    assert travel.warning is None


async def test_valhalla_is_asked_for_a_matrix_and_its_answer_is_taken_over() -> None:
    travel = await ask(played_back("valhalla_matrix"), [LIDL, NOTARA], "valhalla")
    assert travel.drive_s.tolist() == [[0, 712], [694, 0]]
    assert travel.distance_m[0, 1] == pytest.approx(8163)
    assert travel.warning is None


async def test_where_the_router_knows_no_way_the_estimate_stands_with_a_warning() -> None:
    answer = answering(code="Ok", durations=[[0, None], [600, 0]], distances=[[0, None], [7000, 0]])
    travel = await ask(answer, [LIDL, NOTARA])
    assert travel.drive_s[0, 1] == estimated([LIDL, NOTARA], TOWN).drive_s[0, 1]
    assert travel.drive_s[1, 0] == 600
    assert travel.warning == NO_WAY


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: httpx.Response(503),
        lambda request: httpx.Response(200, content=b"<html>"),
        lambda request: httpx.Response(200, json=[]),
        lambda request: httpx.Response(200, content=b" " * 5_000_000),
        answering(code="TooBig", message="Too many table coordinates"),
        answering(code="Ok", durations=[[0]], distances=[[0]]),
        answering(code="Ok", durations=[[0, "fast"], [1, 0]], distances=[[0, 1], [1, 0]]),
        answering(code="Ok", durations=[[0, -5], [1, 0]], distances=[[0, 1], [1, 0]]),
        answering(code="Ok", durations=[[0, 5], [1]], distances=[[0, 1], [1, 0]]),
        answering(code="Ok"),
    ],
)
async def test_a_router_that_fails_is_stood_in_for_by_the_estimate_with_a_warning(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    travel = await ask(answer, [LIDL, NOTARA])
    assert travel.drive_s.tolist() == estimated([LIDL, NOTARA], TOWN).drive_s.tolist()
    assert travel.warning == UNREACHABLE


async def test_a_router_that_cannot_be_reached_is_stood_in_for_too() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    for kind in ("osrm", "valhalla"):
        assert (await ask(refuse, [LIDL, NOTARA], kind)).warning == UNREACHABLE


async def test_many_places_are_asked_for_block_by_block() -> None:
    places = [Place(38 + number / 1000, 21.7) for number in range(BLOCK * 2 + 3)]
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        coordinates = [float(pair.split(",")[1]) for pair in request.url.path.rsplit("/", 1)[1].split(";")]
        asked.append(len(coordinates))
        sources, targets = (
            [coordinates[int(index)] for index in request.url.params[name].split(";")]
            for name in ("sources", "destinations")
        )
        ways = [[round(abs(here - there) * 1e5) for there in targets] for here in sources]
        return httpx.Response(200, json={"code": "Ok", "durations": ways, "distances": ways})

    travel = await ask(answer, places)
    assert len(asked) == 9
    assert max(asked) <= 2 * BLOCK
    apart = np.abs(np.subtract.outer(np.arange(len(places)), np.arange(len(places)))) * 100
    assert np.abs(travel.drive_s - apart).max() <= 1


async def test_a_router_is_not_asked_more_than_four_things_at_once() -> None:
    under_way = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx.Response(503)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        places = [Place(38 + number / 1000, 21.7) for number in range(BLOCK * 4)]
        await RouterTravelTimes("http://router.test", "osrm", client).between(places, TOWN)
    assert most <= 4
