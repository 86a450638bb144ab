"""Plans for many reps: asked for, made by the leader's job in real worker processes, followed, cancelled."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.events.models import Event
from app.ground.settings import Settings
from app.ground.workers.pool import WorkerLost, Workers
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.planning.plan_generation import service
from app.planning.plan_generation.generator import PlanGenerator
from app.planning.plan_generation.models import PlanGeneration, PlanGenerationRep
from app.planning.week_plans.models import WeekPlan
from tests.factories.outlets import make_outlet
from tests.factories.plan_generation import make_plan_generation
from tests.factories.territories import make_rep, make_territory
from tests.factories.week_plans import make_week_plan
from tests.planning.week_plans.conftest import Desk

GENERATIONS = "/v1/plan-generations"
BODY = {"iso_week": "2026-W49", "territory_code": "PAT"}


@pytest.fixture
def generator(workers: Workers) -> PlanGenerator:
    return PlanGenerator(Settings(), workers)


async def ask(desk: Desk, body: dict[str, Any] = BODY) -> dict[str, Any]:
    """The supervisor asks for plans."""
    answer = await desk.as_supervisor("POST", GENERATIONS, body)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{GENERATIONS}/{found['id']}"
    return found


async def company(session: AsyncSession, reps: int = 3) -> tuple[Territory, list[Rep]]:
    """A territory whose reps have two outlets each, to be visited once a week."""
    territory = await make_territory(session)
    found = [await make_rep(session, territory) for _ in range(reps)]
    for number, rep in enumerate(found):
        for place in range(2):
            at = (38.2 + number / 50, 21.7 + place / 50)
            await make_outlet(session, territory, at=at, rep_id=rep.id, terms={"visits_per_week": 1})
    return territory, found


async def outcomes(database: Database, generation: PlanGeneration) -> list[tuple[str | None, int | None]]:
    """What came of each rep's week: the outcome and the visits."""
    async with database.read_only() as session:
        query = select(PlanGenerationRep.outcome, PlanGenerationRep.visits)
        query = query.where(PlanGenerationRep.generation_id == generation.id).order_by(PlanGenerationRep.rep_id)
        return [(outcome, visits) for outcome, visits in await session.execute(query)]


async def test_a_generation_is_noted_at_once_with_all_active_reps(desk: Desk, session: AsyncSession) -> None:
    await make_rep(session, desk.territory, active=False)
    body = await ask(desk)
    assert (body["status"], body["reps"], body["done"], body["requested_by"]) == ("queued", 2, 0, "user:sofia")
    assert (await desk.as_supervisor("GET", f"{GENERATIONS}/{body['id']}")).json() == body
    assert (await desk.as_supervisor("GET", GENERATIONS)).json()["items"] == [body]
    reps = (await desk.as_supervisor("GET", f"{GENERATIONS}/{body['id']}/reps")).json()["items"]
    assert [(rep["rep_code"], rep["outcome"]) for rep in reps] == [("PAT-R1", None), ("PAT-R2", None)]


async def test_the_same_again_is_answered_like_the_first_and_another_is_a_conflict(desk: Desk) -> None:
    body = BODY | {"id": str(uuid4())}
    first = await ask(desk, body)
    assert await ask(desk, body) == first
    other = await desk.as_supervisor("POST", GENERATIONS, body | {"iso_week": "2026-W50"})
    assert other.status_code == 409


