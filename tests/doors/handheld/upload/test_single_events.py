"""One event at a time: the rules of an upload, other answers."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking.schemas import SingleEventAnswer
from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.watermarks.models import DeviceSyncState
from app.ground import clock
from app.ground.clock import SetClock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from app.sales.orders.models import Order, OrderRefusal
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.catalogue import make_product
from tests.factories.handheld import BOOT, BOOTED, NOON, make_check_in, make_order, monotonic_ms
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def post(api: httpx.AsyncClient, app: FastAPI, field: Field) -> Post:
    """Posts one event as the field's device, or another caller."""

    async def send(event: dict[str, Any], caller: Any = None) -> httpx.Response:
        path = "/v1/orders" if event["type"] == "order" else "/v1/check-ins"
        return await api.post(path, json=event, headers=bearer(app, caller or field.device))

    return send


async def test_a_new_check_in_is_answered_with_201_and_its_verdict(post: Post, field: Field) -> None:
    check_in = make_check_in(field.outlet.code)

    answer = await post(check_in)

    assert answer.status_code == 201
    SingleEventAnswer.model_validate_json(answer.content)
    told = answer.json()
    assert (told["id"], told["status"], told["verdict"]["code"]) == (check_in["id"], "accepted", "INSIDE")
    assert told["received_at"] == "2026-11-23T10:00:00Z"
    assert told["business_date"] == "2026-11-23"


async def test_the_same_order_again_is_answered_with_200_and_the_first_answer(
    post: Post, field: Field, the_clock: clock.SetClock
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    order["lines"][0]["unit_price"] = "0.99"
    first = await post(order)
    the_clock.move_to(NOON + timedelta(hours=2))
    again = await post(order)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"status": "duplicate"}
    assert again.json()["warnings"][0]["code"] == "price_differs"


async def test_an_order_that_came_by_an_upload_is_a_duplicate_on_its_own(post: Post, sync: Sync, field: Field) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)

    assert (await post(order)).status_code == 200


async def test_another_content_is_answered_with_409(post: Post, field: Field) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await post(order)

    answer = await post(order | {"comment": "other"})

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems#event-conflict"


async def test_a_refused_order_is_answered_with_422_and_remembered(
    post: Post, session: AsyncSession, field: Field
) -> None:
    order = make_order(field.outlet.code, "NOTHING", field.product.code)
    order["lines"][1]["quantity"] = "5"

    answer = await post(order)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/lines/0/product_code", "unknown_product"),
        ("/lines/1/quantity", "not_a_multiple_of_pack"),
    ]
    assert len((await session.scalars(select(OrderRefusal.id))).all()) == 1


async def test_a_malformed_event_is_answered_with_422_and_every_problem(post: Post, field: Field) -> None:
    answer = await post(make_check_in(field.outlet.code, id="1", kind="passing", captured_at=7))

    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/id", "/kind", "/captured_at"}


async def test_an_event_of_another_type_is_refused(api: httpx.AsyncClient, app: FastAPI, field: Field) -> None:
    order = make_order(field.outlet.code, field.product.code)

    answer = await api.post("/v1/check-ins", json=order, headers=bearer(app, field.device))

    assert answer.status_code == 422
    assert "/type" in {error["pointer"] for error in answer.json()["errors"]}


async def test_without_sent_at_no_skew_is_measured_and_nothing_is_trusted(
    post: Post, session: AsyncSession, field: Field
) -> None:
    await post(make_check_in(field.outlet.code, NOON - timedelta(hours=1), boot_id=BOOT))

    recorded = (await session.scalars(select(CheckIn))).one()
    assert recorded.corrected_at == NOON - timedelta(hours=1)
    assert (recorded.trusted, recorded.clock_changed, recorded.skew_ms) == (False, False, 0)


async def test_with_the_clocks_at_the_sending_an_event_is_corrected_and_trusted(
    post: Post, session: AsyncSession, field: Field
) -> None:
    wrong = NOON - timedelta(hours=2)
    sending = {"sent_at": wrong.isoformat(), "sent_monotonic_ms": monotonic_ms(wrong), "boot_id": BOOT}

    answer = await post(make_check_in(field.outlet.code, wrong - timedelta(minutes=1), **sending))

    assert answer.json()["clock_skew_ms"] == 7_200_000
    recorded = (await session.scalars(select(CheckIn))).one()
    assert recorded.corrected_at == NOON - timedelta(minutes=1)
    assert recorded.trusted


