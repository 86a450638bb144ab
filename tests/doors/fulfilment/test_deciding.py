"""Who answers, by a supervisor's word (D3), and what becomes of orders that are changed after something came."""

from datetime import UTC, date, datetime
from decimal import Decimal

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import take_deliveries
from app.ground.web.access import Role
from app.sales.deliveries.models import Fulfilment, FulfilmentDecision
from app.sales.deliveries.rules import DeliveryFormLine
from tests.conftest import Statements
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene
from tests.factories.deliveries import make_delivery_form
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.territories import make_territory

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
    assert {word.outlet_id for word in words} == {scene.outlet.id}
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


async def test_what_orders_said_before_is_read_once_for_all_that_were_changed_and_for_no_other(
    scene: Scene, session: AsyncSession, statements: Statements
) -> None:
    costs = []
    for number_of_orders in (1, 10):
        orders = [
            await make_order(session, scene.outlet, lines=[(scene.chocolate, 12)]) for _ in range(number_of_orders)
        ]
        for order in orders:
            await scene.api.post(f"/v1/orders/{order.id}/cancel", headers=scene.supervisor)
        forms = [make_delivery_form(scene.outlet.code, order.id, [_all_of(scene)]) for order in orders]
        await statements.taken()
        await take_deliveries(session, forms, "client:erp", TUESDAY_NOON)
        costs.append([statement for statement in await statements.taken() if "order_versions" in statement])
    assert [len(cost) for cost in costs] == [1, 1]
    await scene.tell(scene.as_ordered())
    assert [statement for statement in await statements.taken() if "order_versions" in statement] == []


def _all_of(scene: Scene) -> DeliveryFormLine:
    return DeliveryFormLine(scene.chocolate.code, Decimal(12), Decimal(12), scene.chocolate.list_price)
