"""What becomes of each thing that may be told of a delivery (D1): recorded, corrected, told before, refused."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.events.models import Event
from app.ground.receipts.models import EventReceipt
from app.sales.deliveries.models import Delivery
from app.sales.mismatch_reasons.models import MismatchReason
from tests.doors.fulfilment.conftest import Scene
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet

Change = Callable[[dict[str, Any]], object]


def line(number: int, **members: Any) -> Change:
    return lambda body: body["lines"][number].update(members)


def head(**members: Any) -> Change:
    return lambda body: body.update(members)


REFUSED: list[tuple[str, Change, list[tuple[str, str]]]] = [
    ("an order that is not here", head(order_id=str(uuid4())), [("/order_id", "unknown_order")]),
    ("an outlet that there is not", head(outlet_code="NONE"), [("/outlet_code", "unknown_outlet")]),
    ("a product that there is not", line(0, product_code="NONE"), [("/lines/0/product_code", "unknown_product")]),
    ("a reason that there is not", line(1, reason_code="none"), [("/lines/1/reason_code", "unknown_reason")]),
    ("a return's reason", line(1, reason_code="unsold"), [("/lines/1/reason_code", "unknown_reason")]),
    ("the day before the order", head(delivered_at="2026-11-22T23:59:59+02:00"), [("/delivered_at", "before_order")]),
    ("the day after tomorrow", head(delivered_at="2026-11-25T12:00:01+02:00"), [("/delivered_at", "in_the_future")]),
    ("nothing at all", head(lines=[]), [("/lines", "no_lines")]),
    (
        "a product twice",
        lambda body: body["lines"].append(body["lines"][0]),
        [("/lines/2/product_code", "duplicate_product")],
    ),
    ("less than nothing", line(0, shipped_quantity="-1", accepted_quantity="-1"), [
        ("/lines/0/shipped_quantity", "negative"), ("/lines/0/accepted_quantity", "negative")]),
    ("more accepted than shipped", line(0, accepted_quantity="12.5"), [("/lines/0/accepted_quantity", "exceeds")]),
    ("cents for euros", line(0, unit_price="115"), [("/lines/0/unit_price", "price_scale")]),
    ("euros for cents", line(0, unit_price="0.0115"), [("/lines/0/unit_price", "price_scale")]),
    (
        "more money than answers can show",
        line(0, shipped_quantity="999999999", accepted_quantity="999999999", unit_price="11"),
        [("/lines", "value_too_large")],
    ),
    (
        "several things at once",
        lambda body: [
            change(body)
            for change in (head(outlet_code="NONE"), line(0, unit_price="115"), line(1, product_code="NONE"))
        ],
        [
            ("/outlet_code", "unknown_outlet"),
            ("/lines/0/unit_price", "price_scale"),
            ("/lines/1/product_code", "unknown_product"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "problems"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_what_cannot_be_is_refused_with_every_problem_and_claims_no_id(
    scene: Scene, session: AsyncSession, change: Change, problems: list[tuple[str, str]]
) -> None:
    body = scene.as_ordered()
    change(body)
    answer = await scene.tell(body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems#delivery-refused"
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == problems
    assert await session.scalar(select(func.count()).select_from(Delivery)) == 0
    sound = await scene.tell(scene.as_ordered(id=body["id"]))
    assert sound.status_code == 201


TAKEN: list[tuple[str, Change]] = [
    ("free goods", line(0, unit_price="0")),
    ("a price fifty times the agreed one", line(0, unit_price="57.5")),
    ("a fiftieth of it", line(0, unit_price="0.023")),
    ("nothing of a product", line(0, shipped_quantity="0", accepted_quantity="0")),
    ("the day of the order", head(delivered_at="2026-11-23T00:00:00+02:00")),
    ("a day ahead", head(delivered_at="2026-11-25T12:00:00+02:00")),
    ("no order", head(order_id=None)),
    ("the order left out", lambda body: body.pop("order_id")),
]


@pytest.mark.parametrize("change", [case[1] for case in TAKEN], ids=[case[0] for case in TAKEN])
async def test_what_is_odd_but_possible_is_recorded(scene: Scene, change: Change) -> None:
    body = scene.as_ordered()
    change(body)
    answer = await scene.tell(body)
    assert answer.status_code == 201, answer.text


async def test_a_delivery_for_an_order_that_comes_later_is_taken_when_it_is_sent_again(
    scene: Scene, session: AsyncSession
) -> None:
    order_id = uuid4()
    body = scene.as_ordered(order_id=str(order_id))
    assert (await scene.tell(body)).status_code == 422
    await make_order(session, scene.outlet, rep=scene.rep, lines=[(scene.chocolate, 12), (scene.wafer, 6)], id=order_id)
    assert (await scene.tell(body)).status_code == 201


async def test_an_order_of_another_outlet_is_refused(scene: Scene, session: AsyncSession) -> None:
    other = await make_outlet(session, scene.territory)
    answer = await scene.tell(scene.as_ordered(outlet_code=other.code))
    assert [error["code"] for error in answer.json()["errors"]] == ["other_outlet"]


async def test_a_delivery_told_again_is_answered_as_before_and_writes_nothing(
    scene: Scene, session: AsyncSession
) -> None:
    body = scene.as_ordered()
    first = await scene.tell(body)
    again = await scene.tell(body | {"delivered_at": "2026-11-24T08:30:00+01:00"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["etag"] == again.headers["etag"] == '"1"'
    assert await session.scalar(select(func.count()).select_from(Event)) == 1


async def test_another_content_is_a_correction_and_what_it_was_is_kept(scene: Scene) -> None:
    body = scene.as_ordered()
    await scene.tell(body)
    line(0, accepted_quantity="10", reason_code="damaged_in_transit")(body)
    corrected = await scene.tell(body)
    assert (corrected.status_code, corrected.json()["version"], corrected.headers["etag"]) == (200, 2, '"2"')
    assert corrected.json()["value"] == "18.40"
    answer = await scene.api.get(f"/v1/deliveries/{body['id']}/versions", headers=scene.supervisor)
    (version,) = answer.json()["items"]
    assert (version["version"], version["value"]) == (1, "20.70")
    assert [kept["accepted_quantity"] for kept in version["lines"]] == ["12", "6"]


async def test_an_old_content_sent_again_changes_nothing_unless_its_sender_knows_what_stands(scene: Scene) -> None:
    old, new = scene.as_ordered(), scene.as_ordered()
    new["id"] = old["id"]
    line(0, accepted_quantity="10")(new)
    for body in (old, new):
        await scene.tell(body)
    late = await scene.tell(old)
    assert (late.status_code, late.json()["version"], late.json()["value"]) == (200, 2, "18.40")
    meant = await scene.tell(old, **{"if-match": '"2"'})
    assert (meant.status_code, meant.json()["version"], meant.json()["value"]) == (200, 3, "20.70")


async def test_a_correction_by_whoever_does_not_know_what_stands_can_be_guarded(scene: Scene) -> None:
    body = scene.as_ordered()
    await scene.tell(body)
    line(0, accepted_quantity="10")(body)
    stale = await scene.tell(body, **{"if-match": '"7"'})
    assert stale.status_code == 412
    assert (await scene.fulfilment())["status"] == "matched"


async def test_a_correction_stays_with_the_order_and_where_it_is_filed(scene: Scene, session: AsyncSession) -> None:
    other = await make_order(session, scene.outlet, rep=scene.rep, lines=[(scene.chocolate, 12)])
    body = scene.as_ordered()
    await scene.tell(body)
    for order_id in (str(other.id), None):
        answer = await scene.tell(body | {"order_id": order_id})
        assert [error["code"] for error in answer.json()["errors"]] == ["other_order"]
    moved = await scene.tell(body | {"delivered_at": "2026-11-23T10:00:00+02:00"})
    assert (moved.json()["business_date"], moved.json()["delivered_date"]) == ("2026-11-23", "2026-11-23")


async def test_a_delivery_of_no_order_is_filed_under_the_day_on_which_it_came_first(scene: Scene) -> None:
    body = scene.body((scene.nuts, 3, 3), order_id=None, delivered_at="2026-10-31T23:30:00+02:00")
    first = await scene.tell(body)
    assert (first.json()["business_date"], first.json()["status"]) == ("2026-10-31", "mismatched")
    later = await scene.tell(body | {"delivered_at": "2026-11-01T00:30:00+02:00"})
    assert (later.json()["business_date"], later.json()["delivered_date"]) == ("2026-10-31", "2026-11-01")


async def test_the_id_of_another_kind_of_record_is_a_conflict(scene: Scene, session: AsyncSession) -> None:
    answer = await scene.tell(scene.as_ordered(id=str(scene.order.id)))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#delivery-conflict")
    kinds = await session.scalars(select(EventReceipt.kind).where(EventReceipt.id == scene.order.id))
    assert list(kinds) == ["order"]


async def test_what_happened_stands_in_the_outbox(scene: Scene, session: AsyncSession) -> None:
    body = scene.as_ordered()
    await scene.tell(body)
    line(0, accepted_quantity="10")(body)
    await scene.tell(body)
    await scene.decide("carrier")
    events = (await session.scalars(select(Event).order_by(Event.id))).all()
    assert [event.type for event in events] == [
        "delivery.recorded",
        "delivery.corrected",
        "fulfilment.concluded",
        "fulfilment.decided",
    ]
    assert {event.territory_id for event in events} == {scene.territory.id}
    assert events[1].payload == {
        "delivery_id": body["id"],
        "version": 2,
        "number": "DN-1",
        "outlet_code": scene.outlet.code,
        "order_id": str(scene.order.id),
    }
    assert (events[2].payload["status"], events[2].payload["previous_status"]) == ("mismatched", "matched")


async def test_a_reason_is_told_with_the_party_that_it_had_then(scene: Scene, session: AsyncSession) -> None:
    body = scene.as_ordered()
    line(0, accepted_quantity="10", reason_code="damaged_in_transit")(body)
    await scene.tell(body)
    assert (await scene.fulfilment())["lines"][0]["answered_by"] == "carrier"
    await session.execute(update(MismatchReason).values(answered_by="outlet"))
    assert (await scene.fulfilment())["lines"][0]["answered_by"] == "carrier"
    await scene.tell(body | {"number": "DN-2"})
    assert (await scene.fulfilment())["lines"][0]["answered_by"] == "outlet"


async def test_a_reason_that_is_no_longer_used_is_refused_for_what_is_new_alone(
    scene: Scene, session: AsyncSession
) -> None:
    body = scene.as_ordered()
    line(0, accepted_quantity="10", reason_code="damaged_in_transit")(body)
    await scene.tell(body)
    await session.execute(update(MismatchReason).values(active=False))
    assert (await scene.tell(body)).status_code == 200
    answer = await scene.tell(body | {"id": str(uuid4())})
    assert [error["code"] for error in answer.json()["errors"]] == ["inactive_reason"]