@pytest.mark.parametrize("uptime_ms", [60_000, 5 * 3_600_000])
@pytest.mark.parametrize("recorded_ms", [300_000, 6 * 3_600_000])
async def test_what_was_recorded_before_a_reboot_is_dated_as_in_an_upload(
    api: httpx.AsyncClient,
    app: FastAPI,
    sync: Sync,
    session: AsyncSession,
    field: Field,
    the_clock: SetClock,
    uptime_ms: int,
    recorded_ms: int,
) -> None:
    """It names one boot, its own; the sending's clock is of another, and reads less or more than the first had read."""
    the_clock.move_to(BOOTED + timedelta(hours=7))
    await sync(time=BOOTED + timedelta(hours=7))
    sent_at = BOOTED + timedelta(hours=14)
    the_clock.move_to(sent_at)
    captured_at = BOOTED + timedelta(milliseconds=recorded_ms)
    clocks = {"boot_id": BOOT, "sent_at": sent_at.isoformat(), "sent_monotonic_ms": uptime_ms}
    order = make_order(field.outlet.code, field.product.code, time=captured_at, **clocks)
    answers = [
        await api.post("/v1/orders", json=order, headers=bearer(app, field.device)),
        await api.post(
            "/v1/check-ins",
            json=make_check_in(field.outlet.code, captured_at, **clocks),
            headers=bearer(app, field.device),
        ),
        await api.post(
            f"/v1/orders/{order['id']}/cancel",
            json=clocks | {"captured_at": captured_at.isoformat(), "monotonic_ms": recorded_ms},
            headers=bearer(app, field.device),
        ),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 200]
    stamps = [*await session.execute(select(Order.corrected_at, Order.trusted))]
    stamps += await session.execute(select(CheckIn.corrected_at, CheckIn.trusted))
    assert [tuple(stamp) for stamp in stamps] == [(captured_at, True)] * 2
    assert (await session.scalars(select(Order.cancelled_effective_at))).all() == [captured_at]
    assert "clock_changed" not in (await session.scalars(select(RiskSignal.rule))).all()


async def test_a_sequence_counts_although_nothing_is_claimed(post: Post, session: AsyncSession, field: Field) -> None:
    await post(make_check_in(field.outlet.code, sequence=1))

    state = (await session.scalars(select(DeviceSyncState))).one()
    assert [(numbers.lower, numbers.upper) for numbers in state.received] == [(1, 2)]
    assert state.watermark_at is None


async def test_an_integration_client_places_an_order_by_the_api_channel(
    post: Post, session: AsyncSession, field: Field
) -> None:
    client = await make_client(session, "orders:write")
    order = make_order(field.outlet.code, field.product.code)

    first, again = await post(order, client), await post(order, client)
    other = await post(order | {"comment": "other"}, client)
    refused = await post(make_order(field.outlet.code), client)

    assert [answer.status_code for answer in (first, again, other, refused)] == [201, 200, 409, 422]
    placed = (await session.scalars(select(Order))).one()
    assert (placed.channel, placed.rep_id, placed.placed_by) == ("API", None, f"client:{client.name}")
    assert again.json()["received_at"] == first.json()["received_at"]


async def test_who_may_post_what(post: Post, session: AsyncSession, field: Field) -> None:
    order, check_in = make_order(field.outlet.code, field.product.code), make_check_in(field.outlet.code)
    reader, writer = await make_client(session, "orders:read"), await make_client(session, "orders:write")
    supervisor = await make_user(session, Role.SUPERVISOR, field.territory)

    assert (await post(order, reader)).status_code == 403
    assert (await post(check_in, writer)).status_code == 403
    assert (await post(order, supervisor)).status_code == 403


async def test_fifty_connections_that_post_one_order_get_fifty_right_answers(
    committed: Database, settings: Settings, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        device = await make_device(session, await make_rep(session, territory))
        client = await make_client(session, "orders:write")
        outlet, product = await make_outlet(session, territory), await make_product(session)
    app = create_app(settings, committed)
    transport = httpx.ASGITransport(app)
    for caller in (device, client):
        order = make_order(outlet.code, product.code, id=str(uuid4()))
        async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as api:
            headers = bearer(app, caller)
            answers = await asyncio.gather(*(api.post("/v1/orders", json=order, headers=headers) for _ in range(50)))

        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
        assert len({answer.json()["received_at"] for answer in answers}) == 1
    async with committed.read_only() as session:
        assert len((await session.scalars(select(Order.id))).all()) == 2


async def test_two_contents_that_race_for_one_id_end_with_one_order_and_conflicts(
    committed: Database, settings: Settings
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        devices = [await make_device(session, rep) for _ in range(2)]
        outlet, product = await make_outlet(session, territory), await make_product(session)
    app = create_app(settings, committed)
    order = make_order(outlet.code, product.code)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as api:
        answers = await asyncio.gather(
            *(
                api.post("/v1/orders", json=order | {"comment": str(n % 2)}, headers=bearer(app, devices[n // 2 % 2]))
                for n in range(20)
            )
        )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 9, 409: 10}
