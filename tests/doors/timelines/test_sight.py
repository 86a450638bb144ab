"""Whom a timeline shows what: each record to whom its own route shows it."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.timelines.records import TimelineType
from app.ground.clock import SetClock
from app.ground.web.access import Role, Scope
from app.masters.territories.models import Territory
from tests.doors.timelines.worlds import (
    CASES,
    LATER,
    Shop,
    a_form_by_mail,
    an_order_that_was_amended,
    an_order_that_was_cancelled,
    make_shop,
)
from tests.factories.call_tasks import make_call_task
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.territories import make_territory

Headers = dict[str, str]
BY_ID = ("/v1/visits/", "/v1/check-ins/", "/v1/orders/", "/v1/deliveries/", "/v1/returns/", "/v1/call-tasks/")
"""Records with an address of their own, at which they are shown to nobody else."""
COMES_ALONG = {
    TimelineType.ORDER,
    TimelineType.REFUSED_ORDER,
    TimelineType.DELIVERY,
    TimelineType.FULFILMENT_DECISION,
    TimelineType.RETURN,
    TimelineType.LOCATION,
    TimelineType.TERMS,
    TimelineType.MASTER,
}


@pytest.fixture(autouse=True)
def thursday(the_clock: SetClock) -> None:
    the_clock.move_to(LATER)


@pytest.fixture
async def shop(session: AsyncSession) -> Shop:
    """An outlet at which one thing of each type has happened."""
    shop = await make_shop(session)
    cases = {case.type: case for case in reversed(CASES) if case.type is not TimelineType.VISIT}
    for case in cases.values():
        await case.make(await another_rep(shop))
    await session.flush()
    return shop


async def another_rep(shop: Shop) -> Shop:
    """The outlet, visited by somebody else: a rep has one visit of it a day."""
    other = await make_shop(shop.session, shop.territory)
    return Shop(shop.session, shop.territory, other.rep, shop.outlet, shop.product)


async def items(api: httpx.AsyncClient, shop: Shop, headers: Headers) -> list[dict[str, Any]]:
    answer = await api.get(f"/v1/outlets/{shop.outlet.code}/timeline?limit=500", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def types(shown: list[dict[str, Any]]) -> set[str]:
    return {item["type"] for item in shown}


async def supervisor(session: AsyncSession, app: FastAPI, *territories: Territory) -> Headers:
    return bearer(app, await make_user(session, Role.SUPERVISOR, *territories))


async def move(shop: Shop) -> Territory:
    """The outlet goes to another territory."""
    new = await make_territory(shop.session)
    shop.outlet.territory_id = new.id
    await shop.session.flush()
    return new


async def test_admins_and_supervisors_of_the_outlet_are_told_of_everything(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    admin = bearer(app, await make_user(session, Role.ADMIN))
    told = await items(api, shop, await supervisor(session, app, shop.territory))
    assert types(told) == {type_.value for type_ in TimelineType}
    to_admin = await items(api, shop, admin)
    assert [item | {"href": None} for item in to_admin] == [item | {"href": None} for item in told]
    # the audit trail is read by admins alone
    assert {item["type"] for item, other in zip(told, to_admin, strict=True) if item != other} == {"master"}


async def test_what_was_recorded_in_another_territory_is_told_as_far_as_it_came_along(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    everything = await items(api, shop, bearer(app, await make_user(session, Role.ADMIN)))
    new = await move(shop)
    told = await items(api, shop, await supervisor(session, app, new))
    assert types(told) == {type_.value for type_ in COMES_ALONG}
    both = await items(api, shop, await supervisor(session, app, shop.territory, new))
    assert [item["id"] for item in both] == [item["id"] for item in everything]


async def test_who_sees_the_former_territory_alone_is_told_of_no_such_outlet(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    former = await supervisor(session, app, shop.territory)
    await move(shop)
    answer = await api.get(f"/v1/outlets/{shop.outlet.code}/timeline", headers=former)
    assert answer.status_code == 404


@pytest.mark.parametrize("moves", [False, True])
async def test_records_are_shown_to_whom_their_own_routes_show_them(
    moves: bool, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    territory = await move(shop) if moves else shop.territory
    everything = await items(api, shop, bearer(app, await make_user(session, Role.ADMIN)))
    callers = {
        "supervisor": await supervisor(session, app, territory),
        "operator": bearer(app, await make_user(session, Role.OPERATOR, territory)),
        "client": bearer(app, await make_client(session, *Scope)),
        "orders": bearer(app, await make_client(session, Scope.VISITS_READ, Scope.ORDERS_READ)),
    }
    compared = set()
    for name, headers in callers.items():
        shown = {(item["type"], item["title"], item["id"]) for item in await items(api, shop, headers)}
        for item in everything:
            if item["href"] is None or not item["href"].startswith(BY_ID) or item["title"] == "order_amended":
                continue
            direct = (await api.get(item["href"], headers=headers)).status_code
            assert ((item["type"], item["title"], item["id"]) in shown) is (direct == 200), f"{name}: {item}"
            compared.add((name, direct))
    assert {direct for _, direct in compared} >= ({200, 403, 404} if moves else {200, 403})


async def test_an_operator_is_told_of_calls_and_of_what_stands_beside_them(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    await an_order_that_was_cancelled(shop)
    operator = bearer(app, await make_user(session, Role.OPERATOR, shop.territory))
    told = await items(api, shop, operator)
    assert types(told) == {"call_task", "order", "mail_form", "terms"}
    assert {item["title"] for item in told if item["type"] == "order"} == {"order_accepted", "order_cancelled"}


async def test_an_operator_is_told_of_no_orders_where_nobody_was_to_be_phoned(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    shop = await make_shop(session)
    await an_order_that_was_amended(shop)
    await a_form_by_mail(shop)
    await session.flush()
    operator = bearer(app, await make_user(session, Role.OPERATOR, shop.territory))
    assert types(await items(api, shop, operator)) == {"mail_form", "terms"}
    await make_call_task(session, shop.outlet)
    told = await items(api, shop, operator)
    assert {item["title"] for item in told} == {"call_task_opened", "form_received", "order_accepted", "terms_changed"}


@pytest.mark.parametrize(
    ("scope", "opens"),
    [
        (Scope.VISITS_READ, {"visit", "check_in", "no_order", "excuse", "plan_change"}),
        (Scope.ORDERS_READ, {"order"}),
        (Scope.DELIVERIES_READ, {"delivery", "fulfilment_decision", "return"}),
        (Scope.DELIVERIES_WRITE, {"delivery", "fulfilment_decision", "return"}),
        (Scope.CUTOFF_RUN, {"missing_order"}),
        (Scope.MASTER_READ, {"location", "terms"}),
        (Scope.AUDIT_READ, {"master"}),
        (Scope.ORDERS_WRITE, set()),
        (Scope.EVENTS_READ, set()),
    ],
)
async def test_a_client_is_told_of_what_its_scopes_open(
    scope: Scope, opens: set[str], api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    client = bearer(app, await make_client(session, Scope.VISITS_READ, scope))
    visits = {"visit", "check_in", "no_order", "excuse", "plan_change"}
    told = await items(api, shop, client)
    assert types(told) == visits | opens
    for item in told:
        if item["href"] is not None:
            assert (await api.get(item["href"], headers=client)).status_code == 200, item


async def test_without_visits_a_client_is_told_of_nothing(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    client = bearer(app, await make_client(session, *(scope for scope in Scope if scope is not Scope.VISITS_READ)))
    assert (await api.get(f"/v1/outlets/{shop.outlet.code}/timeline", headers=client)).status_code == 403


async def test_a_handheld_is_told_of_nothing(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    device = bearer(app, await make_device(session, shop.rep))
    assert (await api.get(f"/v1/outlets/{shop.outlet.code}/timeline", headers=device)).status_code == 403


async def test_types_that_are_not_open_are_left_out(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    operator = bearer(app, await make_user(session, Role.OPERATOR, shop.territory))
    path = f"/v1/outlets/{shop.outlet.code}/timeline"
    assert types((await api.get(f"{path}?types=visit,order", headers=operator)).json()["items"]) == {"order"}
    assert (await api.get(f"{path}?types=visit", headers=operator)).json() == {"items": [], "next_cursor": None}


async def test_another_outlets_story_is_another(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, shop: Shop
) -> None:
    other = await make_shop(session, shop.territory)
    told = await items(api, other, bearer(app, await make_user(session, Role.ADMIN)))
    assert [item["title"] for item in told] == ["terms_changed", "location_changed"]