async def test_reps_can_be_named_and_everyone_means_within_sight(desk: Desk, session: AsyncSession) -> None:
    await make_rep(session, await make_territory(session, code="ATH"), code="ATH-R1")
    assert (await ask(desk, {"iso_week": "2026-W49", "rep_codes": ["PAT-R2"]}))["reps"] == 1
    assert (await ask(desk, {"iso_week": "2026-W49"}))["reps"] == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"iso_week": "2026-W49", "rep_codes": ["PAT-R1", "ATH-R1"]}, "/rep_codes/1"),
        ({"iso_week": "2026-W49", "rep_codes": ["PAT-R1"], "territory_code": "PAT"}, ""),
        ({"iso_week": "2026-W49", "rep_codes": ["PAT-R1"], "reassign": True}, ""),
        ({"iso_week": "2026-W49", "rep_codes": []}, "/rep_codes"),
        ({"iso_week": "2026-W40"}, "/iso_week"),
        ({"iso_week": "2026-W54"}, "/iso_week"),
        ({"iso_week": "2021-W53"}, "/iso_week"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused(
    desk: Desk, session: AsyncSession, body: dict[str, Any], pointer: str
) -> None:
    await make_rep(session, await make_territory(session, code="ATH"), code="ATH-R1")
    answer = await desk.as_supervisor("POST", GENERATIONS, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_territory_without_reps_has_no_plans_to_make(desk: Desk, session: AsyncSession) -> None:
    for rep in (desk.rep, desk.other_rep):
        rep.active = False
    await session.flush()
    assert (await desk.as_supervisor("POST", GENERATIONS, BODY)).status_code == 422


async def test_a_device_and_a_supervisor_from_elsewhere_see_no_generation(desk: Desk, session: AsyncSession) -> None:
    elsewhere = await make_territory(session, code="ATH")
    strange = await make_plan_generation(session, elsewhere, await make_rep(session, elsewhere))
    both = await make_plan_generation(session, desk.territory, territory_ids=[desk.territory.id, elsewhere.id])
    for generation in (strange, both):
        for method, path in (("GET", ""), ("GET", "/reps"), ("POST", "/cancel")):
            answer = await desk.as_supervisor(method, f"{GENERATIONS}/{generation.id}{path}")
            assert answer.status_code == 404
    assert (await desk.as_supervisor("GET", GENERATIONS)).json()["items"] == []
    assert (await desk.as_supervisor("POST", GENERATIONS, BODY | {"territory_code": "ATH"})).status_code == 404
    assert (await desk.as_rep("POST", GENERATIONS, BODY)).status_code == 403


async def test_every_reps_plan_is_made_and_the_readers_are_told(committed: Database, generator: PlanGenerator) -> None:
    async with committed.transaction() as session:
        territory, reps = await company(session)
        generation = await make_plan_generation(session, territory, *reps)
    assert await generator.work_off(committed) == 3
    assert await outcomes(committed, generation) == [("generated", 2)] * 3
    async with committed.read_only() as session:
        found = (await session.scalars(select(PlanGeneration))).one()
        assert found.started_at is not None
        assert found.finished_at is not None
        assert set((await session.scalars(select(WeekPlan.status))).all()) == {"draft"}
        event = (await session.scalars(select(Event).where(Event.type == "plan_generation.finished"))).one()
        assert event.territory_id == territory.id
    assert await generator.work_off(committed) == 0


async def test_plans_that_are_submitted_or_approved_are_left_and_it_is_said(
    committed: Database, generator: PlanGenerator
) -> None:
    async with committed.transaction() as session:
        territory, reps = await company(session)
        for rep, status in zip(reps, ("submitted", "approved", "returned"), strict=True):
            await make_week_plan(session, rep, status=status)
        generation = await make_plan_generation(session, territory, *reps)
    assert await generator.work_off(committed) == 1
    assert await outcomes(committed, generation) == [("kept", None), ("kept", None), ("generated", 2)]
    async with committed.read_only() as session:
        reasons = (await session.scalars(select(PlanGenerationRep.reason).order_by(PlanGenerationRep.rep_id))).all()
        assert [(reason or "").partition(".")[0] for reason in reasons[:2]] == [
            "The plan is submitted",
            "The plan is approved",
        ]


async def test_outlets_are_dealt_anew_where_that_is_asked_for(committed: Database, generator: PlanGenerator) -> None:
    """One rep has everything; anew, each gets half."""
    async with committed.transaction() as session:
        territory, reps = await company(session, reps=2)
        for outlet in await session.scalars(select(Outlet)):
            outlet.rep_id = reps[0].id
        kept = await make_plan_generation(session, territory, *reps)
    await generator.work_off(committed)
    assert await outcomes(committed, kept) == [("generated", 4), ("generated", 0)]
    async with committed.transaction() as session:
        asked = {"territory_code": territory.code, "rep_codes": None, "reassign": True}
        anew = await make_plan_generation(session, territory, *reps, asked=asked)
    await generator.work_off(committed)
    assert await outcomes(committed, anew) == [("generated", 2), ("generated", 2)]


async def test_what_is_cancelled_is_not_written_any_more(
    committed: Database, generator: PlanGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while the first plans are searched for."""
    async with committed.transaction() as session:
        territory, reps = await company(session)
        generation = await make_plan_generation(session, territory, *reps)
    really_search = service.search

    async def search(*args: Any) -> Any:
        async with committed.transaction() as session:
            locked = await session.get(PlanGeneration, generation.id, with_for_update=True)
            assert locked is not None
            locked.cancelled_at = locked.finished_at = clock.now()
        return await really_search(*args)

    monkeypatch.setattr(service, "search", search)
    assert await generator.work_off(committed) == 0
    assert await outcomes(committed, generation) == [(None, None)] * 3
    async with committed.read_only() as session:
        assert (await session.scalars(select(WeekPlan.id))).all() == []


async def test_cancelling_is_answered_and_what_has_ended_cannot_be_cancelled(desk: Desk, session: AsyncSession) -> None:
    first = await ask(desk)
    path = f"{GENERATIONS}/{first['id']}/cancel"
    body = (await desk.as_supervisor("POST", path)).json()
    assert (body["status"], body["cancelled_by"], body["done"]) == ("cancelled", "user:sofia", 0)
    assert (await desk.as_supervisor("POST", path)).json() == body
    ended = await make_plan_generation(session, desk.territory, finished_at=datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert (await desk.as_supervisor("POST", f"{GENERATIONS}/{ended.id}/cancel")).status_code == 409


async def test_a_week_that_cannot_be_made_stops_no_other(
    committed: Database, generator: PlanGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed.transaction() as session:
        territory, reps = await company(session)
        generation = await make_plan_generation(session, territory, *reps)
    really_search = service.search

    async def search(planner: Any, begun: Any) -> Any:
        if begun.facts.week.rep.id == reps[1].id:
            raise WorkerLost("out of memory")
        return await really_search(planner, begun)

    monkeypatch.setattr(service, "search", search)
    assert await generator.work_off(committed) == 2
    assert await outcomes(committed, generation) == [("generated", 2), ("failed", None), ("generated", 2)]


async def test_a_generation_that_cannot_be_begun_with_fails_and_keeps_no_other_waiting(
    committed: Database, generator: PlanGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with committed.transaction() as session:
        territory, reps = await company(session, reps=2)
        asked = {"territory_code": territory.code, "rep_codes": None, "reassign": True}
        broken = await make_plan_generation(session, territory, *reps, asked=asked)
        sound = await make_plan_generation(session, territory, *reps, requested_at=clock.now())

    async def given_to(*_: Any) -> Any:
        raise WorkerLost("out of memory")

    monkeypatch.setattr(generator._planner.workers, "run", given_to)
    assert await generator.work_off(committed) == 0
    monkeypatch.undo()
    assert await outcomes(committed, broken) == [("failed", None)] * 2
    assert await outcomes(committed, sound) == [("failed", None)] * 2
    async with committed.transaction() as session:
        again = await make_plan_generation(session, territory, *reps)
    assert await generator.work_off(committed) == 2
    assert await outcomes(committed, again) == [("generated", 2)] * 2


async def test_a_generator_that_dies_is_followed_by_one_that_goes_on(
    committed: Database, generator: PlanGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's leadership ends while it searches for its second plan."""
    async with committed.transaction() as session:
        territory, reps = await company(session)
        generation = await make_plan_generation(session, territory, *reps)
    really_search, begun_with, stuck = service.search, 0, asyncio.Event()

    async def search(*args: Any) -> Any:
        nonlocal begun_with
        begun_with += 1
        if begun_with > 1:
            stuck.set()
            await asyncio.Event().wait()
        return await really_search(*args)

    monkeypatch.setattr(service, "search", search)
    first = PlanGenerator(Settings(solver_processes=1))
    work = asyncio.create_task(first.work_off(committed))
    await stuck.wait()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await first.close()
    monkeypatch.setattr(service, "search", really_search)
    assert await generator.work_off(committed) == 2
    assert await outcomes(committed, generation) == [("generated", 2)] * 3


async def test_a_short_generation_does_not_wait_for_a_long_ones_end(committed: Database, workers: Workers) -> None:
    async with committed.transaction() as session:
        territory, reps = await company(session, reps=4)
        long = await make_plan_generation(session, territory, *reps)
        short = await make_plan_generation(session, territory, reps[0], requested_at=clock.now())
    one_by_one = PlanGenerator(Settings(solver_processes=1), workers)
    await one_by_one.work_off(committed)
    async with committed.read_only() as session:
        in_order = (await session.scalars(select(PlanGeneration.id).order_by(PlanGeneration.finished_at))).all()
    assert await outcomes(committed, long) == [("generated", 2)] * 4
    assert in_order == [short.id, long.id]
