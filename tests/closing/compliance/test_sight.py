"""What a visit, a check-in and an upload's answer show of an outlet: to nobody more than they could read directly."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role, Scope
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.architecture.access_world import make_penalty
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_check_in, make_fix, make_order, make_upload
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import make_order as make_stored_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

Headers = dict[str, str]
NEARBY = (38.2470, 21.7350)
"""Some 60 m from the outlets."""


@dataclass
class Company:
    """Two territories; the rep works for A, the foreign outlet is B's and has ordered."""

    a: Territory
    b: Territory
    rep: Rep
    outlet: Outlet
    foreign: Outlet
    product: Product


@pytest.fixture
async def company(session: AsyncSession) -> Company:
    a, b = await make_territory(session), await make_territory(session)
    rep = await make_rep(session, a)
    product = await make_product(session)
    foreign = await make_outlet(session, b, name="Taverna", terms={"credit_hold": True})
    await make_stored_order(session, foreign, rep=await make_rep(session, b), lines=[(product, 12)])
    return Company(a, b, rep, await make_outlet(session, a), foreign, product)


@pytest.fixture
async def device(session: AsyncSession, app: FastAPI, company: Company) -> Headers:
    return bearer(app, await make_device(session, company.rep))


async def one_visit(api: httpx.AsyncClient, headers: Headers) -> dict[str, Any]:
    """The only visit in sight, as the list and as its own page show it: the same."""
    (listed,) = (await api.get("/v1/visits", headers=headers)).json()["items"]
    whole: dict[str, Any] = (await api.get(f"/v1/visits/{listed['id']}", headers=headers)).json()
    assert whole["check_ins"] == listed["check_ins"]
    assert [order["id"] for order in whole["orders"]] == [order["id"] for order in listed["orders"]]
    return whole


async def test_a_check_in_at_an_outlet_out_of_sight_opens_nothing_of_it(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, company: Company, device: Headers
) -> None:
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, company.a))
    event = make_check_in(company.foreign.code, fix=make_fix(NEARBY))
    uploaded = (await api.post("/v1/sync", json=make_upload(event), headers=device)).json()["results"][0]
    repeated = (await api.post("/v1/sync", json=make_upload(event), headers=device)).json()["results"][0]
    single = await api.post("/v1/check-ins", json=make_check_in(company.foreign.code), headers=device)
    unseen: dict[str, Any] = {"code": "NO_OUTLET_LOCATION", "p_inside": None, "distance_m": None, "reasons": []}
    assert [answer["verdict"] for answer in (uploaded, repeated, single.json())] == [unseen] * 3
    for headers in (device, supervisor):
        visit = await one_visit(api, headers)
        assert (visit["orders"], visit["outlet_name"], visit["status"]) == ([], None, "unverified")
        shown = [*visit["check_ins"], *(await api.get("/v1/check-ins", headers=headers)).json()["items"]]
        by_id = await api.get(f"/v1/check-ins/{event['id']}", headers=headers)
        for check_in in [*shown, by_id.json()]:
            verdict = {"location_version": 0, "policy_version": check_in["verdict"]["policy_version"]} | unseen
            assert check_in["verdict"] == verdict
            assert check_in["fix"]["lat"] > 38
        assert (await api.get("/v1/visits?status=verified", headers=headers)).json()["items"] == []


async def test_whoever_sees_both_territories_sees_what_was_recorded(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, company: Company, device: Headers
) -> None:
    await api.post("/v1/check-ins", json=make_check_in(company.foreign.code), headers=device)
    both = bearer(app, await make_user(session, Role.SUPERVISOR, company.a, company.b))
    for headers in (both, bearer(app, await make_user(session, Role.ADMIN))):
        visit = await one_visit(api, headers)
        assert (visit["outlet_name"], visit["status"], len(visit["orders"])) == ("Taverna", "verified", 1)
        assert visit["check_ins"][0]["verdict"]["distance_m"] is not None


async def test_an_outlet_in_the_plan_is_shown_wherever_it_belongs_by_now(
    api: httpx.AsyncClient, session: AsyncSession, company: Company, device: Headers
) -> None:
    await make_visit(session, company.rep, company.outlet)
    await session.execute(update(Outlet).where(Outlet.id == company.outlet.id).values(territory_id=company.b.id))
    body = make_upload(make_check_in(company.outlet.code))
    uploaded = (await api.post("/v1/sync", json=body, headers=device)).json()
    assert uploaded["results"][0]["verdict"]["code"] == "INSIDE"
    visit = await one_visit(api, device)
    assert (visit["status"], visit["check_ins"][0]["verdict"]["code"]) == ("verified", "INSIDE")


