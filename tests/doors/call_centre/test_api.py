"""Operators phone outlets: the routes of call tasks, from the claim to the order and what it settles."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallAttempt, CallTask
from app.closing.call_tasks.rules import CLAIM_LAPSES_AFTER
from app.closing.cutoff.service import close_day
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.ground.web.pagination import encode_cursor
from app.masters.catalogue.models import Product
from app.masters.identity.models import User
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Territory
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order, OrderRefusal
from tests.factories.call_tasks import FIVE, SEVEN, make_call_task, read_call_task
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.orders import make_no_order_report, make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

TUESDAY = "2026-11-24"


@dataclass
class Evening:
    """One territory after 17:00, with an operator and a product."""

    territory: Territory
    outlet: Outlet
    operator: User
    product: Product
    headers: dict[str, str]

    def order(self, **fields: Any) -> dict[str, Any]:
        line = {"product_code": self.product.code, "quantity": "12"}
        return {"id": str(uuid4()), "delivery_date": TUESDAY, "lines": [line]} | fields


@pytest.fixture
async def evening(session: AsyncSession, app: FastAPI, the_clock: SetClock) -> Evening:
    the_clock.move_to(FIVE)
    territory = await make_territory(session)
    outlet = await make_outlet(session, territory)
    operator = await make_user(session, Role.OPERATOR, territory)
    return Evening(territory, outlet, operator, await make_product(session), bearer(app, operator))


Tell = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def tell(api: httpx.AsyncClient, evening: Evening) -> Tell:
    async def told(task: CallTask | str, **outcome: Any) -> httpx.Response:
        task_id = task if isinstance(task, str) else task.id
        return await api.post(f"/v1/call-tasks/{task_id}/outcome", json=outcome, headers=evening.headers)

    return told


async def claimed_task(session: AsyncSession, evening: Evening, **fields: Any) -> CallTask:
    claim = {"status": "claimed", "claimed_by": evening.operator.id, "claimed_at": FIVE}
    return await make_call_task(session, evening.outlet, **claim | fields)


async def test_a_claim_answers_the_task_with_what_the_operator_needs(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    outlet = await make_outlet(
        session,
        evening.territory,
        address="Othonos 12",
        terms={"must_stock": [{"product_code": evening.product.code, "min_quantity": "6"}], "min_order_value": 20},
    )
    rep = await make_rep(session, evening.territory)
    for week in range(1, 7):
        day = MONDAY - timedelta(weeks=week)
        await make_order(session, outlet, rep=rep, lines=[(evening.product, 12)], business_date=day)
    await make_no_order_report(session, rep, outlet, comment="till Thursday")
    await make_call_task(session, outlet)
    answer = await api.post("/v1/call-tasks/claim", json={}, headers=evening.headers)
    task = answer.json()
    assert answer.status_code == 200
    assert (task["status"], task["claimed_by"]) == ("claimed", evening.operator.username)
    assert (task["outlet"]["code"], task["outlet"]["phone"]) == (outlet.code, "+30 2610 000000")
    assert task["outlet"]["must_stock"] == [{"product_code": evening.product.code, "min_quantity": "6"}]
    assert [order["business_date"] for order in task["recent_orders"]] == [
        (MONDAY - timedelta(weeks=week)).isoformat() for week in range(1, 6)
    ]
    assert task["suggested_lines"] == [{"product_code": evening.product.code, "quantity": "12"}]
    assert task["reps_reason"]["reason_code"] == "overstocked"
    assert task["covered_by_order_id"] is None


async def test_nothing_to_claim_is_an_empty_answer(api: httpx.AsyncClient, evening: Evening) -> None:
    answer = await api.post("/v1/call-tasks/claim", headers=evening.headers)
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_claim_repeated_with_its_key_answers_the_same_task(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    await make_call_task(session, evening.outlet)
    await make_call_task(session, await make_outlet(session, evening.territory))
    headers = evening.headers | {"Idempotency-Key": "claim-1"}
    first = await api.post("/v1/call-tasks/claim", json={}, headers=headers)
    again = await api.post("/v1/call-tasks/claim", json={}, headers=headers)
    assert first.json() == again.json()


async def test_a_claim_in_a_territory_of_others_finds_no_such_territory(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    elsewhere = await make_territory(session)
    await make_call_task(session, await make_outlet(session, elsewhere))
    answer = await api.post("/v1/call-tasks/claim", json={"territory_code": elsewhere.code}, headers=evening.headers)
    assert answer.status_code == 404
    assert (await api.post("/v1/call-tasks/claim", json={}, headers=evening.headers)).status_code == 204


async def test_an_order_taken_on_the_phone_is_recorded_and_ends_the_task(
    session: AsyncSession, evening: Evening, tell: Tell
) -> None:
    task = await claimed_task(session, evening)
    order = evening.order(comment="before noon")
    answer = await tell(task, outcome="order_taken", order=order)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["outcome"], told["attempts"]) == ("done", "order_taken", 1)
    assert told["order_id"] == told["covered_by_order_id"] == order["id"]
    assert [call["operator"] for call in told["calls"]] == [evening.operator.username]
    stored = (await session.scalars(select(Order).where(Order.id == UUID(order["id"])))).one()
    assert (stored.channel, stored.business_date, stored.outlet_id) == ("CALL_CENTRE", MONDAY, evening.outlet.id)
    assert (stored.comment, stored.line_count, stored.rep_id) == ("before noon", 1, None)


async def test_the_same_outcome_told_twice_is_one_order(session: AsyncSession, evening: Evening, tell: Tell) -> None:
    task, order = await claimed_task(session, evening), evening.order()
    first = await tell(task, outcome="order_taken", order=order)
    again = await tell(task, outcome="order_taken", order=order)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert await session.scalar(select(func.count()).select_from(CallAttempt)) == 1


async def test_the_same_id_with_other_lines_is_a_conflict_and_the_first_order_stays(
    session: AsyncSession, evening: Evening, tell: Tell
) -> None:
    task, order = await claimed_task(session, evening), evening.order()
    await tell(task, outcome="order_taken", order=order)
    other = order | {"lines": [{"product_code": evening.product.code, "quantity": "18"}]}
    answer = await tell(task, outcome="order_taken", order=other)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#order-conflict")
    assert await session.scalar(select(func.count()).select_from(Order)) == 1


async def test_a_refused_order_is_a_problem_and_the_task_stays_claimed(
    session: AsyncSession, evening: Evening, tell: Tell
) -> None:
    task = await claimed_task(session, evening)
    lines = [{"product_code": evening.product.code, "quantity": "7"}, {"product_code": "NONE", "quantity": "1"}]
    answer = await tell(task, outcome="order_taken", order=evening.order(lines=lines))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems#order-refused")
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/order/lines/0/quantity", "not_a_multiple_of_pack"),
        ("/order/lines/1/product_code", "unknown_product"),
    }
    assert (await read_call_task(session, task.id)).status == "claimed"
    assert await session.scalar(select(func.count()).select_from(OrderRefusal)) == 1
    assert (await tell(task, outcome="order_taken", order=evening.order())).status_code == 200


async def test_an_outlet_that_went_to_another_territory_still_orders_on_its_task(
    session: AsyncSession, evening: Evening, tell: Tell
) -> None:
    task = await claimed_task(session, evening)
    evening.outlet.territory_id = (await make_territory(session)).id
    await session.flush()
    answer = await tell(task, outcome="order_taken", order=evening.order())
    assert (answer.status_code, answer.json()["status"]) == (200, "done")


async def test_an_order_on_the_phone_turns_the_missed_order_into_a_late_one(
    session: AsyncSession, evening: Evening, tell: Tell, api: httpx.AsyncClient, the_clock: SetClock
) -> None:
    rep = await make_rep(session, evening.territory)
    await make_visit(session, rep, evening.outlet, sequence=1)
    await close_day(session, evening.territory.id, MONDAY, triggered_by="test")
    await session.commit()
    the_clock.move_to(FIVE + timedelta(minutes=5))
    claimed = (await api.post("/v1/call-tasks/claim", json={}, headers=evening.headers)).json()
    assert (await tell(claimed["id"], outcome="order_taken", order=evening.order())).status_code == 200
    entries = (await session.scalars(select(PointsEntry).order_by(PointsEntry.id))).all()
    assert [(entry.rule, entry.kind) for entry in entries] == [
        ("missed_order", "PENALTY"),
        ("missed_order", "REVERSAL"),
        ("late_order", "PENALTY"),
    ]
    assert (await read_call_task(session, UUID(claimed["id"]))).status == "done"


async def test_an_order_taken_in_a_call_that_outlasted_the_claim_ends_the_task_as_done(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, evening: Evening, the_clock: SetClock
) -> None:
    await make_visit(session, await make_rep(session, evening.territory), evening.outlet, sequence=1)
    await close_day(session, evening.territory.id, MONDAY, triggered_by="test")
    await session.commit()
    the_clock.move_to(FIVE + timedelta(minutes=5))
    claimed = (await api.post("/v1/call-tasks/claim", json={}, headers=evening.headers)).json()
    the_clock.move_to(FIVE + timedelta(minutes=5) + CLAIM_LAPSES_AFTER)
    order = evening.order()

    url, headers = f"/v1/call-tasks/{claimed['id']}/outcome", bearer(app, evening.operator)
    answer = (await api.post(url, json={"outcome": "order_taken", "order": order}, headers=headers)).json()

    assert (answer["status"], answer["outcome"], answer["order_id"]) == ("done", "order_taken", order["id"])
    assert [call["outcome"] for call in answer["calls"]] == ["order_taken"]


async def test_an_order_that_came_by_another_way_shows_on_the_claimed_task(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    task = await claimed_task(session, evening)
    order = await make_order(session, evening.outlet, lines=[(evening.product, 6)])
    shown = (await api.get(f"/v1/call-tasks/{task.id}", headers=evening.headers)).json()
    assert (shown["status"], shown["covered_by_order_id"], shown["order_id"]) == ("claimed", str(order.id), None)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ({"outcome": "no_order", "reason_code": "overstocked"}, "done"),
        ({"outcome": "wrong_number"}, "done"),
        ({"outcome": "no_answer"}, "open"),
        ({"outcome": "call_back", "call_back_at": "2026-11-23T18:30:00+02:00"}, "open"),
    ],
)
async def test_each_outcome_takes_the_task_where_it_belongs(
    session: AsyncSession, evening: Evening, tell: Tell, outcome: dict[str, str], status: str
) -> None:
    answer = await tell(await claimed_task(session, evening), **outcome)
    assert (answer.status_code, answer.json()["status"], answer.json()["outcome"]) == (200, status, outcome["outcome"])


@pytest.mark.parametrize(
    ("outcome", "pointer"),
    [
        ({"outcome": "no_order"}, "/reason_code"),
        ({"outcome": "no_order", "reason_code": "because"}, "/reason_code"),
        ({"outcome": "call_back"}, "/call_back_at"),
        ({"outcome": "call_back", "call_back_at": "2026-11-23T19:00:00+02:00"}, "/call_back_at"),
        ({"outcome": "order_taken"}, "/order"),
        ({"outcome": "sold"}, "/outcome"),
    ],
)
async def test_an_outcome_that_lacks_something_is_a_problem_that_points_at_it(
    session: AsyncSession, evening: Evening, tell: Tell, outcome: dict[str, str], pointer: str
) -> None:
    answer = await tell(await claimed_task(session, evening), **outcome)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_operator_who_does_not_hold_the_task_is_told_so(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, evening: Evening
) -> None:
    task = await claimed_task(session, evening)
    other = bearer(app, await make_user(session, Role.OPERATOR, evening.territory))
    for path in ("outcome", "release"):
        answer = await api.post(f"/v1/call-tasks/{task.id}/{path}", json={"outcome": "no_answer"}, headers=other)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems#claim-not-held")


async def test_an_outcome_after_the_deadline_is_a_conflict(
    app: FastAPI, session: AsyncSession, evening: Evening, tell: Tell, the_clock: SetClock
) -> None:
    task = await claimed_task(session, evening, claimed_at=SEVEN - timedelta(minutes=1))
    the_clock.move_to(SEVEN)
    evening.headers |= bearer(app, evening.operator)  # the first token has expired by now
    answer = await tell(task, outcome="order_taken", order=evening.order())
    assert (answer.status_code, answer.json()["task_status"]) == (409, "expired")
    assert await session.scalar(select(func.count()).select_from(Order)) == 0


async def test_a_released_task_is_claimable_at_once(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    task = await claimed_task(session, evening)
    released = await api.post(f"/v1/call-tasks/{task.id}/release", headers=evening.headers)
    assert (released.status_code, released.json()["status"]) == (200, "open")
    claimed = await api.post("/v1/call-tasks/claim", json={}, headers=evening.headers)
    assert claimed.json()["id"] == str(task.id)


@pytest.mark.parametrize(("path", "body"), [("release", {}), ("outcome", {"outcome": "no_answer"})])
async def test_a_task_that_is_given_back_after_its_order_came_is_cancelled(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening, path: str, body: dict[str, str]
) -> None:
    task = await claimed_task(session, evening)
    order = await make_order(session, evening.outlet, lines=[(evening.product, 12)])

    answer = await api.post(f"/v1/call-tasks/{task.id}/{path}", json=body, headers=evening.headers)

    told = answer.json()
    assert (answer.status_code, told["status"], told["order_id"]) == (200, "cancelled", str(order.id))


async def test_a_task_whose_order_came_while_a_claim_lapsed_is_nobodys_next(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, evening: Evening, the_clock: SetClock
) -> None:
    lapsed = await claimed_task(session, evening, priority=100)
    await make_order(session, evening.outlet, lines=[(evening.product, 12)])
    next_one = await make_call_task(session, await make_outlet(session, evening.territory))
    the_clock.move_to(FIVE + timedelta(minutes=15))

    claimed = await api.post("/v1/call-tasks/claim", json={}, headers=bearer(app, evening.operator))

    assert claimed.json()["id"] == str(next_one.id)
    assert (await read_call_task(session, lapsed.id)).status == "cancelled"


async def test_the_list_goes_by_deadline_and_size_and_pages(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    outlets = [await make_outlet(session, evening.territory) for _ in range(4)]
    tasks = [await make_call_task(session, outlet, priority=10 * n) for n, outlet in enumerate(outlets)]
    seen: list[str] = []
    url = "/v1/call-tasks?limit=3"
    while url:
        answer = await api.get(url, headers=evening.headers)
        seen += [task["id"] for task in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert seen == [str(task.id) for task in reversed(tasks)]


async def test_the_list_is_filtered_by_day_territory_and_status(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    task = await make_call_task(session, evening.outlet)
    code = evening.territory.code

    async def ids(**query: str) -> list[str]:
        answer = await api.get("/v1/call-tasks", params=query, headers=evening.headers)
        return [item["id"] for item in answer.json()["items"]]

    assert await ids(business_date="2026-11-23", territory_code=code, status="open") == [str(task.id)]
    assert await ids(business_date="2026-11-22") == []
    assert await ids(status="done") == []
    assert await ids(territory_code="NOWHERE") == []


async def test_a_supervisor_looks_at_the_tasks_of_the_own_territory_and_calls_nobody(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, evening: Evening
) -> None:
    task = await make_call_task(session, evening.outlet)
    foreign = await make_call_task(session, await make_outlet(session, await make_territory(session)))
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, evening.territory))
    listed = await api.get("/v1/call-tasks", headers=headers)
    assert [item["id"] for item in listed.json()["items"]] == [str(task.id)]
    assert (await api.get(f"/v1/call-tasks/{foreign.id}", headers=headers)).status_code == 404
    assert (await api.post("/v1/call-tasks/claim", json={}, headers=headers)).status_code == 403


async def test_an_integration_client_has_no_business_with_call_tasks(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    headers = bearer(app, await make_client(session, "orders:write"))
    assert (await api.get("/v1/call-tasks", headers=headers)).status_code == 403


async def test_a_task_of_another_territory_is_not_found_by_any_route(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    foreign = await make_call_task(session, await make_outlet(session, await make_territory(session)))
    for path in ("outcome", "release"):
        answer = await api.post(
            f"/v1/call-tasks/{foreign.id}/{path}", json={"outcome": "no_answer"}, headers=evening.headers
        )
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "key",
    [
        ["2026-11-23T17:00:00", "0", str(uuid4())],
        ["2026-11-23T17:00:00+00:00", "1E+400", str(uuid4())],
        ["2026-11-23T17:00:00+00:00", "NaN", str(uuid4())],
        ["2026-11-23T17:00:00+00:00", "-1E-999999", str(uuid4())],
        ["2026-11-23T17:00:00+00:00", "0"],
    ],
)
async def test_a_cursor_that_was_tampered_with_is_a_problem(
    api: httpx.AsyncClient, evening: Evening, key: list[str]
) -> None:
    answer = await api.get("/v1/call-tasks", params={"cursor": encode_cursor(key)}, headers=evening.headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


async def test_a_claim_is_no_task_to_look_at(api: httpx.AsyncClient, evening: Evening) -> None:
    answer = await api.get("/v1/call-tasks/claim", headers=evening.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_task_id_that_is_no_uuid_is_not_found(api: httpx.AsyncClient, evening: Evening) -> None:
    answer = await api.get("/v1/call-tasks/17", headers=evening.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
