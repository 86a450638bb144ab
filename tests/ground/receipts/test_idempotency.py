"""Idempotency-Key: done once, answered alike ever after."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.receipts.idempotency import prune_idempotency_keys
from app.ground.receipts.models import IdempotencyKey
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from app.masters.identity.models import Client, User
from tests.databases import by_the_owner
from tests.factories.identity import bearer, make_user

ERP = {"name": "erp", "scopes": ["orders:read"]}


@pytest.fixture
async def admin(session: AsyncSession) -> User:
    return await make_user(session, Role.ADMIN)


async def post(
    api: httpx.AsyncClient, app: FastAPI, caller: User, key: str | None = "k-1", **change: object
) -> httpx.Response:
    headers = bearer(app, caller) | ({} if key is None else {"Idempotency-Key": key})
    return await api.post("/v1/clients", json=ERP | change, headers=headers)


async def clients(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Client)) or 0


async def test_a_repeated_request_is_done_once_and_gets_the_first_answer(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User
) -> None:
    first, again = await post(api, app, admin), await post(api, app, admin)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await clients(session) == 1


async def test_without_a_key_a_repeated_request_meets_the_constraint(
    api: httpx.AsyncClient, app: FastAPI, admin: User
) -> None:
    assert (await post(api, app, admin, None)).status_code == 201
    assert (await post(api, app, admin, None)).status_code == 409


async def test_a_key_with_another_body_is_refused(api: httpx.AsyncClient, app: FastAPI, admin: User) -> None:
    await post(api, app, admin)
    other = await post(api, app, admin, scopes=["orders:write"])
    assert (other.status_code, other.json()["type"]) == (422, "/problems#idempotency-key-reused")
    assert other.json()["errors"][0]["pointer"] == "/header/idempotency-key"


async def test_a_key_is_a_callers_own(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User) -> None:
    await post(api, app, admin)
    other = await post(api, app, await make_user(session, Role.ADMIN), name="other")
    assert other.status_code == 201
    assert await clients(session) == 2


async def test_an_error_is_not_kept(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User) -> None:
    session.add(blocking := Client(id=uuid4(), name="erp", secret_hash=b"x", scopes=[]))
    await session.flush()
    assert (await post(api, app, admin)).status_code == 409
    async with by_the_owner(session):
        await session.delete(blocking)
    assert (await post(api, app, admin)).status_code == 201


async def test_neither_the_secret_nor_the_answer_is_stored_in_clear(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User
) -> None:
    secret = (await post(api, app, admin)).json()["client_secret"]
    kept = await session.scalar(select(IdempotencyKey))
    assert kept is not None
    assert secret.encode() not in kept.body
    assert b"client_id" not in kept.body


async def test_an_answer_kept_under_an_older_key_is_told_to_be_lost_and_nothing_is_done_twice(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User
) -> None:
    await post(api, app, admin)
    kept = await session.scalar(select(IdempotencyKey))
    assert kept is not None
    async with by_the_owner(session):
        kept.body = kept.body[:-2] + (b"AA" if not kept.body.endswith(b"AA") else b"BB")
    lost = await post(api, app, admin)
    assert (lost.status_code, lost.json()["type"]) == (409, "/problems#idempotent-answer-lost")
    assert await clients(session) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129])
async def test_an_unfit_key_is_refused(api: httpx.AsyncClient, app: FastAPI, admin: User, key: str) -> None:
    assert (await post(api, app, admin, key)).status_code == 422


async def test_a_key_is_forgotten_after_two_days(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: User, the_clock: clock.SetClock
) -> None:
    await post(api, app, admin)
    assert await prune_idempotency_keys(session, the_clock.at + timedelta(days=2)) == 0
    assert await prune_idempotency_keys(session, the_clock.at + timedelta(days=2, seconds=1)) == 1


async def test_of_ten_requests_with_one_key_at_once_one_is_done_and_none_differs(
    committed: Database, tmp_path: Path
) -> None:
    app = create_app(Settings(home=tmp_path, token_secret="x" * 40), committed)  # type: ignore[arg-type]  # parsed
    async with committed.transaction() as session:
        admin = await make_user(session, Role.ADMIN)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as client:
        answers = await asyncio.gather(*(post(client, app, admin) for _ in range(10)))
        later = await post(client, app, admin)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.content for answer in answers if answer.status_code == 201} == {later.content}
    assert {a.json()["type"] for a in answers if a.status_code == 409} <= {"/problems#idempotency-key-in-flight"}
    async with committed.read_only() as session:
        assert await clients(session) == 1
