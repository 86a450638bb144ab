"""A doubt with the records beside which it stands."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.ground.web.access import Role
from tests.conftest import Statements
from tests.doors.handheld.conftest import Field, field
from tests.factories.check_ins import make_stored_check_in
from tests.factories.handheld import NOON
from tests.factories.identity import bearer, make_user
from tests.factories.orders import MONDAY, make_order, make_receipt
from tests.factories.risk_signals import make_signal

__all__ = ["field"]


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, field: Field) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, field.territory))


async def check_in_at(session: AsyncSession, field: Field, minutes: int) -> CheckIn:
    check_in = await make_stored_check_in(session, field.rep, field.outlet, at=NOON + timedelta(minutes=minutes))
    await make_receipt(session, "check_in", check_in.id, check_in.business_date, NOON)
    return check_in


def reference_to(check_in: CheckIn) -> dict[str, str]:
    return {"id": str(check_in.id), "kind": "check_in"}


async def detail(api: httpx.AsyncClient, signal: RiskSignal, headers: dict[str, str]) -> dict[str, Any]:
    answer = await api.get(f"/v1/risk-signals/{signal.id}", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_it_is_the_signal_of_the_list_with_its_records(
    api: httpx.AsyncClient, session: AsyncSession, field: Field, supervisor: dict[str, str]
) -> None:
    signal = await make_signal(session, await check_in_at(session, field, 0), "mock_location")
    body = await detail(api, signal, supervisor)
    listed = (await api.get("/v1/risk-signals", headers=supervisor)).json()["items"]
    records = {name: body.pop(name) for name in ("check_ins", "orders", "products")}
    assert listed == [body]
    assert [check_in["id"] for check_in in records["check_ins"]] == [str(signal.subject_id)]
    assert (records["orders"], records["products"]) == ([], [])


async def test_a_way_too_fast_comes_with_both_places(
    api: httpx.AsyncClient, session: AsyncSession, field: Field, supervisor: dict[str, str]
) -> None:
    first, second = await check_in_at(session, field, 0), await check_in_at(session, field, 1)
    signal = await make_signal(session, second, "impossible_speed", evidence={"before": reference_to(first)})
    body = await detail(api, signal, supervisor)
    assert [check_in["id"] for check_in in body["check_ins"]] == [str(first.id), str(second.id)]
    assert all(check_in["fix"]["lat"] for check_in in body["check_ins"])


async def test_an_averaged_order_comes_with_the_four_and_with_the_names_of_products(
    api: httpx.AsyncClient, session: AsyncSession, field: Field, supervisor: dict[str, str]
) -> None:
    lines = [(field.product, 12)]
    four = [
        await make_order(session, field.outlet, lines=lines, business_date=MONDAY - timedelta(weeks=weeks))
        for weeks in (4, 3, 2, 1)
    ]
    order = await make_order(session, field.outlet, rep=field.rep, lines=lines)
    check_in = await check_in_at(session, field, -90)
    evidence = {
        "lines": [{"product_code": field.product.code, "quantity": "12", "mean": "12", "pack_size": "6"}],
        "mean_of": [{"id": str(each.id), "business_date": each.business_date.isoformat()} for each in four],
        "captured": {"by": "last_check_in", "check_in": reference_to(check_in)},
    }
    body = await detail(api, await make_signal(session, order, "averaged_order", evidence=evidence), supervisor)
    assert [each["id"] for each in body["orders"]] == [str(each.id) for each in (*four, order)]
    assert body["products"] == [{"product_code": field.product.code, "name": field.product.name}]
    assert [each["id"] for each in body["check_ins"]] == [str(check_in.id)]


async def test_a_doubt_about_a_device_has_no_records(
    api: httpx.AsyncClient, session: AsyncSession, field: Field, supervisor: dict[str, str]
) -> None:
    about = await check_in_at(session, field, 0)
    signal = await make_signal(session, about, "sequence_gap", subject_type="device", evidence={"missing": [[1, 2]]})
    body = await detail(api, signal, supervisor)
    assert (body["check_ins"], body["orders"], body["products"]) == ([], [], [])


async def test_records_are_read_by_a_fixed_number_of_statements(
    api: httpx.AsyncClient,
    session: AsyncSession,
    field: Field,
    supervisor: dict[str, str],
    statements: Statements,
) -> None:
    taken = []
    for count in (1, 4):
        orders = [await make_order(session, field.outlet, lines=[(field.product, 6)]) for _ in range(count)]
        check_ins = [await check_in_at(session, field, minutes) for minutes in range(count)]
        evidence = {
            "mean_of": [{"id": str(order.id)} for order in orders],
            **{f"reference_{number}": reference_to(check_in) for number, check_in in enumerate(check_ins)},
        }
        order = await make_order(session, field.outlet, rep=field.rep)
        signal = await make_signal(session, order, "averaged_order", evidence=evidence)
        await statements.taken()
        await detail(api, signal, supervisor)
        taken.append(len(await statements.taken()))
    assert taken[0] == taken[1]
