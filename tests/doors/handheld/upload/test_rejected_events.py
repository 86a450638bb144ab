"""What cannot be recorded is kept, and keeps its day open for as long as that can still change (T7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import MissingOrder
from app.closing.cutoff.service import close_day
from app.ground import clock
from app.motivation.points.models import PenaltyFinalisation, PointsEntry
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import make_check_in, make_no_order, make_order
from tests.factories.identity import bearer
from tests.factories.outlets import make_outlet
from tests.factories.visits import MONDAY, make_visit

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BEFORE = CUTOFF - timedelta(minutes=30)
AFTER = CUTOFF + timedelta(minutes=20)


async def kept(api: httpx.AsyncClient, app: FastAPI, field: Field, **filters: Any) -> list[dict[str, Any]]:
    answer = await api.get("/v1/rejected-events", params=filters, headers=bearer(app, field.device))
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.fixture
async def closed(session: AsyncSession, field: Field, the_clock: clock.SetClock) -> None:
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    the_clock.move_to(AFTER)


REJECTED: list[tuple[dict[str, Any], str, bool]] = [
    (make_check_in("NOWHERE", BEFORE, sequence=1), "unknown_outlet", True),
    (make_no_order("NOWHERE", BEFORE, sequence=1), "unknown_outlet", True),
    (make_order("NOWHERE", "CHO-100", time=BEFORE, sequence=1), "unknown_outlet", True),
    (make_check_in("O", BEFORE, sequence=1, kind="lunch"), "enum", False),
    (make_check_in("O", BEFORE, sequence=1) | {"type": "photo"}, "unknown_type", True),
    ({"sequence": 1, "outlet_code": "O"}, "unknown_type", True),
]


@pytest.mark.parametrize(("event", "code", "again"), REJECTED)
async def test_it_is_shown_with_its_problems_and_whether_it_may_be_sent_again(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, field: Field, event: dict[str, Any], code: str, again: bool
) -> None:
    answer = await sync(event, time=BEFORE, sequence_to=1)
    (item,) = await kept(api, app, field)
    assert answer["results"][0]["problem"]["can_be_sent_again"] is again
    assert {problem["code"] for problem in item["problems"]} >= {code}
    assert (item["kind"], item["first_sequence"], item["can_be_sent_again"]) == ("rejected", 1, again)
    assert (item["event_type"], item["event_id"]) == (event.get("type"), event.get("id"))


async def test_the_same_event_is_kept_once_however_often_it_comes(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, field: Field
) -> None:
    event, unread = make_check_in("NOWHERE", BEFORE), {"type": "check_in"}
    for _ in range(2):
        await sync(event, unread, unread, event, time=BEFORE)
    assert len(await kept(api, app, field)) == 2


@pytest.mark.parametrize("event", [event for event, _, _ in REJECTED])
async def test_it_keeps_its_days_penalties_provisional(
    sync: Sync, session: AsyncSession, closed: None, event: dict[str, Any]
) -> None:
    answer = await sync(event, time=clock.now(), sequence_to=1)
    assert answer["watermark"] is None or datetime.fromisoformat(answer["watermark"]) < CUTOFF
    assert (await session.scalars(select(PenaltyFinalisation.because))).all() == []


async def test_after_its_days_grace_it_holds_nothing(
    sync: Sync, session: AsyncSession, closed: None, the_clock: clock.SetClock
) -> None:
    await sync({"sequence": 1}, time=clock.now(), sequence_to=1)
    the_clock.move_to(CUTOFF + timedelta(hours=72, minutes=1))
    answer = await sync(time=clock.now(), sequence_to=1)
    assert answer["watermark"] == "2026-11-26T15:01:00Z"


async def test_sent_again_and_recorded_it_holds_nothing(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    event = make_check_in("LATER", BEFORE, sequence=1)
    await sync(event, time=clock.now(), sequence_to=1)
    await make_outlet(session, field.territory, code="LATER")
    answer = await sync(event, time=clock.now(), sequence_to=1)
    assert answer["watermark"] == "2026-11-23T15:20:00Z"
    assert [item["outcome"] for item in await kept(api, app, field)] == ["recorded"]
    assert (await session.scalars(select(PenaltyFinalisation.because))).all() == ["watermark_passed"]


async def test_a_mended_event_with_its_number_settles_it(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, field: Field, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(BEFORE)
    await sync(make_check_in(field.outlet.code, BEFORE, sequence=1, kind="lunch"), time=BEFORE, sequence_to=1)
    answer = await sync(make_check_in(field.outlet.code, BEFORE, sequence=1), time=BEFORE, sequence_to=1)
    assert [item["outcome"] for item in await kept(api, app, field)] == ["recorded"]
    assert answer["watermark"] == "2026-11-23T14:30:00Z"


async def test_an_order_that_cannot_be_read_is_a_refused_form_of_its_outlet(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(BEFORE)
    form = make_order(field.outlet.code, field.product.code, time=BEFORE, sequence=1) | {"lines": "six boxes"}
    await sync(form, time=BEFORE, sequence_to=1)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    assert (await session.scalars(select(MissingOrder.cause))).all() == ["order_refused"]
    assert (await session.scalars(select(PointsEntry.provisional))).all() == [True]


async def test_a_rejected_event_of_an_earlier_day_keeps_that_day_open_and_no_later_one(
    sync: Sync, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF - timedelta(hours=6))
    await sync(time=clock.now(), sequence_to=0)
    friday = CUTOFF - timedelta(days=3, hours=2)
    the_clock.move_to(AFTER)
    old = make_check_in("NOWHERE", friday, sequence=1, boot_id="friday", monotonic_ms=None)
    answer = await sync(old, time=AFTER, sequence_to=1)
    assert datetime.fromisoformat(answer["watermark"]) < CUTOFF
    assert datetime.fromisoformat(answer["watermark"]) > CUTOFF - timedelta(hours=7)


UNKNOWN_MEMBERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"colour": "red"}, ["/colour"]),
    ({"a/b~c": 1}, ["/a~1b~0c"]),
    ({"fix": {"lat": 38.2, "lon": 21.7, "speed": 3}}, ["/fix/speed"]),
]


@pytest.mark.parametrize(("members", "pointers"), UNKNOWN_MEMBERS)
async def test_members_that_nobody_knows_are_named_and_ignored(
    sync: Sync, field: Field, members: dict[str, Any], pointers: list[str]
) -> None:
    (result,) = (await sync(make_check_in(field.outlet.code, BEFORE, **members), time=BEFORE))["results"]
    assert result["status"] == "accepted"
    warnings = [(warning["code"], warning["pointer"]) for warning in result["warnings"]]
    assert warnings == [("unknown_member", pointer) for pointer in pointers]


async def test_unknown_members_of_lines_and_of_the_upload_are_named(sync: Sync, field: Field) -> None:
    order = make_order(field.outlet.code, field.product.code, time=BEFORE)
    order["lines"][0]["discount"] = "0.10"
    answer = await sync(order, time=BEFORE, battery=0.4)
    assert [warning["pointer"] for warning in answer["results"][0]["warnings"]] == ["/lines/0/discount"]
    assert [warning["pointer"] for warning in answer["warnings"]] == ["/battery"]


async def test_however_many_newer_ones_there_are_it_still_keeps_its_day_open_and_is_settled_when_it_comes_again(
    api: httpx.AsyncClient,
    app: FastAPI,
    sync: Sync,
    session: AsyncSession,
    field: Field,
    closed: None,
    the_clock: clock.SetClock,
) -> None:
    event = make_check_in("LATER", BEFORE, sequence=1)
    await sync(event, time=AFTER, sequence_to=1)
    tomorrow = AFTER + timedelta(days=1)
    the_clock.move_to(tomorrow)
    newer = [make_check_in("NOWHERE", tomorrow, sequence=number) for number in range(2, 602)]
    await sync(*newer[:300], time=tomorrow, sequence_to=601)
    answer = await sync(*newer[300:], time=tomorrow, sequence_to=601)
    assert datetime.fromisoformat(answer["watermark"]) < CUTOFF
    assert (await session.scalars(select(PenaltyFinalisation.because))).all() == []
    await make_outlet(session, field.territory, code="LATER")
    answer = await sync(event, time=tomorrow, sequence_to=601)
    assert [item["outcome"] for item in await kept(api, app, field, kind="rejected", settled=True)] == ["recorded"]
    assert datetime.fromisoformat(answer["watermark"]) > CUTOFF


@pytest.mark.parametrize("spelling", [str.upper, lambda id_: id_.replace("-", ""), lambda id_: f"{{{id_}}}"])
async def test_the_same_id_in_another_spelling_is_the_same_event(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, field: Field, spelling: Callable[[str], str]
) -> None:
    event = make_check_in(field.outlet.code, BEFORE)
    await sync(event | {"id": spelling(event["id"]), "kind": "lunch"}, time=BEFORE)
    await sync(event, time=BEFORE)
    assert [(item["event_id"], item["outcome"]) for item in await kept(api, app, field)] == [(event["id"], "recorded")]