async def test_a_device_reads_an_order_that_covers_its_planned_visit_and_no_other_one(
    api: httpx.AsyncClient, session: AsyncSession, company: Company, device: Headers
) -> None:
    elsewhere = await make_outlet(session, company.a)
    await make_visit(session, company.rep, company.outlet)
    covering = await make_stored_order(session, company.outlet, lines=[(company.product, 6)])
    other = await make_stored_order(session, elsewhere, lines=[(company.product, 6)])
    assert [order["id"] for order in (await one_visit(api, device))["orders"]] == [str(covering.id)]
    assert (await api.get(f"/v1/orders/{covering.id}", headers=device)).status_code == 200
    assert (await api.get(f"/v1/orders/{covering.id}/versions", headers=device)).status_code == 200
    assert (await api.get(f"/v1/orders/{other.id}", headers=device)).status_code == 404
    assert (await api.post(f"/v1/orders/{covering.id}/cancel", headers=device)).status_code == 404


async def test_a_refused_order_tells_nothing_of_an_outlet_outside_of_the_territory(
    api: httpx.AsyncClient, company: Company, device: Headers
) -> None:
    answer = await api.post("/v1/orders", json=make_order(company.foreign.code, company.product.code), headers=device)
    assert [error["code"] for error in answer.json()["errors"]] == ["outlet_outside_territory"]


@pytest.mark.parametrize(
    ("scopes", "orders", "points"),
    [
        ([Scope.VISITS_READ], 0, 0),
        ([Scope.VISITS_READ, Scope.ORDERS_READ], 1, 0),
        ([Scope.VISITS_READ, Scope.POINTS_READ], 0, 1),
    ],
)
async def test_a_client_is_shown_in_a_visit_what_its_scopes_let_it_read(
    api: httpx.AsyncClient,
    session: AsyncSession,
    app: FastAPI,
    company: Company,
    scopes: list[Scope],
    orders: int,
    points: int,
) -> None:
    visit = await make_visit(session, company.rep, company.outlet)
    await make_stored_order(session, company.outlet, lines=[(company.product, 6)])
    await make_penalty(session, company.rep, visit)
    shown = await one_visit(api, bearer(app, await make_client(session, *scopes)))
    assert (len(shown["orders"]), len(shown["points"])) == (orders, points)


async def test_a_client_that_may_write_and_not_read_changes_what_it_placed_itself_alone(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, company: Company
) -> None:
    blind = bearer(app, await make_client(session, Scope.ORDERS_WRITE))
    seeing = bearer(app, await make_client(session, Scope.ORDERS_WRITE, Scope.ORDERS_READ))
    others = await make_stored_order(session, company.outlet, rep=company.rep, lines=[(company.product, 6)])
    form = make_order(company.outlet.code, company.product.code)
    assert (await api.post("/v1/orders", json=form, headers=blind)).status_code == 201
    amended = form | {"comment": "before noon"}
    for order_id, status in ((others.id, 404), (form["id"], 200)):
        body = amended | {"id": str(order_id)}
        assert (await api.put(f"/v1/orders/{order_id}", json=body, headers=blind)).status_code == status
        assert (await api.post(f"/v1/orders/{order_id}/cancel", headers=blind)).status_code == status
    assert (await api.post(f"/v1/orders/{others.id}/cancel", headers=seeing)).status_code == 200


async def test_an_operator_reads_prices_and_the_orders_of_the_outlets_behind_its_tasks(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, company: Company
) -> None:
    phoned, quiet = company.outlet, await make_outlet(session, company.a)
    await make_call_task(session, phoned)
    await make_call_task(session, company.foreign)
    orders = [await make_stored_order(session, outlet) for outlet in (phoned, quiet, company.foreign)]
    operator = bearer(app, await make_user(session, Role.OPERATOR, company.a))
    answers = [await api.get(f"/v1/orders/{order.id}", headers=operator) for order in orders]
    assert [answer.status_code for answer in answers] == [200, 404, 404]
    listed = (await api.get("/v1/orders", headers=operator)).json()["items"]
    assert [order["id"] for order in listed] == [str(orders[0].id)]
    assert (await api.get("/v1/prices", headers=operator)).status_code == 200
    cancelled = await api.post(f"/v1/orders/{orders[0].id}/cancel", headers=operator)
    assert cancelled.status_code == 403


async def test_the_past_orders_of_a_call_task_can_be_read_after_the_outlet_was_handed_over(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, company: Company
) -> None:
    past = await make_stored_order(session, company.outlet)
    await session.execute(update(Outlet).where(Outlet.id == company.outlet.id).values(territory_id=company.b.id))
    await session.refresh(company.outlet)
    task = await make_call_task(session, company.outlet, id=uuid4())
    operator = bearer(app, await make_user(session, Role.OPERATOR, company.b))
    shown = (await api.get(f"/v1/call-tasks/{task.id}", headers=operator)).json()["recent_orders"]
    assert [order["id"] for order in shown] == [str(past.id)]
    assert (await api.get(f"/v1/orders/{past.id}", headers=operator)).status_code == 200
