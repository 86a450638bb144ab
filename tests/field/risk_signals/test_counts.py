"""How many doubts there are, by what a queue of them is narrowed down by."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.signals import RiskRule
from app.ground.web.access import Role
from tests.conftest import Statements
from tests.doors.handheld.conftest import Field, field
from tests.factories.handheld import NOON
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory
from tests.field.risk_signals.test_precision import MONDAY, make_signal, reviewed

__all__ = ["field"]

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, field: Field) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, field.territory))


@pytest.fixture
async def colleague(session: AsyncSession, field: Field) -> Field:
    """Another rep of the territory."""
    rep = await make_rep(session, field.territory, name="Petros")
    return Field(field.territory, rep, await make_device(session, rep), field.outlet, field.product)


@pytest.fixture
async def queue(session: AsyncSession, field: Field, colleague: Field) -> None:
    """Three mock locations of a rep on Monday, and of a colleague one on Tuesday, with an averaged order."""
    for _ in range(3):
        await make_signal(session, field, RiskRule.MOCK_LOCATION)
    await make_signal(session, colleague, RiskRule.MOCK_LOCATION, business_date=TUESDAY)
    await make_signal(session, colleague, RiskRule.AVERAGED_ORDER, business_date=TUESDAY)
    await make_signal(session, field, RiskRule.ONE_SPOT, **reviewed("confirmed"))
    await make_signal(session, field, RiskRule.ONE_SPOT, withdrawn_at=NOON)


async def counted(api: httpx.AsyncClient, headers: dict[str, str], **query: str) -> dict[str, dict[str, int]]:
    """The signals by rule, by rep and by day."""
    answer = await api.get("/v1/risk-signals/counts", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, list[dict[str, Any]]] = answer.json()
    keys: dict[str, Callable[[dict[str, Any]], str]] = {
        "rules": lambda count: count["rule"],
        "reps": lambda count: count["rep_code"],
        "days": lambda count: count["business_date"],
    }
    return {name: {key(count): count["signals"] for count in body[name]} for name, key in keys.items()}


async def test_what_is_open_is_counted_by_rule_by_rep_and_by_day(
    api: httpx.AsyncClient, field: Field, colleague: Field, queue: None, supervisor: dict[str, str]
) -> None:
    assert await counted(api, supervisor, status="open") == {
        "rules": {"mock_location": 4, "averaged_order": 1},
        "reps": {field.rep.code: 3, colleague.rep.code: 2},
        "days": {"2026-11-23": 3, "2026-11-24": 2},
    }


async def test_each_is_counted_as_if_its_own_filter_were_not_set(
    api: httpx.AsyncClient, field: Field, colleague: Field, queue: None, supervisor: dict[str, str]
) -> None:
    filters = {"rule": "averaged_order", "from": "2026-11-24", "to": "2026-11-24"}
    assert await counted(api, supervisor, status="open", **filters) == {
        "rules": {"mock_location": 1, "averaged_order": 1},
        "reps": {colleague.rep.code: 1},
        "days": {"2026-11-24": 1},
    }
    assert (await counted(api, supervisor, status="open", rep_code=field.rep.code))["reps"] == {
        field.rep.code: 3,
        colleague.rep.code: 2,
    }


@pytest.mark.parametrize(("status", "signals"), [("reviewed", 1), ("withdrawn", 1), ("open", 0)])
async def test_it_is_counted_where_they_stand(
    api: httpx.AsyncClient, queue: None, supervisor: dict[str, str], status: str, signals: int
) -> None:
    rules = (await counted(api, supervisor, status=status))["rules"]
    assert rules.get("one_spot", 0) == signals


async def test_the_signals_of_other_territories_are_not_counted(
    api: httpx.AsyncClient, session: AsyncSession, queue: None, supervisor: dict[str, str], app: FastAPI
) -> None:
    other = await make_territory(session)
    stranger = bearer(app, await make_user(session, Role.SUPERVISOR, other))
    assert await counted(api, stranger) == {"rules": {}, "reps": {}, "days": {}}
    assert (await counted(api, supervisor, territory_code=other.code))["rules"] == {}


async def test_they_are_counted_by_one_statement(
    api: httpx.AsyncClient, queue: None, supervisor: dict[str, str], statements: Statements
) -> None:
    await counted(api, supervisor)
    await statements.taken()
    await counted(api, supervisor, rule="one_spot")
    assert sum("GROUPING SETS" in statement for statement in await statements.taken()) == 1
