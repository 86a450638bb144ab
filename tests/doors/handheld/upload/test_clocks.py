"""When an event was: by the anchor of its boot, or not by the phone's word alone (T1 to T3)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.watermarks import service as watermarks
from app.field.watermarks.models import DeviceBoot
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.sales.orders.models import Order
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import make_check_in, make_order, make_upload, monotonic_ms
from tests.factories.identity import bearer, make_user
from tests.factories.territories import change_calendar

MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CAPTURED = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
"""16:30 in Athens, half an hour before the cutoff."""
LATER = datetime(2026, 11, 23, 15, 20, tzinfo=UTC)


async def times_of(session: AsyncSession) -> Sequence[Any]:
    columns = (CheckIn.corrected_at, CheckIn.trusted, CheckIn.clock_doubt)
    return [tuple(row) for row in await session.execute(select(*columns).order_by(CheckIn.captured_at))]


async def signals_of(session: AsyncSession) -> list[str]:
    return sorted((await session.scalars(select(RiskSignal.rule))).all())


@pytest.mark.parametrize(
    ("captured_at", "sent_at"),
    [
        (CAPTURED, LATER),
        (CAPTURED - timedelta(minutes=6), LATER),
        (CAPTURED + timedelta(minutes=30), LATER),
        (datetime(1970, 1, 1, 0, 12, tzinfo=UTC), LATER),
        (CAPTURED - timedelta(days=7_168), LATER),
        (datetime(1970, 1, 1, 0, 12, tzinfo=UTC), datetime(1970, 1, 1, 5, tzinfo=UTC)),
        (CAPTURED.replace(year=2569), LATER.replace(year=2569)),
    ],
    ids=["right", "slow", "fast", "1970", "week rollover", "1970 still", "Buddhist era"],
)
async def test_the_anchor_dates_an_event_whatever_the_wall_clock_says(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field, captured_at: datetime, sent_at: datetime
) -> None:
    the_clock.move_to(MORNING)
    await sync(time=MORNING)
    the_clock.move_to(LATER)

    await sync(
        make_check_in(field.outlet.code, CAPTURED, captured_at=captured_at.isoformat()),
        make_order(field.outlet.code, field.product.code, time=CAPTURED, captured_at=captured_at.isoformat()),
        time=LATER,
        sent_at=sent_at.isoformat(),
    )

    assert await times_of(session) == [(CAPTURED, True, None)]
    assert (await session.scalars(select(Order.corrected_at))).one() == CAPTURED
    off = captured_at != CAPTURED
    assert await signals_of(session) == (["clock_changed", "clock_changed"] if off else [])


@pytest.mark.parametrize("waited", [timedelta(seconds=45), timedelta(minutes=141), timedelta(hours=26)])
async def test_what_waited_on_its_way_is_of_when_it_was_recorded(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field, waited: timedelta
) -> None:
    the_clock.move_to(MORNING)
    await sync(time=MORNING)
    the_clock.move_to(CAPTURED + waited)

    answer = await sync(make_check_in(field.outlet.code, CAPTURED), time=CAPTURED + timedelta(seconds=1))

    assert await times_of(session) == [(CAPTURED, True, None)]
    assert answer["clock_skew_ms"] == 0


async def test_an_anchored_boot_dates_its_events_after_a_reboot(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(MORNING)
    await sync(time=MORNING)
    the_clock.move_to(LATER)

    await sync(make_check_in(field.outlet.code, CAPTURED, boot_id="boot-1"), time=LATER, boot_id="b2", monotonic_ms=9)

    assert await times_of(session) == [(CAPTURED, True, None)]


async def test_the_mornings_download_anchors_the_day(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(MORNING)
    own = {"boot_id": "boot-1", "monotonic_ms": f"{monotonic_ms(MORNING)}.5"}
    odd: dict[str, str]
    for odd in ({"boot_id": "", "monotonic_ms": "5"}, {"boot_id": "b9", "monotonic_ms": "-1"}, {"boot_id": "b9"}, own):
        assert (await api.get("/v1/sync", params=odd, headers=bearer(app, field.device))).status_code == 200
    the_clock.move_to(LATER)

    await sync(make_check_in(field.outlet.code, CAPTURED, boot_id="boot-1"), time=LATER, boot_id="b2", monotonic_ms=9)

    ((corrected_at, trusted, doubt),) = await times_of(session)
    assert (trusted, doubt) == (True, None)
    assert abs(corrected_at - CAPTURED) < timedelta(milliseconds=2)
    assert (await session.scalars(select(func.count()).select_from(DeviceBoot))).one() == 2


async def test_a_download_that_would_set_the_boot_back_teaches_nothing(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    for at, ahead_ms in ((MORNING, 0), (CAPTURED, 7_200_000)):
        the_clock.move_to(at)
        own = {"boot_id": "boot-1", "monotonic_ms": str(monotonic_ms(at) + ahead_ms)}
        await api.get("/v1/sync", params=own, headers=bearer(app, field.device))

    anchor_at = (await session.scalars(select(DeviceBoot.anchor_at))).one()
    assert anchor_at == MORNING - timedelta(milliseconds=monotonic_ms(MORNING))


@pytest.mark.parametrize(
    ("captured_at", "clocks"),
    [
        ("2015-01-01T03:34:00Z", {"boot_id": "b0"}),
        ("2007-04-09T14:30:00Z", {"monotonic_ms": None}),
        ("2026-11-09T09:00:00Z", {"boot_id": "b0"}),
        ("2026-08-17T09:00:00Z", {"monotonic_ms": None}),
        ("2025-10-19T09:00:00Z", {"boot_id": None, "monotonic_ms": None}),
        ("0001-01-01T00:00:00Z", {"boot_id": "b0"}),
        ("9999-12-31T23:59:59Z", {"boot_id": "b0"}),
    ],
)
async def test_a_wrong_date_and_a_reboot_rewrite_no_past(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field, captured_at: str, clocks: dict[str, Any]
) -> None:
    the_clock.move_to(LATER)

    answer = await sync(make_check_in(field.outlet.code, LATER, captured_at=captured_at, **clocks), time=LATER)

    assert [result["status"] for result in answer["results"]] == ["accepted"]
    assert await times_of(session) == [(LATER, False, "unproven_time")]
    assert "unproven_time" in await signals_of(session)


async def test_nothing_unproven_is_older_than_what_the_device_had_told(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(CAPTURED)
    await sync(time=CAPTURED, sequence_to=0)
    the_clock.move_to(LATER)
    hour = timedelta(hours=1)

    for at in (CAPTURED - hour, CAPTURED + timedelta(minutes=5)):
        await sync(make_check_in(field.outlet.code, at, monotonic_ms=None), time=LATER)

    assert await times_of(session) == [
        (LATER, False, "unproven_time"),
        (CAPTURED + timedelta(minutes=5), False, None),
    ]


async def test_evidence_of_a_boot_that_nobody_knew_of_before_the_cutoff_is_told(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(LATER)

    await sync(make_check_in(field.outlet.code, CAPTURED), time=LATER)

    assert await times_of(session) == [(CAPTURED, True, "unseen_boot")]
    assert await signals_of(session) == ["unseen_boot"]


@pytest.mark.parametrize("claimed_at", [(LATER,), (MORNING, LATER), (MORNING, CAPTURED + timedelta(minutes=10))])
async def test_an_event_numbered_after_a_claim_is_not_from_before_it(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field, claimed_at: Sequence[datetime]
) -> None:
    for at in claimed_at:
        the_clock.move_to(at)
        await sync(time=at, sequence_to=0)
    later = LATER + timedelta(minutes=70)
    the_clock.move_to(later)

    await sync(make_check_in(field.outlet.code, CAPTURED, sequence=1), time=later, sequence_to=1)

    ((corrected_at, trusted, doubt),) = await times_of(session)
    assert (corrected_at, trusted, doubt) == (later, False, "unproven_time")
    assert await signals_of(session) == ["clock_changed", "unproven_time"]


async def test_unproven_events_make_no_impossible_speed(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(LATER)
    far = {"lat": 38.5, "lon": 22.0, "accuracy_m": 5.0}
    events = [make_check_in(field.outlet.code, CAPTURED, captured_at="2015-01-01T00:00:00Z", boot_id="b0")]
    events.append(events[0] | {"id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11", "fix": far})

    await sync(*events, time=LATER)

    assert await signals_of(session) == ["unproven_time", "unproven_time"]


async def test_boots_are_forgotten_ninety_days_after_they_were_heard_of(
    sync: Sync, session: AsyncSession, the_clock: SetClock
) -> None:
    the_clock.move_to(MORNING)
    await sync(time=MORNING)

    assert await watermarks.forget_boots(session, MORNING + timedelta(days=90)) == 0
    assert await watermarks.forget_boots(session, MORNING + timedelta(days=90, seconds=1)) == 1


async def test_only_a_handheld_has_clock_evidence(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(CAPTURED)
    orders = [make_order(field.outlet.code, field.product.code, time=CAPTURED) for _ in range(2)]
    await sync(*orders, time=CAPTURED)
    the_clock.move_to(LATER)
    told = {
        "captured_at": CAPTURED.isoformat(),
        "sent_at": LATER.isoformat(),
        "monotonic_ms": monotonic_ms(CAPTURED),
        "sent_monotonic_ms": monotonic_ms(LATER),
        "boot_id": "boot-1",
    }

    supervisor = await make_user(session, Role.SUPERVISOR, field.territory)
    await api.post(f"/v1/orders/{orders[0]['id']}/cancel", json=told, headers=bearer(app, supervisor))
    await api.post(f"/v1/orders/{orders[1]['id']}/cancel", json=told, headers=bearer(app, field.device))

    cancelled = {
        row.id: row.cancelled_effective_at
        for row in await session.execute(select(Order.id, Order.cancelled_effective_at))
    }
    assert [cancelled[UUID(order["id"])] for order in orders] == [LATER, CAPTURED]


async def test_uploads_are_the_same_in_every_order_once_the_boot_is_anchored(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    the_clock.move_to(MORNING)
    await sync(time=MORNING)
    the_clock.move_to(LATER)
    uploads = [
        make_upload(
            make_check_in(field.outlet.code, MORNING + timedelta(hours=hour), sequence=hour),
            time=MORNING + timedelta(hours=hour, minutes=1),
            sequence_to=hour,
        )
        for hour in (5, 2, 4, 1, 3)
    ]
    for upload in [*uploads, uploads[0], uploads[2]]:
        assert (await api.post("/v1/sync", json=upload, headers=bearer(app, field.device))).status_code == 200

    assert await times_of(session) == [(MORNING + timedelta(hours=hour), True, None) for hour in range(1, 6)]


async def test_a_zone_that_holds_from_tomorrow_on_dates_nothing_of_today(
    sync: Sync, session: AsyncSession, the_clock: SetClock, field: Field
) -> None:
    """At 09:00 in Athens it is yesterday in Los Angeles (T6)."""
    await change_calendar(session, field.territory, MORNING, time_zone="America/Los_Angeles")
    nine = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    the_clock.move_to(nine)
    await sync(make_check_in(field.outlet.code, nine), time=nine)
    assert (await session.scalars(select(CheckIn.business_date))).all() == [date(2026, 11, 23)]
