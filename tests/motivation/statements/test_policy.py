"""What holds of statements: changed a part at a time, from a day on (P6)."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import SYSTEM
from app.ground.db.session import Database
from app.ground.web.access import Role
from app.motivation.statements import service as statements
from app.motivation.statements.models import StatementPolicy
from tests.conftest import MONDAY_NOON
from tests.factories.identity import bearer, make_user

PATH = "/v1/points/statement-policy"
WHOLE = {"valid_from": "2026-11-01", "closing_day": 3, "point_value": "0.50", "currency": "EUR"}


@pytest.fixture
async def headers(session: AsyncSession, app: FastAPI) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN))


def terms(answer: httpx.Response) -> tuple[Any, ...]:
    body = answer.json()
    return body["closing_day"], body["point_value"], body["currency"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"point_value": "0.60"}, (3, "0.60", "EUR")),
        ({"currency": "RON"}, (3, "0.50", "RON")),
        ({"closing_day": None}, (None, "0.50", "EUR")),
        ({"point_value": None, "currency": None}, (3, None, None)),
        ({}, (3, "0.50", "EUR")),
    ],
)
async def test_what_is_left_out_stays(
    api: httpx.AsyncClient, headers: dict[str, str], change: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    await api.put(PATH, json=WHOLE, headers=headers)
    answer = await api.put(PATH, json={"valid_from": "2026-12-01"} | change, headers=headers)
    assert (answer.status_code, terms(answer)) == (200, expected), answer.text
    assert terms(await api.get(PATH, params={"on": "2026-11-30"}, headers=headers)) == (3, "0.50", "EUR")


@pytest.mark.parametrize("change", [{"point_value": None}, {"currency": None}])
async def test_a_value_and_its_currency_go_together(
    api: httpx.AsyncClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    await api.put(PATH, json=WHOLE, headers=headers)
    answer = await api.put(PATH, json={"valid_from": "2026-12-01"} | change, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/currency")


async def test_a_value_alone_is_refused_where_there_is_no_currency_yet(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await api.put(PATH, json={"valid_from": "2026-12-01", "point_value": "0.50"}, headers=headers)
    assert answer.status_code == 422


async def test_a_change_is_made_to_the_version_that_was_read(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    first = await api.put(PATH, json=WHOLE, headers=headers)
    assert first.headers["ETag"] == '"1"'
    change = {"valid_from": "2026-12-01", "closing_day": 5}
    assert (await api.put(PATH, json=change, headers=headers | {"If-Match": '"1"'})).headers["ETag"] == '"2"'
    stale = await api.put(PATH, json=change | {"closing_day": 6}, headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_changes_at_once_are_made_one_after_the_other(committed: Database) -> None:
    start = asyncio.Barrier(6)

    async def change(day: int) -> None:
        async with committed.transaction() as session:
            await start.wait()
            said = {"closing_day": day}
            await statements.change_policy(session, date(2026, 12, day), said, MONDAY_NOON, SYSTEM)

    await asyncio.gather(*(change(day) for day in range(1, 7)))
    async with committed.read_only() as session:
        versions = await session.scalars(select(StatementPolicy.version).order_by(StatementPolicy.version))
        assert versions.all() == [1, 2, 3, 4, 5, 6]
