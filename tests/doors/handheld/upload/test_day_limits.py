"""A rep's day is bounded: past it an upload is refused as a whole, with the reason, and nothing of it is recorded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.watermarks import service as watermarks
from app.field.watermarks.models import DeviceDay, DeviceSyncState
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.main import create_app, hold
from tests.doors.handheld.conftest import Field, Sync, field, sync
from tests.factories.handheld import NOON, make_check_in, make_no_order, make_order, make_upload
from tests.factories.identity import bearer, make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

__all__ = ["field", "sync"]

LIMIT = 4


@pytest.fixture
def limited(app: FastAPI, settings: Settings) -> FastAPI:
    """The app with a limit of four events."""
    limit = settings.model_copy(update={"rep_day_limit_events": LIMIT})
    hold(app, limit, app.state.database)
    return app


async def post(api: httpx.AsyncClient, app: FastAPI, field: Field, path: str, body: dict[str, Any]) -> httpx.Response:
    return await api.post(path, json=body, headers=bearer(app, field.device))


async def check_ins(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(CheckIn)) or 0


async def test_a_day_is_filled_to_the_last_event_and_no_further(
    limited: FastAPI, api: httpx.AsyncClient, session: AsyncSession, field: Field, sync: Sync
) -> None:
    await sync(*(make_check_in(field.outlet.code) for _ in range(LIMIT - 1)))
    two = make_upload(*(make_check_in(field.outlet.code) for _ in range(2)))

    refused = await post(api, limited, field, "/v1/sync", two)

    assert (refused.status_code, refused.json()["type"]) == (429, "/problems#too-many-events")
    assert refused.headers["retry-after"] == str(12 * 3600 + 1)  # until midnight in Athens, from noon
    assert "more than 4 events of this rep are of the business date 2026-11-23" in refused.json()["detail"]
    assert await check_ins(session) == LIMIT - 1
    await sync(make_check_in(field.outlet.code))
    assert await check_ins(session) == LIMIT


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/check-ins", "/v1/sync"])
async def test_every_door_of_a_handheld_is_bounded(
    limited: FastAPI, api: httpx.AsyncClient, field: Field, sync: Sync, path: str
) -> None:
    await sync(*(make_no_order(field.outlet.code) for _ in range(LIMIT)))
    order, check_in = make_order(field.outlet.code, field.product.code), make_check_in(field.outlet.code)
    body = {"/v1/orders": order, "/v1/check-ins": check_in, "/v1/sync": make_upload(order)}[path]

    assert (await post(api, limited, field, path, body)).status_code == 429


async def test_what_has_come_before_gets_its_first_answer_and_does_not_count(
    limited: FastAPI, api: httpx.AsyncClient, field: Field, sync: Sync
) -> None:
    events = [make_check_in(field.outlet.code) for _ in range(LIMIT)]
    first = await sync(*events)

    again = await sync(*events, *events)

    assert [result["status"] for result in again["results"]] == ["duplicate"] * 2 * LIMIT
    assert again["results"][0]["verdict"] == first["results"][0]["verdict"]
    assert (await post(api, limited, field, "/v1/check-ins", events[0])).status_code == 200
    assert (await post(api, limited, field, "/v1/check-ins", make_check_in(field.outlet.code))).status_code == 429


async def test_nothing_of_a_refused_upload_is_noted_of_its_device(
    limited: FastAPI, api: httpx.AsyncClient, session: AsyncSession, field: Field, sync: Sync
) -> None:
    await sync(*(make_check_in(field.outlet.code, sequence=number + 1) for number in range(LIMIT)))
    late = make_upload(make_check_in(field.outlet.code, sequence=LIMIT + 1), sequence_to=LIMIT + 1)

    await post(api, limited, field, "/v1/sync", late)

    state = (await session.scalars(select(DeviceSyncState).execution_options(populate_existing=True))).one()
    assert (state.claimed_to, state.watermark_at) == (None, None)


async def test_both_handhelds_of_a_rep_count_and_a_colleagues_does_not(
    limited: FastAPI, api: httpx.AsyncClient, session: AsyncSession, field: Field, sync: Sync
) -> None:
    second = await make_device(session, field.rep)
    colleague = await make_device(session, await make_rep(session, field.territory))
    await sync(*(make_check_in(field.outlet.code) for _ in range(2)))
    await sync(*(make_check_in(field.outlet.code) for _ in range(2)), device=second)

    await sync(make_check_in(field.outlet.code), device=colleague)
    assert (await post(api, limited, field, "/v1/check-ins", make_check_in(field.outlet.code))).status_code == 429


async def test_a_flood_over_many_old_dates_is_bounded_by_the_day_on_which_it_comes(
    limited: FastAPI, api: httpx.AsyncClient, field: Field, sync: Sync, the_clock: clock.SetClock
) -> None:
    for days in range(LIMIT):
        await sync(make_check_in(field.outlet.code, NOON - timedelta(days=days), monotonic_ms=None))
    older = make_check_in(field.outlet.code, NOON - timedelta(days=LIMIT), monotonic_ms=None)

    refused = await post(api, limited, field, "/v1/check-ins", older)
    assert refused.status_code == 429
    assert "came on 2026-11-23" in refused.json()["detail"]

    the_clock.move_to(NOON + timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await post(api, limited, field, "/v1/check-ins", older)).status_code == 201


async def test_what_cannot_be_read_counts_among_what_comes_and_once(
    limited: FastAPI, api: httpx.AsyncClient, field: Field, sync: Sync
) -> None:
    unreadable = [{"type": "unreadable", "id": f"event {number}"} for number in range(LIMIT)]
    await sync(*unreadable)

    again = await sync(*unreadable)
    other = await post(api, limited, field, "/v1/sync", make_upload({"type": "unreadable", "id": "another"}))

    assert [result["status"] for result in again["results"]] == ["rejected"] * LIMIT
    assert other.status_code == 429


async def test_days_are_forgotten_after_35_days(session: AsyncSession, field: Field, sync: Sync) -> None:
    await sync(make_check_in(field.outlet.code))

    assert await watermarks.forget_day_counts(session, NOON + timedelta(days=35)) == 0
    assert await watermarks.forget_day_counts(session, NOON + timedelta(days=36)) == 1
    assert await session.scalar(select(func.count()).select_from(DeviceDay)) == 0


@pytest.fixture
async def racing(settings: Settings, committed: Database) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    app = create_app(settings.model_copy(update={"rep_day_limit_events": LIMIT}), committed)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        yield client, app


async def test_the_count_is_exact_where_many_uploads_of_two_handhelds_race(
    committed: Database, racing: tuple[httpx.AsyncClient, FastAPI], settings: Settings
) -> None:
    client, app = racing
    other_process = create_app(settings.model_copy(update={"rep_day_limit_events": LIMIT}), committed)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        devices = [await make_device(session, rep) for _ in range(2)]
        outlet = await make_outlet(session, territory)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(other_process), base_url="http://fieldproof.test"
    ) as other_client:
        answers = await asyncio.gather(
            *(
                door.post("/v1/check-ins", json=make_check_in(outlet.code), headers=bearer(app, device))
                for device in devices
                for door in (client, other_client)
                for _ in range(3)
            )
        )

    assert sorted(answer.status_code for answer in answers) == [201] * LIMIT + [429] * (12 - LIMIT)
    async with committed.read_only() as session:
        assert await check_ins(session) == LIMIT
        assert await session.scalar(select(func.sum(DeviceDay.events))) == LIMIT
