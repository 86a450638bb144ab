"""Supervisors give up what will not come; handhelds that are revoked are waited for no longer (T7, C4)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import close_day
from app.field.rejected_events.models import RejectedEvent
from app.field.rejected_events.service import forget_rejections
from app.ground import clock
from app.ground.web.access import Role
from app.masters.identity.models import User
from app.motivation.points.models import PenaltyFinalisation
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import make_check_in, make_order
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.rejected_events import make_rejected_event
from tests.factories.visits import MONDAY, make_visit

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BEFORE = CUTOFF - timedelta(minutes=30)
EVENING = CUTOFF + timedelta(minutes=20)


@pytest.fixture
async def closed(session: AsyncSession, field: Field, the_clock: clock.SetClock) -> None:
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    the_clock.move_to(EVENING)


@dataclass(frozen=True)
class Office:
    """A supervisor of the field's territory, who looks at what is missing."""

    api: httpx.AsyncClient
    app: FastAPI
    user: User

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.app, self.user)

    async def shown(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.api.get("/v1/rejected-events", headers=self.headers)).json()["items"]
        return items

    async def give_up(self, id_: str) -> httpx.Response:
        return await self.api.post(f"/v1/rejected-events/{id_}/give-up", headers=self.headers)


@pytest.fixture
async def office(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, field: Field) -> Office:
    return Office(api, app, await make_user(session, Role.SUPERVISOR, field.territory))


async def finalised(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(PenaltyFinalisation.because)))


async def test_a_lost_event_holds_the_watermark_until_it_is_given_up(
    office: Office,
    sync: Sync,
    session: AsyncSession,
    field: Field,
    closed: None,
) -> None:
    events = [make_check_in(field.outlet.code, BEFORE, sequence=number) for number in (1, 3)]
    assert (await sync(*events, time=EVENING, sequence_to=3))["watermark"] == "2026-11-23T14:30:00Z"
    (lost,) = await office.shown()
    assert (lost["kind"], lost["first_sequence"], lost["last_sequence"]) == ("lost", 2, 2)

    answer = await office.give_up(lost["id"])

    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["settled_by"]) == ("given_up", f"user:{office.user.username}")
    assert await finalised(session) == ["watermark_passed"]
    assert (await sync(time=EVENING, sequence_to=3))["watermark"] == "2026-11-23T15:20:00Z"


async def test_what_arrives_after_all_is_recorded_and_cannot_be_given_up(
    office: Office, sync: Sync, field: Field, closed: None
) -> None:
    events = {number: make_check_in(field.outlet.code, BEFORE, sequence=number) for number in (1, 2, 3)}
    await sync(events[1], events[3], time=EVENING, sequence_to=3)
    (lost,) = await office.shown()
    await sync(events[2], time=EVENING, sequence_to=3)
    assert [item["outcome"] for item in await office.shown()] == ["arrived"]
    assert (await office.give_up(lost["id"])).status_code == 409


async def test_what_was_given_up_and_comes_after_all_is_recorded(
    office: Office, sync: Sync, field: Field, closed: None
) -> None:
    events = {number: make_check_in(field.outlet.code, BEFORE, sequence=number) for number in (1, 2, 3)}
    await sync(events[1], events[3], time=EVENING, sequence_to=3)
    (lost,) = await office.shown()
    await office.give_up(lost["id"])
    assert (await sync(events[2], time=EVENING, sequence_to=3))["results"][0]["status"] == "accepted"


async def test_a_rejected_event_that_is_given_up_holds_nothing_and_again_is_no_error(
    office: Office, sync: Sync, session: AsyncSession, closed: None
) -> None:
    await sync({"type": "photo", "sequence": 1}, time=EVENING, sequence_to=1)
    assert await finalised(session) == []
    (rejection,) = await office.shown()
    for _ in range(2):
        assert (await office.give_up(rejection["id"])).status_code == 200
    assert await finalised(session) == ["watermark_passed"]
    assert (await sync({"type": "photo", "sequence": 1}, time=EVENING, sequence_to=1))["watermark"] is not None


async def test_a_refused_form_that_is_given_up_keeps_no_penalty_provisional(
    office: Office,
    sync: Sync,
    session: AsyncSession,
    field: Field,
    closed: None,
) -> None:
    await sync(make_order(field.outlet.code, "NO-SUCH", time=BEFORE, sequence=1), time=EVENING, sequence_to=1)
    assert await finalised(session) == []
    (rejection,) = await office.shown()
    await office.give_up(rejection["id"])
    assert await finalised(session) == ["watermark_passed"]


async def test_a_revoked_handheld_is_waited_for_no_longer(
    office: Office,
    sync: Sync,
    session: AsyncSession,
    field: Field,
    closed: None,
) -> None:
    """A reinstalled app leaves a dead device behind."""
    dead = await make_device(session, field.rep)
    await sync(time=EVENING, sequence_to=0)
    assert await finalised(session) == []
    await office.api.post(f"/v1/devices/{dead.id}/revoke", headers=office.headers)
    assert await finalised(session) == ["watermark_passed"]


async def test_they_are_forgotten_after_90_days(session: AsyncSession, field: Field, the_clock: clock.SetClock) -> None:
    the_clock.move_to(EVENING)
    now = clock.now()
    for days in (91, 89):
        await make_rejected_event(session, field.rep, received_at=now - timedelta(days=days))
    assert await forget_rejections(session, now) == 1
    assert len((await session.scalars(select(RejectedEvent.id))).all()) == 1
