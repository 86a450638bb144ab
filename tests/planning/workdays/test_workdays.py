"""When and from where reps work: by rep, by territory, or as usual."""

from datetime import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.territories.calendar import RepFacts
from app.masters.territories.models import Rep, Territory
from app.masters.territories.service import territory_facts
from app.planning.routing.travel_times import Place
from app.planning.workdays.service import workdays_of
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory

HOME = {"lat": 38.29, "lon": 21.78}


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session, code="PAT", order_cutoff=time(16, 30))


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory, code="PAT-R1")


@pytest.fixture
async def headers(session: AsyncSession, app: FastAPI, territory: Territory) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


async def get(api: httpx.AsyncClient, path: str, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(path, headers=headers)).json()
    return found


async def test_a_rep_with_nothing_agreed_on_works_from_eight_to_the_cutoff_wherever_the_visits_are(
    api: httpx.AsyncClient, rep: Rep, headers: dict[str, str]
) -> None:
    found = await get(api, "/v1/reps/PAT-R1/workday", headers)
    assert found["begins"] is None
    assert found["version"] == 0
    holds = found["effective"]
    assert (holds["begins"], holds["ends"], holds["start"]["open"]) == ("08:00", "16:30", True)
    assert holds["lunch"] == {"minutes": 30, "earliest": "12:00", "latest": "14:00"}


async def test_a_reps_own_goes_before_the_territorys_part_by_part(
    api: httpx.AsyncClient, rep: Rep, headers: dict[str, str]
) -> None:
    body = {"begins": "07:30", "lunch": {"minutes": 0}, "area_type": "rural"}
    assert (await api.put("/v1/territories/PAT/workday", json=body, headers=headers)).status_code == 200
    answer = await api.put("/v1/reps/PAT-R1/workday", json={"begins": "09:00", "start": HOME}, headers=headers)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    holds = answer.json()["effective"]
    assert (holds["begins"], holds["lunch"]["minutes"], holds["area_type"]) == ("09:00", 0, "rural")
    assert holds["start"] == HOME | {"open": False}


async def test_planners_get_the_workday_that_holds_for_each_rep(
    api: httpx.AsyncClient, session: AsyncSession, territory: Territory, rep: Rep, headers: dict[str, str]
) -> None:
    other = await make_rep(session, territory)
    await api.put("/v1/reps/PAT-R1/workday", json={"start": HOME, "service_minutes": 25}, headers=headers)
    facts = await territory_facts(session, territory.id)
    reps = [RepFacts(one.id, one.code, one.name, one.territory_id, active=True) for one in (rep, other)]
    found = await workdays_of(session, facts, reps)
    assert (found[rep.id].start, found[rep.id].service_minutes) == (Place(**HOME), 25)
    assert (found[other.id].start, found[other.id].begins_s, found[other.id].ends_s) == (None, 8 * 3600, 59_400)
    assert found[other.id].lunch is not None


async def test_the_same_workday_again_is_no_new_version(
    api: httpx.AsyncClient, rep: Rep, headers: dict[str, str]
) -> None:
    for _ in range(2):
        answer = await api.put("/v1/reps/PAT-R1/workday", json={"ends": "15:00", "end": HOME}, headers=headers)
        assert answer.json()["version"] == 1
    stale = await api.put("/v1/reps/PAT-R1/workday", json={}, headers=headers | {"If-Match": '"7"'})
    assert stale.status_code == 412


async def test_a_device_sees_its_own_reps_workday_and_no_others_home(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, territory: Territory, rep: Rep
) -> None:
    device = bearer(app, await make_device(session, await make_rep(session, territory, code="PAT-R2")))
    assert (await api.get("/v1/reps/PAT-R2/workday", headers=device)).status_code == 200
    assert (await api.get("/v1/reps/PAT-R1/workday", headers=device)).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"begins": "10:00", "ends": "09:00"}, "/ends"),
        ({"start": {"lat": 38.0}}, "/start"),
        ({"start": {"lat": 38.0, "lon": 21.0, "open": True}}, "/start"),
        ({"start": {}}, "/start"),
        ({"lunch": {"minutes": 30, "earliest": "14:00", "latest": "12:00"}}, "/lunch/latest"),
        ({"lunch": {"minutes": 400}}, "/lunch/minutes"),
        ({"service_minutes": 0}, "/service_minutes"),
        ({"area_type": "moon"}, "/area_type"),
    ],
)
async def test_a_workday_that_cannot_be_is_refused(
    api: httpx.AsyncClient, rep: Rep, headers: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = await api.put("/v1/reps/PAT-R1/workday", json=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
