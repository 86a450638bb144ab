"""Reps' days over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.finality import finalise_passed
from app.closing.cutoff.service import close_day
from app.closing.rep_days.service import rep_days
from app.field.watermarks.models import DeviceSyncState
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.masters.territories.models import Rep, Territory
from app.motivation.points import service as points
from app.motivation.points.rules import PointsFinding, PointsRule
from tests.conftest import MONDAY_NOON, Statements
from tests.factories.call_tasks import FIVE
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.rejected_events import make_rejected_event
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Headers = dict[str, str]


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, territory: Territory) -> Headers:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


async def test_a_line_tells_how_a_reps_day_goes(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    outlets = [await make_outlet(session, territory) for _ in range(3)]
    expected = [MONDAY_NOON + timedelta(minutes=minutes) for minutes in (-60, -30, 0)]
    visits = [
        await make_visit(session, rep, outlet, sequence=number, expected_at=at)
        for number, (outlet, at) in enumerate(zip(outlets, expected, strict=True), start=1)
    ]
    await make_stored_check_in(session, rep, outlets[0], at=expected[0] + timedelta(minutes=5))
    await make_order(session, outlets[0], rep=rep)
    await session.flush()
    answer = await api.get("/v1/rep-days", headers=supervisor)
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["items"]
    assert line == {
        "rep_code": rep.code,
        "rep_name": rep.name,
        "territory_code": territory.code,
        "date": "2026-11-23",
        "planned": 3,
        "visited": 1,
        "verified": 1,
        "ordered": 1,
        "without_order": 2,
        "missed_so_far": 1,
        "productive": 1,
        "ad_hoc": 0,
        "excused": 0,
        "dropped": 0,
        "flagged": 0,
        "provisional": 0,
        "last_seen": {
            "at": "2026-11-23T09:05:00Z",
            "outlet_code": outlets[0].code,
            "outlet_name": outlets[0].name,
            "kind": "arrival",
            "verdict": "INSIDE",
            "distance_m": 3.2,
        },
        "next": {
            "visit_id": str(visits[1].id),
            "outlet_code": outlets[1].code,
            "outlet_name": outlets[1].name,
            "expected_at": "2026-11-23T09:30:00Z",
        },
        "progress": {"status": "behind", "minutes": 30},
        "devices": 0,
        "last_sync_at": None,
        "watermark_at": None,
        "open_signals": 0,
        "rejected_events": 0,
        "points": 0,
    }
    assert answer.json()["territories"] == [
        {
            "territory_code": territory.code,
            "time_zone": "Europe/Athens",
            "date": "2026-11-23",
            "working_day": True,
            "cutoff_at": "2026-11-23T15:00:00Z",
            "call_deadline_at": "2026-11-23T17:00:00Z",
            "cutoff_run_id": None,
            "planned_at_cutoff": None,
            "flagged_at_cutoff": None,
            "now": "2026-11-23T10:00:00Z",
        }
    ]


async def lines(api: httpx.AsyncClient, headers: Headers, **query: str) -> list[dict[str, Any]]:
    answer = await api.get("/v1/rep-days", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_supervisor_sees_the_own_territories_and_an_admin_all(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, supervisor: Headers, rep: Rep
) -> None:
    other = await make_rep(session, await make_territory(session))
    admin = bearer(app, await make_user(session, Role.ADMIN))
    assert [line["rep_code"] for line in await lines(api, supervisor)] == [rep.code]
    assert [line["rep_code"] for line in await lines(api, admin)] == [rep.code, other.code]


async def test_a_territory_that_is_asked_for_is_told_of_also_without_reps(
    api: httpx.AsyncClient, supervisor: Headers, territory: Territory
) -> None:
    answer = await api.get("/v1/rep-days", params={"territory_code": territory.code}, headers=supervisor)
    assert [each["territory_code"] for each in answer.json()["territories"]] == [territory.code]
    assert answer.json()["items"] == []


async def test_nothing_is_told_of_a_territory_out_of_sight(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers
) -> None:
    elsewhere = await make_territory(session)
    await make_rep(session, elsewhere)
    answer = await api.get("/v1/rep-days", params={"territory_code": elsewhere.code}, headers=supervisor)
    assert answer.json() == {"territories": [], "items": [], "next_cursor": None}


async def test_who_has_left_has_a_line_on_days_with_visits(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory
) -> None:
    gone = await make_rep(session, territory, active=False)
    await make_visit(session, gone, await make_outlet(session, territory))
    (line,) = await lines(api, supervisor)
    assert (line["rep_code"], line["planned"], line["dropped"], line["progress"]) == (gone.code, 0, 1, None)
    assert await lines(api, supervisor, date="2026-11-24") == []


async def test_who_has_moved_has_a_line_where_the_visits_are_and_one_at_home(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, territory: Territory
) -> None:
    home = await make_territory(session)
    rep = await make_rep(session, home)
    await make_visit(session, rep, await make_outlet(session, territory), territory_id=territory.id)
    both = bearer(app, await make_user(session, Role.SUPERVISOR, territory, home))
    assert [(line["territory_code"], line["dropped"]) for line in await lines(api, both)] == [
        (territory.code, 1),
        (home.code, 0),
    ]


async def test_pages_go_on_where_the_last_one_ended_and_tell_of_their_own_territories(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI
) -> None:
    territories = [await make_territory(session, code=f"ZQ-{number}") for number in range(3)]
    reps = [await make_rep(session, territory) for territory in territories for _ in range(2)]
    admin = bearer(app, await make_user(session, Role.ADMIN))
    query: dict[str, str] = {"limit": "3"}
    pages = []
    while True:
        answer = (await api.get("/v1/rep-days", params=query, headers=admin)).json()
        pages.append(answer)
        if answer["next_cursor"] is None:
            break
        query["cursor"] = answer["next_cursor"]
    assert [[line["rep_code"] for line in page["items"]] for page in pages] == [
        [rep.code for rep in reps[:3]],
        [rep.code for rep in reps[3:]],
    ]
    assert [[each["territory_code"] for each in page["territories"]] for page in pages] == [
        ["ZQ-0", "ZQ-1"],
        ["ZQ-1", "ZQ-2"],
    ]


async def test_each_territory_has_its_own_today(api: httpx.AsyncClient, session: AsyncSession, app: FastAPI) -> None:
    zones = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    territories = [await make_territory(session, time_zone=zone) for zone in zones]
    for territory in territories:
        await make_rep(session, territory)
    admin = bearer(app, await make_user(session, Role.ADMIN))
    assert [line["date"] for line in await lines(api, admin)] == ["2026-11-24", "2026-11-22"]


async def test_a_day_off_has_no_cutoff(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep
) -> None:
    answer = await api.get("/v1/rep-days", params={"date": "2026-11-22"}, headers=supervisor)
    (day,) = answer.json()["territories"]
    assert (day["working_day"], day["cutoff_at"], day["call_deadline_at"]) == (False, None, None)


async def test_of_an_outlet_out_of_sight_nothing_is_told_of_where_it_is(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, supervisor: Headers, rep: Rep
) -> None:
    elsewhere = await make_outlet(session, await make_territory(session))
    await make_visit(session, rep, elsewhere, approved_at=None)
    await make_stored_check_in(session, rep, elsewhere)
    admin = bearer(app, await make_user(session, Role.ADMIN))
    seen = {"at": "2026-11-23T08:00:00Z", "outlet_code": elsewhere.code, "kind": "arrival"}
    hidden = seen | {"outlet_name": None, "verdict": "NO_OUTLET_LOCATION", "distance_m": None}
    shown = seen | {"outlet_name": elsewhere.name, "verdict": "INSIDE", "distance_m": 3.2}
    assert [line["last_seen"] for line in await lines(api, supervisor)] == [hidden]
    assert [line["last_seen"] for line in await lines(api, admin)] == [shown]


async def test_the_newest_check_in_is_the_one_that_happened_last(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    outlet = await make_outlet(session, territory)
    await make_visit(session, rep, outlet)
    for minutes, kind in ((20, "departure"), (5, "arrival")):
        await make_stored_check_in(session, rep, outlet, at=MONDAY_NOON + timedelta(minutes=minutes), kind=kind)
    (line,) = await lines(api, supervisor)
    assert line["last_seen"]["kind"] == "departure"


async def test_a_line_tells_what_handhelds_have_told_and_what_waits(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    device, other = [await make_device(session, rep) for _ in range(2)]
    for told_by, minutes in ((device, 5), (other, 30)):
        watermark_at = MONDAY_NOON - timedelta(minutes=minutes)
        states: dict[str, Any] = {"watermark_at": watermark_at, "last_upload_at": watermark_at + timedelta(seconds=1)}
        session.add(DeviceSyncState(device_id=told_by.id, rep_id=rep.id, **states))
    await make_device(session, rep, revoked_at=MONDAY_NOON)
    check_in = await make_stored_check_in(session, rep, await make_outlet(session, territory))
    await make_signal(session, check_in, "mock_location")
    await make_signal(session, check_in, "stale_fix", withdrawn_at=MONDAY_NOON)
    await make_rejected_event(session, rep, device_id=device.id)
    await make_rejected_event(session, rep, device_id=device.id, settled_at=MONDAY_NOON)
    finding = PointsFinding(PointsRule.DELIVERY_MATCHED, uuid4(), rep.id, MONDAY, counts=True, points=2)
    await points.bring_about(session, [finding], MONDAY_NOON)
    (line,) = await lines(api, supervisor)
    assert {name: line[name] for name in STANDING} == {
        "devices": 2,
        "last_sync_at": "2026-11-23T09:55:01Z",
        "watermark_at": "2026-11-23T09:30:00Z",
        "open_signals": 1,
        "rejected_events": 1,
        "points": 2,
    }
    await make_device(session, rep)
    (line,) = await lines(api, supervisor)
    assert (line["devices"], line["watermark_at"]) == (3, None)


STANDING = ("devices", "last_sync_at", "watermark_at", "open_signals", "rejected_events", "points")


async def test_after_the_cutoff_flagged_visits_are_counted_and_can_be_opened(
    api: httpx.AsyncClient,
    session: AsyncSession,
    app: FastAPI,
    territory: Territory,
    rep: Rep,
    the_clock: SetClock,
) -> None:
    device = await make_device(session, rep)
    silent, told = [await make_outlet(session, territory) for _ in range(2)]
    visits = [await make_visit(session, rep, outlet) for outlet in (silent, told)]
    await make_order(session, told, rep=rep)
    the_clock.move_to(FIVE)
    run = await close_day(session, territory.id, MONDAY, triggered_by="test")
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, territory))
    query = {"territory_code": territory.code, "date": "2026-11-23"}
    answer = (await api.get("/v1/rep-days", params=query, headers=supervisor)).json()
    (line,) = answer["items"]
    header = answer["territories"][0]
    assert (header["cutoff_run_id"], header["planned_at_cutoff"], header["flagged_at_cutoff"]) == (str(run.id), 2, 1)
    assert (line["flagged"], line["provisional"], line["points"]) == (1, 1, -9)
    for count in ("flagged", "provisional"):
        listed = await api.get("/v1/visits", params=query | {"counted_as": count}, headers=supervisor)
        assert [visit["id"] for visit in listed.json()["items"]] == [str(visits[0].id)]
    told_at = FIVE + timedelta(minutes=1)
    session.add(DeviceSyncState(device_id=device.id, rep_id=rep.id, watermark_at=told_at, last_upload_at=told_at))
    await session.flush()
    await finalise_passed(session, [rep.id], told_at)
    (line,) = await lines(api, supervisor)
    assert (line["flagged"], line["provisional"], line["points"]) == (1, 0, -9)


async def test_a_page_costs_the_same_number_of_statements_whatever_its_size(
    session: AsyncSession, territory: Territory, statements: Statements
) -> None:
    async def asked() -> int:
        await session.flush()
        await statements.taken()
        await rep_days(session, None, limit=100)
        return len(await statements.taken())

    async def one_more() -> None:
        rep = await make_rep(session, territory)
        outlet = await make_outlet(session, territory)
        await make_visit(session, rep, outlet)
        await make_stored_check_in(session, rep, outlet)

    await one_more()
    with_a_rep = await asked()
    for _ in range(5):
        await one_more()
    assert await asked() == with_a_rep == 7


async def test_the_reps_that_are_asked_for_have_the_lines_that_they_have_among_all(
    session: AsyncSession, territory: Territory
) -> None:
    territories = [territory, await make_territory(session)]
    reps = [await make_rep(session, each) for each in territories for _ in range(2)]
    moved = await make_rep(session, territories[0])
    for rep in (*reps, moved):
        outlet = await make_outlet(session, territories[1])
        await make_visit(session, rep, outlet, territory_id=territories[1].id)
        await make_stored_check_in(session, rep, outlet)
    all_lines = (await rep_days(session, None)).lines
    some = {reps[0].id, reps[3].id, moved.id}
    asked = await rep_days(session, None, rep_ids=some)
    assert asked.lines == [each for each in all_lines if each.line.rep_id in some]
    assert len(asked.lines) == 5
