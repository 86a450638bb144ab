"""How far what is told may go: back in time, and in corrections; and what says nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import take_deliveries
from app.ground.receipts.form_limits import LOOKS_BACK, MOST_VERSIONS
from app.ground.receipts.forms import FormFate
from app.ground.receipts.models import EventReceipt
from app.sales.deliveries.models import Delivery
from app.sales.deliveries.rules import MOST_DELIVERIES, DeliveryFormLine
from app.sales.returns.models import Return
from tests.databases import by_the_owner
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene
from tests.factories.deliveries import make_delivery_form
from tests.factories.returns import make_return_body

EARLIEST = TUESDAY_NOON - LOOKS_BACK


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


class Records:
    """What is told alike of deliveries of no order and of returns."""

    def __init__(self, scene: Scene, kind: str) -> None:
        self.scene = scene
        self.kind = kind
        self.day = "delivered_at" if kind == "deliveries" else "returned_at"
        self.table: Any = Delivery if kind == "deliveries" else Return

    def body(self, **fields: Any) -> dict[str, Any]:
        if self.kind == "deliveries":
            return self.scene.body((self.scene.nuts, 3, 3), order_id=None, **fields)
        morning = {"returned_at": "2026-11-24T09:30:00+02:00"}
        return make_return_body(self.scene.outlet, None, (self.scene.nuts, 3), **morning | fields)

    async def tell(self, body: dict[str, Any]) -> httpx.Response:
        return await self.scene.api.post(f"/v1/{self.kind}", json=body, headers=self.scene.erp)


@pytest.fixture(params=["deliveries", "returns"])
def records(scene: Scene, request: pytest.FixtureRequest) -> Records:
    return Records(scene, request.param)


async def test_what_happened_long_ago_is_refused(records: Records) -> None:
    day_before = records.body(**{records.day: (EARLIEST - timedelta(days=1)).isoformat()})
    assert codes(await records.tell(day_before)) == [(f"/{records.day}", "too_long_ago")]
    assert (await records.tell(records.body(**{records.day: EARLIEST.isoformat()}))).status_code == 201


async def test_a_correction_goes_back_as_far_as_what_it_corrects_and_no_further(
    records: Records, session: AsyncSession
) -> None:
    body = records.body(**{records.day: EARLIEST.isoformat()})
    await records.tell(body)
    filed = (EARLIEST - timedelta(days=9)).date()
    async with by_the_owner(session):
        for table in (records.table, EventReceipt):
            await session.execute(update(table).where(table.id == UUID(body["id"])).values(business_date=filed))
    nine_days, ten_days = (body | {records.day: (EARLIEST - timedelta(days=days)).isoformat()} for days in (9, 10))
    assert (await records.tell(nine_days)).status_code == 200
    assert codes(await records.tell(ten_days)) == [(f"/{records.day}", "too_long_ago")]


async def test_what_is_no_longer_kept_is_told_apart_from_another_kind(records: Records, session: AsyncSession) -> None:
    body = records.body()
    await records.tell(body)
    async with by_the_owner(session):
        await session.execute(delete(records.table))
    assert codes(await records.tell(body)) == [("/id", "no_longer_kept")]
    other = await records.tell(records.body(id=str(records.scene.order.id)))
    assert (other.status_code, other.json()["title"]) == (409, "This id is that of another kind of record")


async def test_a_record_has_a_hundred_versions_at_the_most(records: Records, session: AsyncSession) -> None:
    body = records.body()
    await records.tell(body)
    await session.execute(update(records.table).values(version=MOST_VERSIONS - 1))
    last = body | {records.day: "2026-11-24T10:30:00+02:00"}
    assert (await records.tell(last)).json()["version"] == MOST_VERSIONS
    assert codes(await records.tell(body | {records.day: "2026-11-24T10:31:00+02:00"})) == [
        ("/id", "too_many_versions")
    ]
    assert (await records.tell(last)).status_code == 200


async def test_an_order_has_two_hundred_deliveries_at_the_most(scene: Scene, session: AsyncSession) -> None:
    forms = [
        make_delivery_form(
            scene.outlet.code,
            scene.order.id,
            [DeliveryFormLine(scene.chocolate.code, Decimal(1), Decimal(1), scene.chocolate.list_price)],
            id=UUID(int=number),
        )
        for number in range(1, MOST_DELIVERIES + 2)
    ]
    at = TUESDAY_NOON
    await take_deliveries(session, forms[:1], "client:erp", at)
    outcomes = await take_deliveries(session, forms[1:], "client:erp", at)
    assert {outcome.fate for outcome in outcomes[:-1]} == {FormFate.RECORDED}
    assert [problem.code for problem in outcomes[-1].problems] == ["too_many_deliveries"]
    (corrected,) = await take_deliveries(session, [replace(forms[0], number="DN-2")], "client:erp", at)
    assert corrected.fate is FormFate.CORRECTED
    assert codes(await scene.tell(scene.as_ordered())) == [("/order_id", "too_many_deliveries")]


@pytest.mark.parametrize("nothing", ["", None])
async def test_an_empty_text_is_as_left_out(scene: Scene, nothing: str | None) -> None:
    body = scene.body((scene.nuts, 3, 3), order_id=nothing)
    body["lines"][0]["reason_code"] = nothing
    answer = await scene.tell(body)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["order_id"], answer.json()["lines"][0]["reason_code"]) == (None, None)
    returned = make_return_body(scene.outlet, nothing, (scene.nuts, 3), returned_at=body["delivered_at"])
    returned["delivery_id"] = nothing
    answer = await scene.api.post("/v1/returns", json=returned, headers=scene.erp)
    assert (answer.status_code, answer.json()["delivery_id"]) == (201, None)


@pytest.mark.parametrize("accepted", ["yes", 1, "", None])
async def test_whether_a_line_is_accepted_is_true_or_false(scene: Scene, accepted: object) -> None:
    body = make_return_body(scene.outlet, None, (scene.nuts, 3), id=str(uuid4()))
    body["lines"][0]["accepted"] = accepted
    answer = await scene.api.post("/v1/returns", json=body, headers=scene.erp)
    assert [pointer for pointer, _ in codes(answer)] == ["/lines/0/accepted"]
