"""Who is shown which deliveries, and what became of which orders."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from tests.conftest import SavepointDatabase
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene, conclude_due
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

WEDNESDAY_MORNING = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


async def ids_in(scene: Scene, path: str, headers: dict[str, str], name: str = "id") -> list[str]:
    answer: httpx.Response = await scene.api.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return [item[name] for item in answer.json()["items"]]


async def test_deliveries_are_listed_by_day_outlet_order_and_status_page_by_page(
    scene: Scene, session: AsyncSession
) -> None:
    other = await make_outlet(session, scene.territory)
    matched, unordered, early = (
        scene.as_ordered(),
        scene.body((scene.nuts, 1, 1), order_id=None, number="DN-7"),
        scene.body((scene.nuts, 1, 1), order_id=None, outlet_code=other.code, delivered_at="2026-11-20T10:00:00+02:00"),
    )
    for body in (matched, unordered, early):
        assert (await scene.tell(body)).status_code == 201
    everything = await ids_in(scene, "/v1/deliveries", scene.supervisor)
    assert set(everything[:2]) == {matched["id"], unordered["id"]}
    assert everything[2] == early["id"]
    for query, expected in {
        f"order_id={scene.order.id}": [matched["id"]],
        f"outlet_code={other.code}": [early["id"]],
        "outlet_code=none": [],
        "number=DN-7": [unordered["id"]],
        "number=DN": [],
        "status=matched": [matched["id"]],
        "to=2026-11-23": [early["id"]],
        "from=2026-11-24&status=mismatched": [unordered["id"]],
    }.items():
        assert await ids_in(scene, f"/v1/deliveries?{query}", scene.supervisor) == expected, query
    paged: list[str] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        query = "limit=1" + (f"&cursor={page['next_cursor']}" if page["next_cursor"] else "")
        page = (await scene.api.get(f"/v1/deliveries?{query}", headers=scene.supervisor)).json()
        paged += [item["id"] for item in page["items"]]
    assert paged == everything


async def test_orders_due_are_listed_with_what_became_of_them(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    nothing = await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], cancelled_at=TUESDAY_NOON)
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=date(2026, 11, 30))
    await scene.tell(scene.as_ordered())
    path = "/v1/fulfilments?from=2026-11-24&to=2026-11-24"
    assert set(await ids_in(scene, path, scene.supervisor, "order_id")) == {str(scene.order.id), str(nothing.id)}
    assert await ids_in(scene, f"{path}&status=open", scene.supervisor, "order_id") == [str(nothing.id)]
    await conclude_due(database, the_clock, WEDNESDAY_MORNING)
    for query, expected in {
        "status=undelivered": [str(nothing.id)],
        "status=matched": [str(scene.order.id)],
        f"rep_code={scene.rep.code}": [str(scene.order.id)],
        f"territory_code={scene.territory.code}&status=open": [],
    }.items():
        assert await ids_in(scene, f"{path}&{query}", scene.supervisor, "order_id") == expected, query
    long = await scene.api.get("/v1/fulfilments?from=2026-01-01&to=2026-11-24", headers=scene.supervisor)
    assert [error["code"] for error in long.json()["errors"]] == ["range"]


async def test_a_rep_sees_what_came_of_own_orders_and_for_outlets_that_it_looks_after(
    scene: Scene, session: AsyncSession
) -> None:
    colleague = await make_rep(session, scene.territory)
    own = await make_outlet(session, scene.territory, rep_id=scene.rep.id)
    others = await make_order(session, scene.outlet, rep=colleague, lines=[(scene.chocolate, 12)])
    by_call = await make_order(session, own, lines=[(scene.chocolate, 12)])
    mine = scene.as_ordered()
    await scene.tell(mine)
    theirs = await make_delivery(session, scene.outlet, others, (scene.chocolate, 12, 12))
    called = await make_delivery(session, own, by_call, (scene.chocolate, 12, 12))
    assert set(await ids_in(scene, "/v1/deliveries", scene.device)) == {mine["id"], str(called.form.id)}
    hidden = await scene.api.get(f"/v1/deliveries/{theirs.form.id}", headers=scene.device)
    assert (hidden.status_code, hidden.json()["type"]) == (404, "/problems#delivery-not-found")
    assert (await scene.api.get(f"/v1/orders/{others.id}/fulfilment", headers=scene.device)).status_code == 404
    assert (await scene.api.get(f"/v1/orders/{scene.order.id}/fulfilment", headers=scene.device)).status_code == 200


async def test_a_delivery_of_no_order_is_seen_where_its_outlet_belongs(
    scene: Scene, session: AsyncSession, app: FastAPI
) -> None:
    elsewhere = await make_territory(session)
    there = bearer(app, await make_user(session, Role.SUPERVISOR, elsewhere))
    body = scene.as_ordered(order_id=None)
    await scene.tell(body)
    body["outlet_code"] = (await make_outlet(session, elsewhere)).code
    assert (await scene.tell(body)).status_code == 200
    statuses = [
        (await scene.api.get(f"/v1/deliveries/{body['id']}", headers=caller)).status_code
        for caller in (scene.supervisor, there)
    ]
    assert statuses == [404, 200]


async def test_a_delivery_of_no_order_stays_where_it_was_told_when_its_outlet_moves(
    scene: Scene, session: AsyncSession
) -> None:
    body = scene.as_ordered(order_id=None)
    await scene.tell(body)
    scene.outlet.territory_id = (await make_territory(session)).id
    await session.flush()
    body["number"] += "-2"
    assert (await scene.tell(body)).status_code == 200
    answer = await scene.api.get(f"/v1/deliveries/{body['id']}", headers=scene.supervisor)
    assert answer.status_code == 200


async def test_what_was_corrected_to_an_earlier_day_is_listed_by_that_day(scene: Scene) -> None:
    body = scene.body((scene.nuts, 1, 1), order_id=None)
    await scene.tell(body)
    await scene.tell(body | {"delivered_at": "2026-11-20T10:00:00+02:00"})
    for query, expected in {"to=2026-11-20": [body["id"]], "to=2026-11-19": [], "from=2026-11-21": []}.items():
        assert await ids_in(scene, f"/v1/deliveries?{query}", scene.supervisor) == expected, query


async def test_what_a_rep_sees_for_two_reasons_is_listed_once(scene: Scene, session: AsyncSession) -> None:
    scene.outlet.rep_id = scene.rep.id
    await session.flush()
    bodies = [scene.body((scene.chocolate, 1, 1)) for _ in range(3)]
    for body in bodies:
        await scene.tell(body)
    expected = sorted((body["id"] for body in bodies), reverse=True)
    assert await ids_in(scene, "/v1/deliveries", scene.device) == expected
    page = (await scene.api.get("/v1/deliveries?limit=2", headers=scene.device)).json()
    assert [item["id"] for item in page["items"]] == expected[:2]
    rest = await ids_in(scene, f"/v1/deliveries?limit=2&cursor={page['next_cursor']}", scene.device)
    assert rest == expected[2:]


async def test_a_number_that_the_outlet_has_had_within_a_month_is_taken_with_a_warning(
    scene: Scene, session: AsyncSession
) -> None:
    first, again = scene.as_ordered(), scene.as_ordered()
    other = await make_outlet(session, scene.territory)
    elsewhere = scene.body((scene.nuts, 1, 1), order_id=None, outlet_code=other.code)
    long_ago = scene.body((scene.nuts, 1, 1), order_id=None, delivered_at="2026-10-23T10:00:00+02:00")

    async def warnings(body: dict[str, Any]) -> list[str]:
        answer = await scene.api.get(f"/v1/deliveries/{body['id']}", headers=scene.supervisor)
        return list(answer.json()["warnings"])

    for body in (elsewhere, long_ago, first):
        assert (await scene.tell(body)).json()["warnings"] == []
    assert (await scene.tell(again)).json()["warnings"] == ["same_number"]
    assert [await warnings(body) for body in (first, elsewhere, long_ago)] == [["same_number"], [], []]
    for line in again["lines"]:
        line |= {"shipped_quantity": "0", "accepted_quantity": "0"}
    await scene.tell(again)
    assert [await warnings(body) for body in (first, again)] == [[], []]
