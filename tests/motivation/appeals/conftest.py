"""A rep with a penalty, her handheld, her supervisor and an admin."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.masters.identity.models import Device, User
from app.masters.territories.models import Rep, Territory
from app.motivation.points.models import PointsEntry
from tests.factories.appeals import BOOKED_AT, REASON, appeal_body, make_entry
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory


@dataclass
class Office:
    """Who is there, and by which headers they call."""

    api: httpx.AsyncClient
    territory: Territory
    rep: Rep
    entry: PointsEntry
    app: FastAPI
    handheld: Device
    staff: dict[Role, User]

    @property
    def device(self) -> dict[str, str]:
        """The headers of the rep's handheld, as of now."""
        return bearer(self.app, self.handheld)

    @property
    def supervisor(self) -> dict[str, str]:
        """Those of the territory's supervisor."""
        return bearer(self.app, self.staff[Role.SUPERVISOR])

    @property
    def admin(self) -> dict[str, str]:
        """Those of an admin."""
        return bearer(self.app, self.staff[Role.ADMIN])

    @property
    def supervisor_name(self) -> str:
        """By which steps name the supervisor."""
        return self.staff[Role.SUPERVISOR].username

    async def appeal(self, entry_id: int | None = None, **fields: Any) -> httpx.Response:
        """The rep appeals her entry, or another one."""
        path = f"/v1/points/{entry_id or self.entry.id}/appeals"
        return await self.api.post(path, json=appeal_body(**fields), headers=self.device)

    async def decide(self, appeal_id: str, by: dict[str, str], outcome: str, reason: str = REASON) -> httpx.Response:
        """Somebody decides."""
        body = {"outcome": outcome, "reason": reason}
        return await self.api.post(f"/v1/appeals/{appeal_id}/decision", json=body, headers=by)

    async def take_further(self, appeal_id: str, words: str = "Ask the neighbour.") -> httpx.Response:
        """The rep takes it to an admin."""
        path = f"/v1/appeals/{appeal_id}/second-instance"
        return await self.api.post(path, json={"text": words}, headers=self.device)

    async def ledger(self) -> list[tuple[str, int, str]]:
        """The rep's ledger of the month, as her supervisor sees it: kind, points and note of each entry."""
        path = f"/v1/reps/{self.rep.code}/points"
        answer = await self.api.get(path, params={"from": "2026-11-01", "to": "2026-11-30"}, headers=self.supervisor)
        return [(item["kind"], item["points"], item["note"]) for item in answer.json()["items"]]


@pytest.fixture
async def office(session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, the_clock: clock.SetClock) -> Office:
    """On the evening of the penalty."""
    the_clock.move_to(BOOKED_AT + timedelta(hours=1))
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    entry = await make_entry(session, rep)
    staff = {role: await make_user(session, role, territory) for role in (Role.SUPERVISOR, Role.ADMIN)}
    return Office(api, territory, rep, entry, app, await make_device(session, rep), staff)
