"""Recording check-ins, judging them again, and listing them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import queries
from app.field.check_ins.geofence import Fix, GeofenceCase, VerdictPolicy, fence_of, judge_all
from app.field.check_ins.models import CheckIn
from app.field.check_ins.models import VerdictPolicy as PolicyVersion
from app.field.check_ins.records import CheckInFilter, CheckInKind, CheckInRecord, ListedCheckIn
from app.field.check_ins.service import record_check_ins, replay
from app.field.visits.models import Visit
from app.ground.receipts.service import Claim, claim, content_digest
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.identity.models import Device, User
from app.masters.outlets.models import Outlet, OutletLocation
from app.masters.territories.field_clock import STAMP_PATHS
from app.masters.territories.models import Rep, Territory
from tests.conftest import Statements
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit
from tests.sales.orders.records import field_outlet, stamp

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
EVERYTHING = Caller(CallerKind.CLIENT, "test", "test", territory_ids=None)
POLYGON = {
    "type": "Polygon",
    "coordinates": [[[21.734, 38.246], [21.735, 38.246], [21.735, 38.247], [21.734, 38.247], [21.734, 38.246]]],
}


def accepted(rep: Rep, outlet: Outlet, **fields: Any) -> CheckInRecord:
    """An arrival at noon with a good fix, judged."""
    fix = fields.pop("fix", Fix(*PATRAS, 8.5, NOON - timedelta(seconds=1)))
    fence = fields.pop("fence", fence_of(outlet.location_version, *PATRAS, 80.0, None))
    policy = fields.pop("policy", VerdictPolicy())
    captured_at = fields.get("captured_at", NOON)
    (verdict,) = judge_all([GeofenceCase(fix, fence, captured_at)], policy)
    times = {name: fields.pop(name) for name in STAMP_PATHS if name in fields}
    sound: dict[str, Any] = {
        "id": uuid4(),
        "stamp": stamp(
            **{"captured_at": NOON, "received_at": NOON, "corrected_at": captured_at, "trusted": True} | times
        ),
        "territory_id": rep.territory_id,
        "rep_id": rep.id,
        "device_id": None,
        "outlet": field_outlet(outlet),
        "kind": CheckInKind.ARRIVAL,
        "fix": fix,
        "verdict": verdict,
        "policy_version": policy.version,
    }
    return CheckInRecord(**sound | fields)


async def claimed(session: AsyncSession, check_in: CheckInRecord) -> CheckInRecord:
    digest = content_digest("check_in", "R", {"id": str(check_in.id)})
    await claim(session, [Claim(check_in.id, "check_in", digest, check_in.stamp.business_date)], NOON)
    return check_in


async def stored(session: AsyncSession, **wanted: Any) -> list[ListedCheckIn]:
    return await queries.check_ins_page(session, EVERYTHING, CheckInFilter(**wanted), None, 500)


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


@pytest.fixture
async def outlet(session: AsyncSession, rep: Rep) -> Outlet:
    territory = await session.get_one(Territory, rep.territory_id)
    return await make_outlet(session, territory)


@pytest.mark.parametrize("number", [1, 200])
async def test_any_number_of_check_ins_is_one_statement(
    session: AsyncSession, statements: Statements, rep: Rep, outlet: Outlet, number: int
) -> None:
    check_ins = [accepted(rep, outlet) for _ in range(number)]

    await statements.taken()
    await record_check_ins(session, check_ins)

    assert len(await statements.taken()) == 1
    assert len((await session.scalars(select(CheckIn.id))).all()) == number


async def test_no_check_ins_are_no_statement(session: AsyncSession, statements: Statements) -> None:
    await record_check_ins(session, [])

    assert await statements.taken() == []


@pytest.mark.parametrize("kind", list(CheckInKind))
async def test_a_check_in_without_a_visit_makes_an_ad_hoc_one(
    session: AsyncSession, rep: Rep, outlet: Outlet, kind: CheckInKind
) -> None:
    await record_check_ins(session, [accepted(rep, outlet, kind=kind), accepted(rep, outlet, kind=kind)])

    (visit,) = (await session.scalars(select(Visit))).all()
    assert (visit.rep_id, visit.outlet_id, visit.visit_date, visit.planned) == (rep.id, outlet.id, MONDAY, False)


async def test_a_check_in_within_a_planned_visit_makes_none(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    planned = await make_visit(session, rep, outlet)

    await record_check_ins(session, [accepted(rep, outlet)])

    assert (await session.scalars(select(Visit.id))).all() == [planned.id]


async def test_another_reps_visit_at_the_outlet_is_not_this_reps(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    colleague = await make_rep(session, await session.get_one(Territory, rep.territory_id))
    await make_visit(session, colleague, outlet)

    await record_check_ins(session, [accepted(rep, outlet)])

    assert set((await session.scalars(select(Visit.rep_id))).all()) == {rep.id, colleague.id}


async def test_a_replay_goes_by_the_location_and_the_policy_of_the_time(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    strict = VerdictPolicy(version=3, inside_at_least=0.99999)
    session.add(
        PolicyVersion(
            version=3,
            inside_at_least=0.99999,
            outside_at_most=0.15,
            accuracy_floor_m=3,
            max_accuracy_m=100,
            max_fix_age_s=120,
            max_fix_lead_s=120,
            any_clock=True,
            created_at=NOON,
            created_by="test",
        )
    )
    fix = Fix(PATRAS[0] + 0.0002, PATRAS[1], 30.0, NOON)
    before = accepted(rep, outlet, fix=fix)
    judged_strictly = accepted(rep, outlet, fix=fix, policy=strict)
    moved = OutletLocation(
        outlet_id=outlet.id,
        version=2,
        lat=39.0,
        lon=22.0,
        centre="SRID=4326;POINT(22 39)",
        radius_m=50.0,
        created_at=NOON,
        created_by="test",
    )
    session.add(moved)
    await session.flush()
    after = accepted(rep, outlet, fix=fix, fence=fence_of(2, 39.0, 22.0, 50.0, None))
    after = replace(after, outlet=replace(field_outlet(outlet), location_version=2))
    await record_check_ins(session, [before, judged_strictly, after])

    listed = {check_in.id: check_in for check_in in await stored(session)}
    wanted = [before, judged_strictly, after]
    replayed = await replay(session, [listed[check_in.id] for check_in in wanted])

    assert [verdict.code.value for verdict in replayed] == ["INSIDE", "UNCERTAIN", "OUTSIDE"]
    assert replayed == [check_in.verdict for check_in in wanted]


FIXES = st.none() | st.builds(
    Fix,
    lat=st.floats(38.2440, 38.2490),
    lon=st.floats(21.7320, 21.7370),
    accuracy_m=st.none() | st.floats(-1, 150),
    fix_at=st.none() | st.integers(-60, 200).map(lambda age: NOON - timedelta(seconds=age)),
    provider=st.sampled_from([None, "gps", "network"]),
    mock=st.booleans(),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fixes=st.lists(st.tuples(FIXES, st.integers(0, 2)), min_size=20, max_size=40))
async def test_replaying_stored_check_ins_gives_the_stored_verdicts(
    session: AsyncSession, rep: Rep, outlet: Outlet, fixes: list[tuple[Fix | None, int]]
) -> None:
    polygon, nowhere = await _neighbours(session, rep)
    places = [
        (outlet, fence_of(1, *PATRAS, 80.0, None)),
        (polygon, fence_of(1, *PATRAS, None, POLYGON)),
        (nowhere, None),
    ]
    recorded = [accepted(rep, places[place][0], fix=fix, fence=places[place][1]) for fix, place in fixes]
    await record_check_ins(session, recorded)

    listed = {check_in.id: check_in for check_in in await stored(session)}
    again = [listed[check_in.id] for check_in in recorded]

    for verdict, check_in in zip(await replay(session, again), again, strict=True):
        kept = check_in.verdict
        assert (verdict.code.value, verdict.p_inside, verdict.distance_m) == (kept.code, kept.p_inside, kept.distance_m)


async def _neighbours(session: AsyncSession, rep: Rep) -> tuple[Outlet, Outlet]:
    territory = await session.get_one(Territory, rep.territory_id)
    polygon = await make_outlet(session, territory, at=None, location_version=1)
    session.add(
        OutletLocation(
            outlet_id=polygon.id,
            version=1,
            lat=PATRAS[0],
            lon=PATRAS[1],
            centre="SRID=4326;POINT(21.7345 38.2465)",
            fence=POLYGON,
            created_at=NOON,
            created_by="test",
        )
    )
    await session.flush()
    return polygon, await make_outlet(session, territory, at=None)


async def test_check_ins_are_listed_page_by_page_newest_first(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, rep: Rep, outlet: Outlet
) -> None:
    device = await make_device(session, rep)
    times = [NOON - timedelta(minutes=n) for n in range(5)]
    recorded = [accepted(rep, outlet, captured_at=at) for at in times]
    recorded.append(accepted(rep, outlet, captured_at=times[0]))
    await record_check_ins(session, recorded)
    headers = bearer(app, device)

    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await api.get("/v1/check-ins", params=query, headers=headers)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    by_age = sorted(recorded, key=lambda check_in: (check_in.stamp.corrected_at, check_in.id), reverse=True)
    assert seen == [str(check_in.id) for check_in in by_age]


async def test_filters_narrow_the_list(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, rep: Rep, outlet: Outlet
) -> None:
    territory = await session.get_one(Territory, rep.territory_id)
    colleague, other = await make_rep(session, territory), await make_outlet(session, territory)
    tuesday = accepted(rep, outlet, business_date=date(2026, 11, 24))
    monday, colleagues = accepted(rep, other), accepted(colleague, outlet)
    await record_check_ins(session, [tuesday, monday, colleagues])
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, territory))

    async def listed(**query: str) -> set[UUID]:
        answer = await api.get("/v1/check-ins", params=query, headers=headers)
        return {UUID(item["id"]) for item in answer.json()["items"]}

    assert await listed() == {tuesday.id, monday.id, colleagues.id}
    assert await listed(date="2026-11-24") == {tuesday.id}
    assert await listed(to="2026-11-23") == {monday.id, colleagues.id}
    assert await listed(**{"from": "2026-11-24"}) == {tuesday.id}
    assert await listed(rep_code=colleague.code) == {colleagues.id}
    assert await listed(outlet_code=other.code) == {monday.id}
    assert await listed(territory_code=territory.code, date="2026-11-23") == {monday.id, colleagues.id}
    assert await listed(territory_code="NOWHERE") == set()


async def test_one_check_in_is_read_with_all_that_its_verdict_rests_on(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, rep: Rep, outlet: Outlet
) -> None:
    check_in = await claimed(session, accepted(rep, outlet))
    await record_check_ins(session, [check_in])

    answer = await api.get(f"/v1/check-ins/{check_in.id}", headers=bearer(app, await make_device(session, rep)))

    told, verdict = answer.json(), check_in.verdict
    assert verdict is not None
    assert told["outlet_code"] == outlet.code
    assert told["fix"]["lat"] == PATRAS[0]
    assert told["verdict"] == {
        "code": "INSIDE",
        "p_inside": verdict.p_inside,
        "distance_m": verdict.distance_m,
        "reasons": [],
        "location_version": 1,
        "policy_version": 2,
    }


async def test_what_lies_out_of_sight_is_not_there(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, rep: Rep, outlet: Outlet
) -> None:
    check_in = await claimed(session, accepted(rep, outlet))
    await record_check_ins(session, [check_in])
    territory = await session.get_one(Territory, rep.territory_id)
    strangers: list[Device | User] = [
        await make_device(session, await make_rep(session, territory)),
        await make_user(session, Role.SUPERVISOR, await make_territory(session)),
    ]

    for stranger in strangers:
        headers = bearer(app, stranger)
        assert (await api.get(f"/v1/check-ins/{check_in.id}", headers=headers)).status_code == 404
        assert (await api.get("/v1/check-ins", headers=headers)).json()["items"] == []
    operator = await make_user(session, Role.OPERATOR, territory)
    assert (await api.get("/v1/check-ins", headers=bearer(app, operator))).status_code == 403
