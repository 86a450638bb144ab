"""The review queue, oldest first, and how often each rule was right."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.records import RuleRecord
from app.field.risk_signals.signals import RiskRule
from app.ground.web.access import Role
from tests.csv_reports import report_rows
from tests.doors.handheld.conftest import Field, field
from tests.factories.handheld import NOON
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory

__all__ = ["field"]

MONDAY = date(2026, 11, 23)


async def make_signal(session: AsyncSession, field: Field, rule: RiskRule, **fields: Any) -> RiskSignal:
    """An open signal of Monday."""
    sound: dict[str, Any] = {
        "id": uuid4(),
        "rule": rule.value,
        "subject_type": "order",
        "subject_id": uuid4(),
        "territory_id": field.territory.id,
        "rep_id": field.rep.id,
        "business_date": MONDAY,
        "evidence": {},
        "explanation": "It is doubted.",
        "raised_at": NOON,
    }
    signal = RiskSignal(**sound | fields)
    session.add(signal)
    await session.flush()
    return signal


def reviewed(outcome: str) -> dict[str, Any]:
    return {"review_outcome": outcome, "review_comment": "", "reviewed_by": "user:sofia", "reviewed_at": NOON}


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, field: Field) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, field.territory, username="sofia"))


async def test_a_rules_precision_is_the_confirmed_of_the_reviewed(
    session: AsyncSession, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    for fields in (
        *[reviewed("confirmed")] * 3,
        reviewed("dismissed") | {"withdrawn_at": NOON},
        {"withdrawn_at": NOON},
        {},
        {},
    ):
        await make_signal(session, field, RiskRule.AVERAGED_ORDER, **fields)
    await make_signal(session, field, RiskRule.ONE_SPOT)

    body = (await api.get("/v1/risk-signals/precision", headers=supervisor)).json()
    items = {item["rule"]: item for item in body["items"]}

    assert (body["from"], body["to"]) == (None, None)
    assert list(items) == [rule.value for rule in RiskRule]
    assert items["averaged_order"] == {
        "rule": "averaged_order",
        "raised": 7,
        "open": 2,
        "withdrawn": 1,
        "confirmed": 3,
        "dismissed": 1,
        "precision": {"numerator": 3, "denominator": 4, "value": "0.7500"},
    }
    assert items["one_spot"]["precision"] == {"numerator": 0, "denominator": 0, "value": None}
    assert items["shared_device"]["raised"] == 0


async def test_precision_is_of_a_period_and_of_the_callers_territories(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, field: Field, supervisor: dict[str, str]
) -> None:
    other = await make_territory(session)
    rep = await make_rep(session, other)
    foreign = Field(other, rep, await make_device(session, rep), field.outlet, field.product)
    for days, where in ((0, field), (1, field), (0, foreign)):
        await make_signal(session, where, RiskRule.ONE_SPOT, business_date=MONDAY + timedelta(days=days))
    admin = bearer(app, await make_user(session, Role.ADMIN))

    async def raised(headers: dict[str, str], **query: str) -> int:
        answer = await api.get("/v1/risk-signals/precision", params=query, headers=headers)
        return sum(item["raised"] for item in answer.json()["items"])

    assert await raised(supervisor) == 2
    assert await raised(supervisor, **{"from": "2026-11-24"}) == 1
    assert await raised(supervisor, to="2026-11-23") == 1
    assert await raised(supervisor, territory_code=other.code) == 0
    assert await raised(admin) == 3
    assert await raised(admin, territory_code=other.code) == 1


async def test_the_queue_can_be_worked_off_from_the_oldest(
    session: AsyncSession, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    made = [
        await make_signal(session, field, RiskRule.ONE_SPOT, raised_at=NOON + timedelta(minutes=number))
        for number in range(5)
    ]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "order": "oldest", "status": "open"}
    while True:
        page = (await api.get("/v1/risk-signals", params=query, headers=supervisor)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == [str(signal.id) for signal in made]


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_precision_lies_between_none_and_all_and_is_none_of_nothing(confirmed: int, dismissed: int) -> None:
    precision = RuleRecord(RiskRule.ONE_SPOT, confirmed=confirmed, dismissed=dismissed).precision

    assert (precision is None) == (confirmed + dismissed == 0)
    assert precision is None or 0 <= precision <= 1


async def test_the_record_of_the_rules_comes_as_a_file(
    session: AsyncSession, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    for fields in (reviewed("confirmed"), reviewed("dismissed"), {}):
        await make_signal(session, field, RiskRule.AVERAGED_ORDER, **fields)
    rows = {row["rule"]: row for row in await report_rows(api, "/v1/risk-signals/precision", supervisor)}
    assert list(rows) == [rule.value for rule in RiskRule]
    figures = {"raised": "3", "open": "1", "withdrawn": "0", "confirmed": "1", "dismissed": "1", "precision": "0.5000"}
    assert rows["averaged_order"] == {"rule": "averaged_order"} | figures
    assert rows["one_spot"]["precision"] == ""
