"""A territory with two reps and their outlets, and everybody who has to do with their plans."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.identity.models import Device, User
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

WEEK = "/v1/reps/PAT-R1/week-plans/2026-W49"


@dataclass
class Desk:
    """Who calls: a rep's device and its supervisor; and what they plan with."""

    api: httpx.AsyncClient
    territory: Territory
    rep: Rep
    other_rep: Rep
    outlets: list[Outlet]
    device: Device
    supervisor: User
    app: FastAPI

    async def as_rep(self, method: str, path: str = "", body: Any = None, **headers: str) -> httpx.Response:
        """The rep's handheld calls for its week, or for a path of its own."""
        return await self._call(method, path, body, bearer(self.app, self.device) | headers)

    async def as_supervisor(self, method: str, path: str = "", body: Any = None, **headers: str) -> httpx.Response:
        """The supervisor calls for the rep's week, or for another path."""
        return await self._call(method, path, body, bearer(self.app, self.supervisor) | headers)

    async def _call(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        url = path if path.startswith("/v1") else WEEK + path
        return await self.api.request(method, url, json=body, headers=headers)

    async def approved(self, *visits: tuple[int, str]) -> dict[str, Any]:
        """The rep's week with these visits (number of the outlet, day), put, submitted and approved."""
        await self.as_rep("PUT", "", plan(self, *visits))
        await self.as_rep("POST", "/submit")
        answer = await self.as_supervisor("POST", "/approve")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def plan(desk: Desk, *visits: tuple[int, str]) -> dict[str, Any]:
    """A body with these visits, in their order."""
    return {"visits": [{"outlet_code": desk.outlets[number].code, "visit_date": day} for number, day in visits]}


def planned(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    """What a plan has: outlet, day, place."""
    return [(visit["outlet_code"], visit["visit_date"], visit["sequence"]) for visit in answer["visits"]]


@pytest.fixture
async def desk(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> Desk:
    territory = await make_territory(session, code="PAT")
    rep = await make_rep(session, territory, code="PAT-R1")
    other = await make_rep(session, territory, code="PAT-R2")
    outlets = [
        await make_outlet(session, territory, code=f"PAT-{number:04}", at=(38.20 + number / 100, 21.73))
        for number in range(6)
    ]
    return Desk(
        api,
        territory,
        rep,
        other,
        outlets,
        await make_device(session, rep),
        await make_user(session, Role.SUPERVISOR, territory, username="sofia"),
        app,
    )
