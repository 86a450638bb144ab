"""Logging in from anywhere, for tests: addresses, and attempts that were made before."""

from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.identity import service
from app.masters.identity.login_pace import PACES, Attempt, LoginMarks, Origin, PaceKind
from app.masters.identity.models import LoginPace, User
from app.masters.identity.one_time_codes import RecoveryCode

PASSWORD = "correct horse battery"
HOME, OFFICE, AWAY = "203.0.113.7", "203.0.200.9", "198.51.100.1"
"""Two addresses in one network, and one in another."""


async def make_anna(session: AsyncSession, role: Role, *territory_codes: str) -> User:
    """Anna, who has a password and has not logged in yet."""
    await service.create_user(session, "anna", PASSWORD, role, list(territory_codes))
    return (await session.execute(select(User).where(User.username == "anna"))).scalar_one()


async def log_in_from(app: FastAPI, address: str, password: str = PASSWORD, username: str = "anna") -> httpx.Response:
    """One login from an address."""
    form = {"grant_type": "password", "username": username, "password": password}
    async with caller_at(app, address) as http:
        return await http.post("/v1/auth/token", data=form)


def caller_at(app: FastAPI, address: str) -> httpx.AsyncClient:
    """A client of the app that comes from an address."""
    transport = httpx.ASGITransport(app, client=(address, 4711), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test")


def attempt_of(app: FastAPI, name: str, address: str, **fields: Any) -> Attempt:
    """An attempt as the app counts it."""
    return LoginMarks(app.state.issuer.signing_key).attempt(name, Origin.of(address), **fields)


async def have_failed(session: AsyncSession, attempt: Attempt, kind: PaceKind, times: int, at: datetime) -> None:
    """So many attempts failed just now that are counted like this one."""
    await session.merge(LoginPace(kind=kind.value, slot=attempt.slots[kind], clear_at=at + PACES[kind].every * times))
    await session.flush()


async def still_counted(session: AsyncSession, attempt: Attempt, kind: PaceKind, at: datetime) -> float:
    """How many attempts count that are counted like this one."""
    pace = await session.get(LoginPace, (kind.value, attempt.slots[kind]), populate_existing=True)
    return 0 if pace is None else max(0, (pace.clear_at - at) / PACES[kind].every)


RECOVERY = "7kq2-m9xd-0tbr-5hjw"
PLAIN_RECOVERY = RecoveryCode("7KQ2M9XD0TBR5HJW")
"""The same, as it was typed and as it is hashed."""

SECOND_FACTOR_NEEDED = (400, "invalid_grant", "second-factor-needed")
WRONG_CODE = (400, "invalid_grant", "wrong-code")
WRONG_PASSWORD = (400, "invalid_grant", "wrong-credentials")


async def log_in_with(
    app: FastAPI, otp: str | None = None, *, password: str = PASSWORD, address: str = HOME
) -> httpx.Response:
    """One login of anna's with a code of the second factor, or without one."""
    form = {"grant_type": "password", "username": "anna", "password": password} | ({"otp": otp} if otp else {})
    async with caller_at(app, address) as http:
        return await http.post("/v1/auth/token", data=form)


def kind_of(answer: httpx.Response) -> tuple[int, str, str]:
    """What a refused login is told: status, OAuth's error, the problem's type."""
    body = answer.json()
    return answer.status_code, body.get("error", ""), body.get("type", "").removeprefix("/problems#")
