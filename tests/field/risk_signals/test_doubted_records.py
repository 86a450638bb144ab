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
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

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


async def test_the_doubted_reps_orders_come_with_where_they_were_captured_and_a_colleagues_do_not(
    api: httpx.AsyncClient, session: AsyncSession, field: Field, supervisor: dict[str, str]
) -> None:
    position: dict[str, Any] = {"lat": 38.2, "lon": 21.7, "accuracy_m": 8.0, "provider": "gps"}
    colleague = await make_rep(session, field.territory)
    theirs = await make_order(session, field.outlet, rep=colleague, business_date=MONDAY - timedelta(7), **position)
    unplaced = await make_order(session, field.outlet, rep=field.rep, business_date=MONDAY - timedelta(1))
    order = await make_order(session, field.outlet, rep=field.rep, **position)
    evidence = {"mean_of": [{"id": str(each.id)} for each in (theirs, unplaced)]}
    body = await detail(api, await make_signal(session, order, "averaged_order", evidence=evidence), supervisor)
    fixes = {each["id"]: each["fix"] for each in body["orders"]}
    assert fixes[str(order.id)] == position | {"fix_at": None, "mock": False}
    assert fixes[str(unplaced.id)] is None
    assert fixes[str(theirs.id)] is None


@pytest.mark.parametrize("planned", [False, True])
async def test_an_outlet_of_others_is_called_by_name_only_where_the_rep_was_to_go_there(
    api: httpx.AsyncClient, session: AsyncSession, field: Field, supervisor: dict[str, str], planned: bool
) -> None:
    elsewhere = await make_outlet(session, await make_territory(session))
    check_in = await make_stored_check_in(session, field.rep, elsewhere, at=NOON)
    if planned:
        await make_visit(session, field.rep, elsewhere, visit_date=check_in.business_date)
    own = await make_signal(session, await check_in_at(session, field, 0), "mock_location")
    foreign = await make_signal(session, check_in, "mock_location")
    listed = (await api.get("/v1/risk-signals", headers=supervisor)).json()["items"]
    names = {signal["id"]: signal["outlet_name"] for signal in listed}
    assert names[str(own.id)] == field.outlet.name
    assert names[str(foreign.id)] == (elsewhere.name if planned else None)


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
