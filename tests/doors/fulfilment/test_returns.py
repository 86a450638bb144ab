"""What becomes of each thing that may be told of a return (D4): recorded, corrected, told before, refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events.models import Event
from app.sales.mismatch_reasons.models import MismatchReason
from app.sales.returns.models import Return, ReturnDecision
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene
from tests.doors.fulfilment.returning import Returns
from tests.factories.deliveries import make_delivery
from tests.factories.outlets import make_outlet

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def wednesday(the_clock: clock.SetClock, tuesday: None) -> None:
    the_clock.move_to(TUESDAY_NOON + timedelta(days=1))


@pytest.fixture
async def returns(scene: Scene, session: AsyncSession, wednesday: None) -> Returns:
    delivery = await make_delivery(session, scene.outlet, scene.order, (scene.chocolate, 12, 12), (scene.wafer, 6, 6))
    return Returns(scene, str(delivery.form.id))


def line(number: int, **members: Any) -> Change:
    return lambda body: body["lines"][number].update(members)


def head(**members: Any) -> Change:
    return lambda body: body.update(members)


REFUSED: list[tuple[str, Change, list[tuple[str, str]]]] = [
    ("an outlet that there is not", head(outlet_code="NONE"), [("/outlet_code", "unknown_outlet")]),
    ("a delivery that is not here", head(delivery_id=str(uuid4())), [("/delivery_id", "unknown_delivery")]),
    ("a product that there is not", line(0, product_code="NONE"), [("/lines/0/product_code", "unknown_product")]),
    ("a reason that there is not", line(1, reason_code="none"), [("/lines/1/reason_code", "unknown_reason")]),
    ("a delivery's reason", line(1, reason_code="picking_error"), [("/lines/1/reason_code", "unknown_reason")]),
    (
        "the day before its delivery",
        head(returned_at="2026-11-23T23:59:59+02:00"),
        [("/returned_at", "before_delivery")],
    ),
    ("the day after tomorrow", head(returned_at="2026-11-26T12:00:01+02:00"), [("/returned_at", "in_the_future")]),
    ("nothing at all", head(lines=[]), [("/lines", "no_lines")]),
    (
        "a product twice for one reason",
        lambda body: body["lines"].append(body["lines"][0]),
        [("/lines/2/product_code", "duplicate_product")],
    ),
    ("a quantity of nothing", line(0, quantity="0"), [("/lines/0/quantity", "not_positive")]),
    ("less than nothing", line(0, quantity="-1"), [("/lines/0/quantity", "not_positive")]),
    ("cents for euros", line(0, unit_price="115"), [("/lines/0/unit_price", "price_scale")]),
    (
        "more money than answers can show",
        line(0, quantity="999999999", unit_price="11"),
        [("/lines", "value_too_large")],
    ),
    (
        "several things at once",
        lambda body: [
            change(body)
            for change in (
                head(outlet_code="NONE", delivery_id=str(uuid4())),
                line(0, quantity="0"),
                line(1, product_code="NONE", reason_code="none"),
            )
        ],
        [
            ("/outlet_code", "unknown_outlet"),
            ("/delivery_id", "unknown_delivery"),
            ("/lines/0/quantity", "not_positive"),
            ("/lines/1/product_code", "unknown_product"),
            ("/lines/1/reason_code", "unknown_reason"),
        ],
    ),
]


@pytest.mark.parametrize(("change", "problems"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_what_cannot_be_is_refused_with_every_problem_and_claims_no_id(
    returns: Returns, session: AsyncSession, change: Change, problems: list[tuple[str, str]]
) -> None:
    body = returns.some()
    change(body)
    answer = await returns.tell(body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems#return-refused"
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == problems
    assert await session.scalar(select(func.count()).select_from(Return)) == 0
    assert (await returns.tell(returns.some(id=body["id"]))).status_code == 201


TAKEN: list[tuple[str, Change]] = [
    ("no delivery", head(delivery_id=None)),
    ("the delivery left out", lambda body: body.pop("delivery_id")),
    ("the day of its delivery, before it came", head(returned_at="2026-11-24T00:00:00+02:00")),
    ("a day ahead", head(returned_at="2026-11-26T12:00:00+02:00")),
    ("a product twice for two reasons", line(1, product_code=None)),
    ("nothing credited", line(0, unit_price="0")),
    ("declined in whole", lambda body: [each.update(accepted=False) for each in body["lines"]]),
]


@pytest.mark.parametrize("change", [case[1] for case in TAKEN], ids=[case[0] for case in TAKEN])
async def test_what_is_odd_but_possible_is_recorded(returns: Returns, change: Change) -> None:
    body = returns.some()
    change(body)
    for each in body["lines"]:
        each["product_code"] = each["product_code"] or returns.scene.chocolate.code
    answer = await returns.tell(body)
    assert answer.status_code == 201, answer.text


async def test_a_reason_that_is_no_longer_used_is_refused(returns: Returns, session: AsyncSession) -> None:
    await session.execute(update(MismatchReason).where(MismatchReason.code == "expired").values(active=False))
    answer = await returns.tell(returns.some())
    assert [error["code"] for error in answer.json()["errors"]] == ["inactive_reason"]


async def test_a_delivery_to_another_outlet_is_refused(returns: Returns, session: AsyncSession) -> None:
    other = await make_outlet(session, returns.scene.territory)
    answer = await returns.tell(returns.some(outlet_code=other.code))
    assert [error["code"] for error in answer.json()["errors"]] == ["other_outlet"]


async def test_a_return_is_answered_with_its_lines_and_told_to_the_outbox(
    returns: Returns, session: AsyncSession
) -> None:
    body = returns.body((returns.scene.chocolate, 3), (returns.scene.wafer, 2, "damaged", False))
    answer = await returns.tell(body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    told = answer.json()
    told_before = {name: told[name] for name in ("id", "outlet_code", "delivery_id", "returned_date", "value")}
    assert told_before == {
        "id": body["id"], "outlet_code": returns.scene.outlet.code, "delivery_id": returns.delivery_id,
        "returned_date": "2026-11-25", "value": "3.45",
    }  # fmt: skip
    rep_code = returns.scene.rep.code
    assert [(each["answered_by"], each["answered_because"], each["rep_code"]) for each in told["lines"]] == [
        ("rep", "reason", rep_code), ("carrier", "reason", rep_code),
    ]  # fmt: skip
    event = (await session.scalars(select(Event).where(Event.type == "return.recorded"))).one()
    assert event.payload == {
        "return_id": body["id"], "version": 1, "outlet_code": returns.scene.outlet.code,
        "delivery_id": returns.delivery_id,
    }  # fmt: skip


async def test_a_return_told_again_is_answered_as_before_and_another_content_is_a_new_version(
    returns: Returns, session: AsyncSession
) -> None:
    body = returns.some()
    first = await returns.tell(body)
    again = await returns.tell(body)
    assert (again.status_code, again.json()) == (200, first.json())
    corrected = returns.body((returns.scene.chocolate, 1), id=body["id"], returned_at="2026-11-24T12:00:00+02:00")
    answer = await returns.tell(corrected)
    assert (answer.status_code, answer.json()["version"], answer.json()["value"]) == (200, 2, "1.15")
    assert (answer.json()["business_date"], answer.json()["returned_date"]) == ("2026-11-25", "2026-11-24")
    old = await returns.tell(body)
    assert (old.status_code, old.json()["version"]) == (200, 2)
    meant = await returns.tell(body, **{"If-Match": '"2"'})
    assert (meant.status_code, meant.json()["version"], len(meant.json()["lines"])) == (200, 3, 2)
    path = f"/v1/returns/{body['id']}/versions"
    versions = (await returns.scene.api.get(path, headers=returns.scene.supervisor)).json()["items"]
    assert [(each["version"], each["value"], len(each["lines"])) for each in versions] == [
        (2, "1.15", 1), (1, "5.75", 2),
    ]  # fmt: skip
    kinds = (await session.scalars(select(Event.type).where(Event.type.startswith("return.")).order_by(Event.id))).all()
    assert kinds == ["return.recorded", "return.corrected", "return.corrected"]


async def test_the_id_of_another_kind_of_record_is_a_conflict(returns: Returns) -> None:
    answer = await returns.tell(returns.some(id=returns.delivery_id))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#return-conflict")


async def test_a_correction_of_a_version_that_does_not_stand_writes_nothing(returns: Returns) -> None:
    body = returns.some()
    await returns.tell(body)
    answer = await returns.tell(returns.body((returns.scene.chocolate, 1), id=body["id"]), **{"If-Match": '"7"'})
    assert answer.status_code == 412


async def test_more_than_the_delivery_left_is_taken_with_a_warning(returns: Returns) -> None:
    body = returns.body((returns.scene.chocolate, 8), (returns.scene.chocolate, 5, "damaged"), (returns.scene.wafer, 6))
    answer = await returns.tell(body)
    assert answer.status_code == 201
    assert [each["warnings"] for each in answer.json()["lines"]] == [["exceeds_delivery"], ["exceeds_delivery"], []]


async def test_all_returns_of_a_delivery_count_towards_what_it_left_but_not_what_was_declined(returns: Returns) -> None:
    chocolate = returns.scene.chocolate

    async def warnings(body: dict[str, Any]) -> list[list[str]]:
        return [each["warnings"] for each in (await returns.get(body["id"]))["lines"]]

    first, declined = returns.body((chocolate, 8)), returns.body((chocolate, 8, "damaged", False))
    for body in (first, declined):
        await returns.tell(body)
    assert [await warnings(body) for body in (first, declined)] == [[[]], [[]]]
    second = returns.body((chocolate, 5))
    assert (await returns.tell(second)).json()["lines"][0]["warnings"] == ["exceeds_delivery"]
    assert [await warnings(body) for body in (first, declined)] == [[["exceeds_delivery"]], [[]]]
    second["lines"][0]["quantity"] = "4"
    await returns.tell(second)
    assert [await warnings(body) for body in (first, second)] == [[[]], [[]]]


async def test_the_newest_decision_that_covers_a_line_goes_before_its_reason(
    returns: Returns, session: AsyncSession
) -> None:
    body = returns.some()
    await returns.tell(body)

    async def parties() -> list[tuple[str, str]]:
        lines = (await returns.get(body["id"]))["lines"]
        return [(each["answered_by"], each["answered_because"]) for each in lines]

    assert await parties() == [("rep", "reason"), ("carrier", "reason")]
    answer = await returns.decide(body["id"], "warehouse", returns.scene.chocolate.code)
    assert answer.status_code == 200, answer.text
    assert await parties() == [("warehouse", "decision"), ("carrier", "reason")]
    await returns.decide(body["id"], "outlet")
    assert await parties() == [("outlet", "decision"), ("outlet", "decision")]
    await returns.decide(body["id"], "rep", returns.scene.chocolate.code)
    assert await parties() == [("rep", "decision"), ("outlet", "decision")]
    event = (await session.scalars(select(Event).where(Event.type == "return.decided").order_by(Event.id))).all()[-1]
    assert event.payload == {
        "return_id": body["id"], "product_code": returns.scene.chocolate.code, "answered_by": "rep",
    }  # fmt: skip
    words = await session.scalars(select(ReturnDecision.outlet_id))
    assert set(words) == {returns.scene.outlet.id}


async def test_nobody_decides_on_a_product_that_does_not_go_back(returns: Returns) -> None:
    body = returns.some()
    await returns.tell(body)
    answer = await returns.decide(body["id"], "rep", returns.scene.nuts.code)
    assert [error["code"] for error in answer.json()["errors"]] == ["unknown_product"]


async def test_a_reason_that_is_changed_later_changes_nothing_that_was_told(
    returns: Returns, session: AsyncSession
) -> None:
    body = returns.some()
    await returns.tell(body)
    await session.execute(update(MismatchReason).where(MismatchReason.code == "expired").values(answered_by="outlet"))
    assert (await returns.get(body["id"]))["lines"][0]["answered_by"] == "rep"
