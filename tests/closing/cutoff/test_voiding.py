"""Runs that were made in error are voided, and their days closed anew by hand (C9)."""

from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.ground import clock
from app.ground.events.models import Event
from app.ground.web.access import Role
from tests.closing.cutoff.worlds import AFTER, Day, charged, close, late_order, ledger, resolutions, settle, tasks
from tests.factories.identity import bearer, make_user
from tests.factories.outlets import make_outlet
from tests.factories.visits import make_visit

REASON = "It was a holiday that nobody had entered."


async def void(session: AsyncSession, run: CutoffRun) -> CutoffRun:
    return await cutoff.void_run(session, run.id, reason=REASON, by="user:anna")


async def test_the_event_of_a_voided_run_has_nobodys_words_in_it(session: AsyncSession, day: Day) -> None:
    await void(session, await close(session, day))
    payloads = await session.scalars(select(Event.payload).where(Event.type == "cutoff_run.voided"))
    (payload,) = payloads.all()
    assert payload["voided_by"] == "user:anna"
    assert REASON not in str(payload)


async def test_voiding_takes_every_penalty_back_and_the_calls_that_nobody_has_claimed(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    late = Day(day.territory, day.rep, await make_outlet(session, day.territory))
    for each in (day, late):
        await make_visit(session, each.rep, each.outlet)
    run = await close(session, day)
    await late_order(session, late)
    await settle(session, late)
    assert await charged(session) == -13
    the_clock.move_to(AFTER + timedelta(minutes=5))
    voided = await void(session, run)
    assert (voided.voided_by, voided.void_reason, voided.voided_at) == ("user:anna", REASON, clock.now())
    assert (await charged(session), await tasks(session)) == (0, ["cancelled", "cancelled"])
    assert [note for _, kind, _, note in await ledger(session) if kind == "REVERSAL"][-2:] == ["run_voided"] * 2
    again = await cutoff.void_run(session, run.id, reason="another", by="user:bert")
    assert (again.void_reason, await charged(session)) == (REASON, 0)


async def test_what_comes_for_a_day_whose_run_is_void_changes_nothing(session: AsyncSession, closed: Day) -> None:
    (run,) = await runs(session, closed)
    await void(session, run)
    await late_order(session, closed)
    await settle(session, closed)
    assert (await charged(session), await resolutions(session)) == (0, ["run_voided"])


async def test_the_day_is_not_due_by_itself_again_and_is_closed_anew_by_hand(
    session: AsyncSession, closed: Day, the_clock: clock.SetClock
) -> None:
    (run,) = await runs(session, closed)
    await void(session, run)
    day_before = run.business_date - timedelta(days=1)
    assert (closed.territory.id, run.business_date) in await cutoff.closed_days(
        session, {closed.territory.id: day_before}
    )
    the_clock.move_to(AFTER + timedelta(minutes=5))
    anew = await close(session, closed)
    assert (anew.id != run.id, anew.missing_orders, anew.penalties) == (True, 1, 1)
    assert (await charged(session), await tasks(session)) == (-10, ["open"])
    assert await resolutions(session) == ["run_voided", "missed_order"]
    assert (await close(session, closed)).id == anew.id
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    assert await charged(session) == 0


async def test_only_an_admin_voids_a_run_and_both_stay_readable(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, closed: Day
) -> None:
    (run,) = await runs(session, closed)
    admin, supervisor = (
        await make_user(session, Role.ADMIN),
        await make_user(session, Role.SUPERVISOR, closed.territory),
    )
    path, body = f"/v1/cutoff-runs/{run.id}/void", {"reason": REASON}
    assert (await api.post(path, json=body, headers=bearer(app, supervisor))).status_code == 403
    assert (await api.post(path, json={"reason": " "}, headers=bearer(app, admin))).status_code == 422
    answer = await api.post(path, json=body, headers=bearer(app, admin))
    assert (answer.status_code, answer.json()["void_reason"]) == (200, REASON)
    report = await api.get(f"/v1/cutoff-runs/{run.id}/missing-orders", headers=bearer(app, supervisor))
    assert [row["resolution"] for row in report.json()["items"]] == ["run_voided"]
    closing = {"territory_code": closed.territory.code, "business_date": run.business_date.isoformat()}
    assert (await api.post("/v1/cutoff-runs", json=closing, headers=bearer(app, admin))).status_code == 201
    listed = await api.get("/v1/cutoff-runs", headers=bearer(app, supervisor))
    assert sorted(each["voided_at"] is None for each in listed.json()["items"]) == [False, True]


async def runs(session: AsyncSession, day: Day) -> list[CutoffRun]:
    run = await close(session, day)
    return [run]
