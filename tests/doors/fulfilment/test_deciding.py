"""Who answers, by a supervisor's word (D3), and what becomes of orders that change, or fall due (D2)."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import conclude_due
from app.ground import clock
from app.ground.events.models import Event
from app.ground.web.access import Role
from app.sales.deliveries.models import Fulfilment, FulfilmentDecision
from tests.conftest import SavepointDatabase, Statements
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

WEDNESDAY_MORNING = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


async def test_a_word_for_a_product_and_a_word_for_the_whole_order_count_for_what_they_are_about(scene: Scene) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 10), (scene.wafer, 6, 3)))
    decided = await scene.decide("carrier")
    assert decided.status_code == 200
    assert [line["answered_by"] for line in decided.json()["lines"]] == ["carrier", "carrier"]
    decided = await scene.decide("rep", scene.wafer)
    assert [line["answered_by"] for line in decided.json()["lines"]] == ["carrier", "rep"]
    assert {line["answered_because"] for line in decided.json()["lines"]} == {"decision"}


async def test_a_word_also_counts_for_what_is_corrected_later(scene: Scene) -> None:
    body = scene.body((scene.chocolate, 12, 10), (scene.wafer, 6, 6))
    await scene.tell(body)
    await scene.decide("outlet")
    body["lines"][1]["accepted_quantity"] = "3"
    await scene.tell(body)
    assert [line["answered_by"] for line in (await scene.fulfilment())["lines"]] == ["outlet", "outlet"]


async def test_every_word_is_kept_with_who_said_it_and_why(scene: Scene, session: AsyncSession) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 10), (scene.wafer, 6, 6)))
    await scene.decide("outlet")
    await scene.decide("carrier", scene.chocolate)
    words = (await session.scalars(select(FulfilmentDecision).order_by(FulfilmentDecision.id))).all()
    assert [(word.product_id, word.answered_by) for word in words] == [
        (None, "outlet"),
        (scene.chocolate.id, "carrier"),
    ]
    assert {(word.comment, word.decided_at) for word in words} == {("I asked them", TUESDAY_NOON)}
    assert all(word.decided_by.startswith("user:") for word in words)


async def test_a_word_sent_again_with_its_key_is_kept_once(scene: Scene, session: AsyncSession) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 10), (scene.wafer, 6, 6)))
    for _ in range(2):
        answer = await scene.decide("outlet", headers={"idempotency-key": "a1"})
        assert answer.json()["lines"][0]["answered_by"] == "outlet"
    assert await session.scalar(select(func.count()).select_from(FulfilmentDecision)) == 1


async def test_what_cannot_be_decided_is_refused(scene: Scene) -> None:
    early = await scene.decide("carrier")
    assert (early.status_code, early.json()["type"]) == (409, "/problems#nothing-delivered")
    await scene.tell(scene.as_ordered())
    unknown = await scene.decide("carrier", scene.nuts)
    assert [(error["pointer"], error["code"]) for error in unknown.json()["errors"]] == [
        ("/product_code", "unknown_product")
    ]
    nobody = await scene.decide("nobody")
    assert nobody.status_code == 422


async def test_a_supervisor_of_another_territory_decides_nothing(
    scene: Scene, app: FastAPI, session: AsyncSession
) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 10), (scene.wafer, 6, 6)))
    other = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    assert (await scene.decide("rep", headers=other)).status_code == 404


async def test_an_order_that_is_cancelled_or_amended_after_something_came_is_concluded_anew(
    scene: Scene, session: AsyncSession
) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 12), (scene.wafer, 3, 3)))
    amendment = {
        "outlet_code": scene.outlet.code,
        "captured_at": "2026-11-23T12:00:00+02:00",
        "delivery_date": "2026-11-24",
        "lines": [
            {"product_code": scene.chocolate.code, "quantity": "12"},
            {"product_code": scene.wafer.code, "quantity": "6"},
            {"product_code": scene.nuts.code, "quantity": "6"},
        ],
    }
    path = f"/v1/orders/{scene.order.id}"
    answer = await scene.api.put(path, json=amendment, headers=scene.supervisor)
    assert answer.status_code == 200, answer.text
    kept = (await session.scalars(select(Fulfilment))).one()
    assert (kept.status, kept.settled) == ("open", False)  # the nuts are still to come
    await scene.api.post(f"{path}/cancel", headers=scene.supervisor)
    await session.refresh(kept)
    assert (kept.status, kept.settled) == ("mismatched", True)
    assert [line["mismatches"] for line in kept.mismatches] == [["not_ordered"], ["not_ordered"]]


async def test_changing_an_order_of_which_nothing_was_told_writes_nothing(scene: Scene, session: AsyncSession) -> None:
    await scene.api.post(f"/v1/orders/{scene.order.id}/cancel", headers=scene.supervisor)
    assert await session.scalar(select(func.count()).select_from(Fulfilment)) == 0


async def test_what_falls_due_is_concluded_by_the_hour(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    """The whole order, a part of one, nothing of one, nothing of a cancelled one, one that is due later."""
    kinds: dict[str, dict[str, Any]] = {
        "part": {},
        "nothing": {},
        "cancelled": {"cancelled_at": TUESDAY_NOON},
        "later": {"delivery_date": date(2026, 11, 25)},
    }
    lines = [(scene.chocolate, 12), (scene.wafer, 6)]
    orders = {name: await make_order(session, scene.outlet, lines=lines, **fields) for name, fields in kinds.items()}
    await scene.tell(scene.as_ordered())
    await make_delivery(session, scene.outlet, orders["part"], (scene.chocolate, 12, 12))
    assert await conclude_due(database, TUESDAY_NOON) == 0
    assert await conclude_due(database, WEDNESDAY_MORNING) == 2
    assert await conclude_due(database, WEDNESDAY_MORNING) == 0
    statuses = {row.order_id: row.status for row in await session.scalars(select(Fulfilment))}
    assert statuses == {
        scene.order.id: "matched",
        orders["part"].id: "mismatched",
        orders["nothing"].id: "undelivered",
    }
    assert set(
        await session.scalars(select(Event.payload["status"].as_string()).where(Event.type == "fulfilment.concluded"))
    ) == {
        "mismatched",
        "undelivered",
    }


@pytest.mark.parametrize(
    ("due", "now", "found"),
    [
        (date(2026, 11, 27), datetime(2026, 11, 28, 10, tzinfo=UTC), 0),  # Friday's, on Saturday
        (date(2026, 11, 27), datetime(2026, 11, 29, 21, 59, tzinfo=UTC), 0),
        (date(2026, 11, 27), datetime(2026, 11, 29, 22, 0, tzinfo=UTC), 1),  # Monday has begun in Athens
        (date(2026, 11, 28), datetime(2026, 11, 30, 10, tzinfo=UTC), 1),
    ],
)
async def test_an_order_that_nothing_came_of_is_undelivered_from_the_next_working_day_on(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, due: date, now: datetime, found: int
) -> None:
    await scene.tell(scene.as_ordered())
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=due)
    assert await conclude_due(database, now) == found


async def test_a_territory_that_tells_of_no_deliveries_has_none_late(
    scene: Scene, session: AsyncSession, database: SavepointDatabase
) -> None:
    """Nor has one for what was due before its first delivery."""
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    assert await conclude_due(database, WEDNESDAY_MORNING) == 0
    await scene.tell(scene.as_ordered())
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=MONDAY)
    assert await conclude_due(database, WEDNESDAY_MORNING) == 1


async def test_what_was_undelivered_comes_after_all(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    other = await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    await make_delivery(session, scene.outlet, other, (scene.chocolate, 12, 12))
    await conclude_due(database, WEDNESDAY_MORNING)
    assert (await session.scalars(select(Fulfilment.status).where(Fulfilment.order_id == scene.order.id))).one() == (
        "undelivered"
    )
    await make_delivery(
        session,
        scene.outlet,
        scene.order,
        (scene.chocolate, 12, 12),
        (scene.wafer, 6, 6),
        at=WEDNESDAY_MORNING,
        delivered_at=WEDNESDAY_MORNING,
    )
    row = (await session.scalars(select(Fulfilment).where(Fulfilment.order_id == scene.order.id))).one()
    await session.refresh(row)
    assert (row.status, row.on_time) == ("matched", False)


async def test_however_many_fall_due_costs_the_same_number_of_statements(
    scene: Scene, session: AsyncSession, database: SavepointDatabase, statements: Statements
) -> None:
    await scene.tell(scene.as_ordered())
    costs = []
    for many in (1, 30):
        for _ in range(many):
            await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
        await statements.taken()
        assert await conclude_due(database, WEDNESDAY_MORNING) == many
        costs.append(len(await statements.taken()))
    assert costs[0] == costs[1]


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
        scene.body((scene.nuts, 1, 1), order_id=None),
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
    scene: Scene, session: AsyncSession, database: SavepointDatabase
) -> None:
    nothing = await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)])
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], cancelled_at=TUESDAY_NOON)
    await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)], delivery_date=date(2026, 11, 30))
    await scene.tell(scene.as_ordered())
    path = "/v1/fulfilments?from=2026-11-24&to=2026-11-24"
    assert set(await ids_in(scene, path, scene.supervisor, "order_id")) == {str(scene.order.id), str(nothing.id)}
    assert await ids_in(scene, f"{path}&status=open", scene.supervisor, "order_id") == [str(nothing.id)]
    await conclude_due(database, WEDNESDAY_MORNING)
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
