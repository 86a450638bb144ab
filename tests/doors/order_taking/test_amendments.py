"""Orders that are changed until their cutoff (O4), by the handheld that placed them and by others."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import DateTime, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.ground import clock
from app.ground.web.access import Role
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order, OrderLine, OrderVersion
from app.sales.orders.reference import stood_at
from tests.doors.handheld.conftest import Field, field
from tests.factories.catalogue import make_product
from tests.factories.handheld import BOOT, NOON, make_order, monotonic_ms
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep
from tests.factories.visits import make_visit

__all__ = ["field"]

CUTOFF = NOON.replace(hour=15, minute=0)
"""17:00 in Athens."""
MINUTE = timedelta(minutes=1)

Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def put(api: httpx.AsyncClient, app: FastAPI, field: Field) -> Send:
    async def send(body: dict[str, Any], caller: Any = None, **headers: str) -> httpx.Response:
        path = f"/v1/orders/{body['id']}"
        return await api.put(path, json=body, headers=bearer(app, caller or field.device) | headers)

    return send


@pytest.fixture
def cancel(api: httpx.AsyncClient, app: FastAPI, field: Field) -> Send:
    async def send(order_id: str, body: dict[str, Any] | None = None, caller: Any = None) -> httpx.Response:
        path = f"/v1/orders/{order_id}/cancel"
        return await api.post(path, json=body, headers=bearer(app, caller or field.device))

    return send


@pytest.fixture
async def placed(api: httpx.AsyncClient, app: FastAPI, field: Field) -> dict[str, Any]:
    """An order of 12 pieces that stands."""
    body = amended(make_order(field.outlet.code, field.product.code), "12", captured_at=NOON.isoformat())
    answer = await api.post("/v1/orders", json=body, headers=bearer(app, field.device))
    assert answer.status_code == 201, answer.text
    return body


def amended(placed: dict[str, Any], quantity: str = "24", **more: Any) -> dict[str, Any]:
    line = placed["lines"][0] | {"quantity": quantity}
    return placed | {"lines": [line], "captured_at": (NOON + MINUTE).isoformat()} | more


def captured_in_time(placed: dict[str, Any], quantity: str = "24") -> dict[str, Any]:
    """Captured a minute before the cutoff, sent an hour after it, by a clock that shows that it was not touched."""
    captured_at, sent_at = CUTOFF - MINUTE, CUTOFF + 60 * MINUTE
    return amended(
        placed,
        quantity,
        captured_at=captured_at.isoformat(),
        monotonic_ms=monotonic_ms(captured_at),
        boot_id=BOOT,
        sent_at=sent_at.isoformat(),
        sent_monotonic_ms=monotonic_ms(sent_at),
    )


async def the_order(session: AsyncSession) -> Order:
    return (await session.scalars(select(Order).execution_options(populate_existing=True))).one()


async def quantities(session: AsyncSession) -> list[str]:
    return [f"{quantity:f}".rstrip("0").rstrip(".") for quantity in await session.scalars(select(OrderLine.quantity))]


async def versions(api: httpx.AsyncClient, app: FastAPI, field: Field, order_id: str) -> list[dict[str, Any]]:
    answer = await api.get(f"/v1/orders/{order_id}/versions", headers=bearer(app, field.device))
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_an_amendment_replaces_what_was_ordered_and_nothing_about_when_it_came(
    put: Send, placed: dict[str, Any], session: AsyncSession, the_clock: clock.SetClock
) -> None:
    before = await the_order(session)
    came = (before.received_at, before.captured_at, before.corrected_at, before.verdict)
    value = before.total_value
    the_clock.move_to(NOON + 2 * MINUTE)
    answer = await put(amended(placed, comment="one box more", delivery_date="2026-11-25"))
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "accepted", 2)
    assert answer.headers["etag"] == '"2"'
    order = await the_order(session)
    assert (order.version, order.comment, order.delivery_date.isoformat()) == (2, "one box more", "2026-11-25")
    assert order.amended_at == NOON + 2 * MINUTE
    assert (order.received_at, order.captured_at, order.corrected_at, order.verdict) == came
    assert await quantities(session) == ["24"]
    assert order.total_value == 2 * value


async def test_the_same_lines_are_those_that_an_order_has_after_its_amendment(
    put: Send, placed: dict[str, Any], api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    assert (await put(amended(placed, "24"))).status_code == 200
    told = []
    for quantity in ("12", "24"):
        body = amended(placed, quantity, id=str(uuid4()))
        answer = await api.post("/v1/orders", json=body, headers=bearer(app, field.device))
        told.append([warning["code"] for warning in answer.json()["warnings"]])
    assert told == [["another_order_that_day"], ["another_order_that_day", "same_lines"]]


async def test_every_version_is_kept_with_who_and_when(
    put: Send, cancel: Send, placed: dict[str, Any], api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    assert await versions(api, app, field, placed["id"]) == []
    await put(amended(placed))
    await cancel(placed["id"], {"reason": "called off"})
    found = await versions(api, app, field, placed["id"])
    assert [(one["version"], one["change"], one["reason"]) for one in found] == [
        (3, "cancelled", "called off"),
        (2, "amended", ""),
        (1, "placed", ""),
    ]
    assert [one["lines"][0]["quantity"] for one in found] == ["24", "24", "12"]
    assert {one["changed_by"] for one in found} == {f"device:{field.rep.code}"}


async def test_the_same_amendment_again_is_answered_alike_and_makes_no_version(
    put: Send, placed: dict[str, Any], session: AsyncSession
) -> None:
    first = await put(amended(placed))
    again = await put(amended(placed))
    assert (again.status_code, again.json()["status"], again.json()["version"]) == (200, "duplicate", 2)
    assert again.json()["warnings"] == first.json()["warnings"]
    assert (await the_order(session)).version == 2


async def test_what_was_placed_sent_once_more_by_put_changes_nothing(
    put: Send, placed: dict[str, Any], session: AsyncSession
) -> None:
    answer = await put(placed)
    assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
    assert (await the_order(session)).version == 1
    assert await session.scalar(select(func.count()).select_from(OrderVersion)) == 0


async def test_a_duplicate_of_an_amended_order_still_gets_its_first_answer(
    put: Send, placed: dict[str, Any], api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    dear = amended(placed)
    dear["lines"][0]["unit_price"] = "9.99"
    assert [one["code"] for one in (await put(dear)).json()["warnings"]] == ["price_differs"]
    again = await api.post("/v1/orders", json=placed, headers=bearer(app, field.device))
    assert (again.status_code, again.json()["status"], again.json()["warnings"]) == (200, "duplicate", [])


async def test_a_refused_amendment_tells_every_problem_and_leaves_the_order_as_it_is(
    put: Send, placed: dict[str, Any], session: AsyncSession
) -> None:
    answer = await put(amended(placed, "7", delivery_date="2026-11-01"))
    assert answer.status_code == 422
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/delivery_date", "delivery_date_in_the_past"),
        ("/lines/0/quantity", "not_a_multiple_of_pack"),
    }
    assert ((await the_order(session)).version, await quantities(session)) == (1, ["12"])


async def test_an_order_stays_with_its_outlet(
    put: Send, placed: dict[str, Any], session: AsyncSession, field: Field
) -> None:
    other = await make_outlet(session, field.territory)
    answer = await put(amended(placed, outlet_code=other.code))
    assert [one["code"] for one in answer.json()["errors"]] == ["another_outlet"]


async def test_after_the_cutoff_an_order_is_closed(
    put: Send, cancel: Send, placed: dict[str, Any], the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF + timedelta(seconds=1))
    late = amended(placed, captured_at=(CUTOFF + timedelta(seconds=1)).isoformat())
    for answer in (await put(late), await cancel(placed["id"])):
        assert (answer.status_code, answer.json()["type"].rsplit("#", 1)[-1]) == (409, "order-closed")
        assert answer.json()["cutoff_at"] == "2026-11-23T17:00:00+02:00"


async def test_an_amendment_that_was_captured_in_time_without_a_network_counts_after_the_cutoff(
    put: Send, placed: dict[str, Any], session: AsyncSession, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF + 60 * MINUTE)
    assert (await put(captured_in_time(placed))).status_code == 200
    assert await quantities(session) == ["24"]


async def test_the_report_of_a_closed_day_tells_what_was_amended_after_it(
    put: Send,
    placed: dict[str, Any],
    session: AsyncSession,
    api: httpx.AsyncClient,
    app: FastAPI,
    field: Field,
    the_clock: clock.SetClock,
) -> None:
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(CUTOFF)
    run = await cutoff.close_day(session, field.outlet.territory_id, NOON.date(), triggered_by="test")
    admin = await make_user(session, Role.ADMIN)
    path = f"/v1/cutoff-runs/{run.id}"
    assert (await api.get(path, headers=bearer(app, admin))).json()["orders_changed_after"] == 0
    the_clock.move_to(CUTOFF + 60 * MINUTE)
    await put(captured_in_time(placed))
    headers = bearer(app, admin)
    answer = (await api.get(path, headers=headers)).json()
    assert (answer["missing_orders"], answer["orders_changed_after"]) == (0, 1)
    (changed,) = (await api.get(f"{path}/changed-orders", headers=headers)).json()["items"]
    assert (changed["order_id"], changed["change"], changed["cancelled"]) == (placed["id"], "amended", False)
    assert (changed["version_at_cutoff"], changed["value_at_cutoff"]) == (1, "13.80")
    assert (changed["version"], changed["value"]) == (2, "27.60")


async def test_a_cancelled_order_covers_no_visit_at_the_cutoff(
    cancel: Send, placed: dict[str, Any], session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    await make_visit(session, field.rep, field.outlet)
    assert (await cancel(placed["id"])).json()["status"] == "cancelled"
    the_clock.move_to(CUTOFF)
    run: CutoffRun = await cutoff.close_day(session, field.outlet.territory_id, NOON.date(), triggered_by="test")
    assert run.missing_orders == 1


async def test_an_order_that_was_cancelled_after_the_cutoff_was_there_at_the_cutoff(
    session: AsyncSession, placed: dict[str, Any], field: Field, the_clock: clock.SetClock
) -> None:
    await make_visit(session, field.rep, field.outlet)
    (await the_order(session)).cancelled_at = CUTOFF + MINUTE
    await session.flush()
    the_clock.move_to(CUTOFF + 2 * MINUTE)
    run = await cutoff.close_day(session, field.outlet.territory_id, NOON.date(), triggered_by="test")
    assert run.missing_orders == 0


@pytest.mark.parametrize("who", ["supervisor", "admin", "client"])
async def test_after_the_cutoff_the_office_may_change_an_order_whatever_it_says_about_its_clock(
    put: Send,
    cancel: Send,
    placed: dict[str, Any],
    session: AsyncSession,
    field: Field,
    the_clock: clock.SetClock,
    who: str,
) -> None:
    office: Any = await make_client(session, "orders:write", "orders:read")
    if who != "client":
        office = await make_user(session, Role(who), *([field.territory] if who == "supervisor" else []))
    actor = f"client:{office.name}" if who == "client" else f"user:{office.username}"
    at = CUTOFF + 90 * MINUTE
    the_clock.move_to(at)
    assert (await put(captured_in_time(placed), office)).status_code == 200
    claimed: dict[str, Any] = {
        "captured_at": (CUTOFF - MINUTE).isoformat(),
        "sent_at": at.isoformat(),
        "boot_id": "browser",
    }
    claimed |= {"monotonic_ms": 0, "sent_monotonic_ms": 91 * 60_000}
    answer = await cancel(placed["id"], claimed, office)
    assert answer.status_code == 200, answer.text
    assert {answer.json()[name] for name in ("amended_by", "cancelled_by")} == {actor}
    assert answer.json()["cancelled_effective_at"] == at.isoformat().replace("+00:00", "Z")
    order = await the_order(session)
    assert (order.cancelled_by_kind, order.cancelled_effective_at) == (actor.partition(":")[0], at)
    last = (await session.scalars(select(OrderVersion).where(OrderVersion.change == "cancelled"))).one()
    assert (last.changed_by, last.changed_by_kind, last.corrected_at) == (actor, order.cancelled_by_kind, at)
    assert last.changed_by_id is not None


@pytest.mark.parametrize("first", ["rep", "office"])
async def test_of_two_cancellations_the_earlier_counts_whichever_comes_first(
    cancel: Send,
    placed: dict[str, Any],
    session: AsyncSession,
    field: Field,
    the_clock: clock.SetClock,
    first: str,
) -> None:
    told = {name: value for name, value in captured_in_time(placed).items() if "_at" in name or "_ms" in name}
    of_the_rep = told | {"boot_id": BOOT}
    supervisor = await make_user(session, Role.SUPERVISOR, field.territory)
    steps = [(of_the_rep, None), ({}, supervisor)]
    for body, caller in steps if first == "rep" else reversed(steps):
        the_clock.move_to(CUTOFF + 60 * MINUTE)
        answer = await cancel(placed["id"], body, caller)
        assert answer.status_code == 200, answer.text
    order = await the_order(session)
    assert (order.cancelled_by, order.cancelled_by_kind) == (f"device:{field.rep.code}", "device")
    assert order.cancelled_effective_at == CUTOFF - MINUTE
    assert order.version == (2 if first == "rep" else 3)


@pytest.mark.parametrize("counts_from", [None, CUTOFF - MINUTE, CUTOFF, CUTOFF + MINUTE])
@pytest.mark.parametrize("first_received_at", [None, NOON])
async def test_the_database_says_like_the_rule_whether_an_order_stood(
    session: AsyncSession, placed: dict[str, Any], counts_from: datetime | None, first_received_at: datetime | None
) -> None:
    order = await the_order(session)
    order.received_at = CUTOFF + MINUTE
    order.first_received_at, order.cancelled_effective_at = first_received_at, counts_from
    await session.flush()
    for instant in (NOON, CUTOFF, CUTOFF + MINUTE):
        found = await session.scalar(select(Order.stood_at(literal(instant, DateTime(timezone=True)))))
        assert found is stood_at(
            instant,
            received_at=order.received_at,
            first_received_at=first_received_at,
            cancelled_effective_at=counts_from,
        )


async def test_cancelling_again_changes_nothing(cancel: Send, placed: dict[str, Any], session: AsyncSession) -> None:
    first = await cancel(placed["id"], {"reason": "called off"})
    again = await cancel(placed["id"], {"reason": "called off"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await the_order(session)).version == 2


async def test_a_cancelled_order_is_amended_no_more(put: Send, cancel: Send, placed: dict[str, Any]) -> None:
    await cancel(placed["id"])
    answer = await put(amended(placed))
    assert (answer.status_code, answer.json()["type"].rsplit("#", 1)[-1]) == (409, "order-cancelled")


async def test_of_two_amendments_that_arrive_in_the_wrong_order_the_later_captured_stands(
    put: Send, placed: dict[str, Any], session: AsyncSession, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(NOON + 3 * MINUTE)
    await put(amended(placed, "36", captured_at=(NOON + 2 * MINUTE).isoformat()))
    answer = await put(amended(placed, "24", captured_at=(NOON + MINUTE).isoformat()))
    assert (answer.status_code, answer.json()["type"].rsplit("#", 1)[-1]) == (409, "order-superseded")
    assert await quantities(session) == ["36"]


async def test_if_match_guards_an_amendment(put: Send, placed: dict[str, Any]) -> None:
    assert (await put(amended(placed), **{"If-Match": '"2"'})).status_code == 412
    assert (await put(amended(placed), **{"If-Match": '"1"'})).status_code == 200


async def test_an_amendment_whose_answer_was_lost_may_be_repeated_with_the_version_that_it_was_made_for(
    put: Send, placed: dict[str, Any]
) -> None:
    await put(amended(placed), **{"If-Match": '"1"'})
    again = await put(amended(placed), **{"If-Match": '"1"'})
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")


async def test_an_id_that_nobody_knows_is_placed(put: Send, field: Field, session: AsyncSession) -> None:
    answer = await put(make_order(field.outlet.code, field.product.code))
    assert (answer.status_code, answer.json()["status"]) == (201, "accepted")
    assert (await the_order(session)).version == 1


async def test_a_body_about_another_order_than_the_path_is_refused(
    api: httpx.AsyncClient, app: FastAPI, field: Field, placed: dict[str, Any]
) -> None:
    answer = await api.put(f"/v1/orders/{uuid4()}", json=amended(placed), headers=bearer(app, field.device))
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/id"]


async def test_another_reps_order_is_not_there(
    put: Send, cancel: Send, placed: dict[str, Any], session: AsyncSession, field: Field
) -> None:
    stranger = await make_device(session, await make_rep(session, field.territory))
    for answer in (await put(amended(placed), stranger), await cancel(placed["id"], None, stranger)):
        assert answer.status_code == 404


async def test_an_integration_client_amends_and_cancels_too(
    put: Send, cancel: Send, placed: dict[str, Any], session: AsyncSession
) -> None:
    erp = await make_client(session, "orders:read", "orders:write")
    assert (await put(amended(placed), erp)).status_code == 200
    assert (await cancel(placed["id"], {"reason": "out of stock"}, erp)).json()["status"] == "cancelled"


async def test_orders_are_filtered_by_whether_they_stand(
    cancel: Send, placed: dict[str, Any], api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    await cancel(placed["id"])
    headers = bearer(app, field.device)
    for status, count in (("accepted", 0), ("cancelled", 1)):
        answer = await api.get("/v1/orders", params={"status": status}, headers=headers)
        assert len(answer.json()["items"]) == count


async def test_a_penalty_comes_back_when_the_late_order_that_had_eased_it_is_cancelled(
    api: httpx.AsyncClient,
    app: FastAPI,
    cancel: Send,
    session: AsyncSession,
    field: Field,
    the_clock: clock.SetClock,
) -> None:
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(CUTOFF)
    await cutoff.close_day(session, field.outlet.territory_id, NOON.date(), triggered_by="test")
    the_clock.move_to(CUTOFF + 60 * MINUTE)
    offline = captured_in_time(make_order(field.outlet.code, (await make_product(session)).code))
    assert (await api.post("/v1/orders", json=offline, headers=bearer(app, field.device))).status_code == 201
    assert await session.scalar(select(func.sum(PointsEntry.points))) == -3
    told = {name: value for name, value in offline.items() if name not in {"id", "lines", "type", "outlet_code"}}
    assert (await cancel(offline["id"], told)).status_code == 200
    assert await session.scalar(select(func.sum(PointsEntry.points))) == -10
