"""Plans and excuses on real connections."""

import asyncio
from datetime import date
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text

from app.field.visits.models import Visit
from app.field.visits.schemas import VisitBody
from app.field.visits.service import excuse_visit, upsert_visits
from app.ground.db import barrier
from app.ground.db.session import Database
from app.ground.events.models import Event
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from tests.factories.identity import bearer, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


@pytest.mark.parametrize("override_freeze", [False, True])
async def test_the_same_plan_from_ten_connections_is_planned_once(committed: Database, override_freeze: bool) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        outlets = [await make_outlet(session, territory) for _ in range(50)]
    day = date(2026, 11, 23 if override_freeze else 24)
    rows = [VisitBody(rep_code=rep.code, outlet_code=outlet.code, visit_date=day) for outlet in outlets]

    async def send(number: int) -> list[str]:
        async with committed.transaction() as session:
            turned = rows[::-1] if number % 2 else rows
            done = await upsert_visits(session, turned, by="client:erp", override_freeze=override_freeze)
            return [one.status for one in done]

    told = await asyncio.gather(*(send(number) for number in range(10)))
    assert sorted(statuses[0] for statuses in told) == ["created"] + ["unchanged"] * 9
    assert all(len(set(statuses)) == 1 for statuses in told)
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(Visit)) == 50
        assert await session.scalar(select(func.count()).select_from(Event)) == int(override_freeze)


async def test_of_two_excuses_at_once_the_first_stands_and_is_told_once(
    committed: Database, settings: Settings
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        visit = await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))
        supervisor = await make_user(session, Role.SUPERVISOR, territory)
    app = create_app(settings, committed)
    headers = bearer(app, supervisor)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as api:
        answers = await asyncio.gather(*(_excuse(api, visit.id, headers, "rep_ill") for _ in range(10)))
        answers += await asyncio.gather(*(_excuse(api, visit.id, headers, reason) for reason in ("rep_ill", "snow")))
    assert [answer.status_code for answer in answers] == [200] * 11 + [409]
    assert len({answer.text for answer in answers[:11]}) == 1
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(Event)) == 1


async def test_an_excuse_that_waits_for_a_run_holds_no_visit_meanwhile(committed: Database) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        visit = await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))

    async def excuse() -> None:
        async with committed.transaction() as session:
            await excuse_visit(session, visit.id, None, reason_code="rep_ill", comment="", by="user:sofia")

    async with committed.transaction() as run, asyncio.timeout(20):
        await barrier.hold_alone(run, [territory.id])
        excusing = asyncio.create_task(excuse())
        while not await run.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")):
            pass  # each question is a round trip
        async with committed.transaction() as plan:
            await plan.execute(select(Visit.id).where(Visit.id == visit.id).with_for_update(nowait=True))
    await excusing


async def _excuse(api: httpx.AsyncClient, visit_id: UUID, headers: dict[str, str], reason: str) -> httpx.Response:
    return await api.post(f"/v1/visits/{visit_id}/excuse", json={"reason_code": reason}, headers=headers)
