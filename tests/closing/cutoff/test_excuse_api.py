from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit
from app.field.visits.visit_ids import new_visit_id
from app.ground import clock
from app.ground.events.models import Event
from app.ground.web.access import Role
from app.masters.territories.models import Rep, Territory
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ILL = {"reason_code": "rep_ill", "comment": "Flu since Sunday"}


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def visit(session: AsyncSession, territory: Territory, rep: Rep) -> Visit:
    return await make_visit(session, rep, await make_outlet(session, territory))


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession, territory: Territory) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory, username="sofia"))


async def _excuse(api: httpx.AsyncClient, visit: Visit, headers: dict[str, str], **body: Any) -> httpx.Response:
    return await api.post(f"/v1/visits/{visit.id}/excuse", json=ILL | body, headers=headers)


async def test_a_supervisor_excuses_a_visit_with_who_when_and_why(
    api: httpx.AsyncClient, session: AsyncSession, visit: Visit, rep: Rep, supervisor: dict[str, str]
) -> None:
    answer = await _excuse(api, visit, supervisor)
    assert answer.status_code == 200
    told = answer.json()
    assert told | ILL | {"excused_by": "user:sofia", "excused_at": "2026-11-23T10:00:00Z"} == told
    assert (told["id"], told["status"]) == (str(visit.id), "excused")
    assert (told["rep_code"], told["visit_date"]) == (rep.code, "2026-11-23")
    await session.refresh(visit)
    assert (visit.excused_at, visit.excused_by) == (NOON, "user:sofia")
    assert (visit.excuse_reason, visit.excuse_comment) == ("rep_ill", "Flu since Sunday")
    event = (await session.scalars(select(Event))).one()
    assert (event.type, event.territory_id, event.payload["visit_id"]) == (
        "visit.excused",
        visit.territory_id,
        str(visit.id),
    )
    whole = await api.get(f"/v1/visits/{visit.id}", headers=supervisor)
    assert whole.json()["status"] == "excused"


async def test_the_same_excuse_again_gets_the_first_answer_and_another_one_is_a_conflict(
    api: httpx.AsyncClient, session: AsyncSession, visit: Visit, supervisor: dict[str, str], the_clock: clock.SetClock
) -> None:
    first = await _excuse(api, visit, supervisor)
    the_clock.move_to(NOON + timedelta(minutes=5))
    again = await _excuse(api, visit, supervisor)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await _excuse(api, visit, supervisor, comment="A cold")
    assert (other.status_code, other.json()["type"]) == (409, "/problems#visit-excused-otherwise")
    assert len((await session.scalars(select(Event))).all()) == 1


async def test_an_ad_hoc_visit_cannot_be_excused(
    api: httpx.AsyncClient, session: AsyncSession, territory: Territory, rep: Rep, supervisor: dict[str, str]
) -> None:
    ad_hoc = await make_visit(session, rep, await make_outlet(session, territory), approved_at=None)
    answer = await _excuse(api, ad_hoc, supervisor)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#visit-not-planned")


async def test_a_visit_of_another_territory_is_not_found(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, visit: Visit
) -> None:
    stranger = await make_user(session, Role.SUPERVISOR, await make_territory(session))
    assert (await _excuse(api, visit, bearer(app, stranger))).status_code == 404
    admin = await make_user(session, Role.ADMIN)
    assert (await _excuse(api, visit, bearer(app, admin))).status_code == 200


async def test_no_rep_excuses_a_visit(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, visit: Visit, rep: Rep
) -> None:
    assert (await _excuse(api, visit, bearer(app, await make_device(session, rep)))).status_code == 403


async def test_a_visit_that_never_was_is_not_found(api: httpx.AsyncClient, supervisor: dict[str, str]) -> None:
    for unknown in (uuid4(), new_visit_id(MONDAY), new_visit_id(date(9999, 12, 31))):
        answer = await api.post(f"/v1/visits/{unknown}/excuse", json=ILL, headers=supervisor)
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reason_code": ""}, "/reason_code"),
        ({"reason_code": "rep\nill"}, "/reason_code"),
        ({"comment": "x" * 2001}, "/comment"),
        ({"comment": 7}, "/comment"),
    ],
)
async def test_an_excuse_without_a_sound_reason_is_refused(
    api: httpx.AsyncClient, visit: Visit, supervisor: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = await _excuse(api, visit, supervisor, **body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
