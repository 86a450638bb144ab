"""Visits as they stand, and a visit's whole evidence."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import close_day, settle_late_orders
from app.field.risk_signals.models import RiskSignal
from app.field.visits.visit_ids import new_visit_id
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.call_tasks import FIVE
from tests.factories.catalogue import make_product
from tests.factories.check_ins import TEN, make_stored_check_in
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import make_no_order_report, make_order
from tests.factories.outlets import make_outlet
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
async def outlet(session: AsyncSession, territory: Territory) -> Outlet:
    return await make_outlet(session, territory)


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, territory: Territory) -> Headers:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


async def items(api: httpx.AsyncClient, headers: Headers, **query: str) -> list[dict[str, Any]]:
    answer = await api.get("/v1/visits", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_visit_shows_its_status_and_what_was_recorded_of_it(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep, outlet: Outlet
) -> None:
    visit = await make_visit(session, rep, outlet, sequence=7)
    check_in = await make_stored_check_in(session, rep, outlet)
    order = await make_order(session, outlet, rep=rep, lines=[(await make_product(session), 12)])
    (shown,) = await items(api, supervisor)
    assert (shown["id"], shown["rep_code"], shown["outlet_code"]) == (str(visit.id), rep.code, outlet.code)
    assert (shown["status"], shown["productive"], shown["planned"]) == ("verified", True, True)
    assert (shown["visit_date"], shown["sequence"]) == ("2026-11-23", 7)
    assert [one["id"] for one in shown["check_ins"]] == [str(check_in.id)]
    assert shown["check_ins"][0]["verdict"]["code"] == "INSIDE"
    assert [(one["id"], one["channel"], one["total_value"]) for one in shown["orders"]] == [
        (str(order.id), "HANDHELD", "13.80")
    ]
    assert (shown["no_order"], shown["missing_order"], shown["excuse"]) == (None, None, None)


async def test_an_order_by_another_channel_covers_the_visit_and_does_not_make_it_productive(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep, outlet: Outlet
) -> None:
    await make_visit(session, rep, outlet)
    await make_order(session, outlet)
    (shown,) = await items(api, supervisor)
    assert [order["channel"] for order in shown["orders"]] == ["API"]
    assert shown["productive"] is False


async def test_a_visit_is_missed_once_its_own_zones_day_is_over(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, the_clock: SetClock
) -> None:
    athens, kathmandu = await make_territory(session), await make_territory(session, time_zone="Asia/Kathmandu")
    for territory in (athens, kathmandu):
        await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))
    # 20:00 UTC is 22:00 on Monday in Athens, and 01:45 on Tuesday in Kathmandu
    the_clock.move_to(FIVE + timedelta(hours=5))
    headers = bearer(app, await make_user(session, Role.ADMIN))
    found = {visit["territory_code"]: visit["status"] for visit in await items(api, headers)}
    assert found == {athens.code: "planned", kathmandu.code: "missed"}


async def test_visits_are_filtered_by_status(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    verified, unverified, planned, excused = [await make_outlet(session, territory) for _ in range(4)]
    for outlet in (verified, unverified, planned):
        await make_visit(session, rep, outlet)
    await make_visit(session, rep, excused, excused_at=TEN, excused_by="user:sofia", excuse_reason="ill")
    await make_visit(session, rep, planned, MONDAY - timedelta(days=3))
    await make_stored_check_in(session, rep, verified)
    await make_stored_check_in(session, rep, unverified, verdict="UNCERTAIN")
    await make_stored_check_in(session, rep, planned, business_date=MONDAY - timedelta(days=1))
    by_status = {
        status: [(visit["outlet_code"], visit["visit_date"]) for visit in await items(api, supervisor, status=status)]
        for status in ("verified", "unverified", "planned", "missed", "excused")
    }
    assert by_status == {
        "verified": [(verified.code, "2026-11-23")],
        "unverified": [(unverified.code, "2026-11-23")],
        "planned": [(planned.code, "2026-11-23")],
        "missed": [(planned.code, "2026-11-20")],
        "excused": [(excused.code, "2026-11-23")],
    }


async def test_visits_are_filtered_by_day_rep_outlet_and_territory(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep, outlet: Outlet
) -> None:
    other = await make_rep(session, territory)
    own = await make_visit(session, rep, outlet)
    later = await make_visit(session, other, outlet, MONDAY + timedelta(days=1))

    async def ids(**query: str) -> list[str]:
        return [visit["id"] for visit in await items(api, supervisor, **query)]

    assert await ids(date="2026-11-23") == [str(own.id)]
    assert await ids(**{"from": "2026-11-24"}) == [str(later.id)]
    assert await ids(to="2026-11-23") == [str(own.id)]
    assert await ids(rep_code=other.code) == [str(later.id)]
    assert await ids(outlet_code=outlet.code, territory_code=territory.code) == [str(own.id), str(later.id)]
    assert await ids(territory_code="NOWHERE") == []


async def test_pages_go_by_day_and_id_and_stay_while_visits_arrive(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    made = [
        await make_visit(session, rep, await make_outlet(session, territory), MONDAY + timedelta(days=n % 3))
        for n in range(7)
    ]
    seen: list[str] = []
    url = "/v1/visits?limit=3"
    while url:
        answer = await api.get(url, headers=supervisor)
        seen += [visit["id"] for visit in answer.json()["items"]]
        if len(seen) == 3:
            await make_visit(session, rep, await make_outlet(session, territory), MONDAY - timedelta(days=1))
        url = answer.links.get("next", {}).get("url", "")
    assert seen == [str(visit.id) for visit in sorted(made, key=lambda visit: (visit.visit_date, visit.id))]


async def test_a_visit_by_id_is_its_whole_evidence(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep, outlet: Outlet, the_clock: SetClock
) -> None:
    the_clock.move_to(FIVE)
    visit = await make_visit(session, rep, outlet, sequence=1)
    arrival = await make_stored_check_in(session, rep, outlet, mock=True)
    await make_stored_check_in(session, rep, outlet, at=TEN + timedelta(minutes=12), kind="departure")
    report = await make_no_order_report(session, rep, outlet, comment="till Thursday")
    session.add(doubt_about(arrival.id, rep, outlet))
    run = await close_day(session, rep.territory_id, MONDAY, triggered_by="test")
    await session.commit()
    admin = bearer(app, await make_user(session, Role.ADMIN))
    answer = await api.get(f"/v1/visits/{visit.id}", headers=admin)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert [one["kind"] for one in shown["check_ins"]] == ["arrival", "departure"]
    fix = shown["check_ins"][0]["fix"]
    assert (fix["accuracy_m"], fix["mock"]) == (8.5, True)
    assert (
        shown["check_ins"][0]["verdict"] | {"p_inside": 0.99, "location_version": 1} == shown["check_ins"][0]["verdict"]
    )
    assert (shown["no_order"]["id"], shown["no_order"]["reason_code"]) == (str(report.id), "overstocked")
    missing = shown["missing_order"]
    assert (missing["cutoff_run_id"], missing["cause"]) == (str(run.id), "visited_no_order")
    assert (missing["visit_id"], missing["rep_code"], missing["outlet_code"]) == (str(visit.id), rep.code, outlet.code)
    assert missing["call_task_id"] is not None
    assert [(one["rule"], one["kind"], one["source"]["id"]) for one in shown["points"]] == [
        ("missed_order", "PENALTY", str(visit.id))
    ]
    assert [one["rule"] for one in shown["risk_signals"]] == ["mock_location"]


async def test_a_visits_points_are_told_as_the_ledger_tells_them(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep, outlet: Outlet, the_clock: SetClock
) -> None:
    the_clock.move_to(FIVE)
    visit = await make_visit(session, rep, outlet)
    await close_day(session, rep.territory_id, MONDAY, triggered_by="test")
    device = await make_device(session, rep)
    elsewhere = await make_outlet(session, await session.get_one(Territory, rep.territory_id))
    fields: dict[str, Any] = {"corrected_at": FIVE - timedelta(minutes=1), "received_at": FIVE + timedelta(hours=1)}
    await make_order(session, outlet, rep=rep, **fields)
    # late; then a check-in shows that the rep was there; then another one that he had gone elsewhere
    for place, minutes in ((None, 0), (outlet, 10), (elsewhere, 5)):
        if place is not None:
            await make_stored_check_in(session, rep, place, at=FIVE - timedelta(minutes=minutes))
        await settle_late_orders(session, [(outlet.id, MONDAY)], FIVE + timedelta(hours=1))
    for hours in (1, 73):
        the_clock.move_to(FIVE + timedelta(hours=hours))
        headers = bearer(app, device)
        of_visit = (await api.get(f"/v1/visits/{visit.id}", headers=headers)).json()["points"]
        of_rep = (await api.get(f"/v1/reps/{rep.code}/points", headers=headers)).json()["items"]
        assert of_visit == of_rep
        assert [entry["points"] for entry in of_visit] == [-10, 10, -3, 3, 1, -3, -1]


async def test_a_visits_whole_evidence_has_the_lines_of_its_orders(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep, outlet: Outlet
) -> None:
    visit = await make_visit(session, rep, outlet)
    products = [await make_product(session) for _ in range(2)]
    await make_order(session, outlet, rep=rep, lines=[(product, 12) for product in products])
    shown = (await api.get(f"/v1/visits/{visit.id}", headers=supervisor)).json()
    (order,) = shown["orders"]
    assert [(line["product_code"], line["quantity"], line["unit_price"]) for line in order["lines"]] == [
        (product.code, "12", "1.15") for product in products
    ]


def doubt_about(check_in_id: Any, rep: Rep, outlet: Outlet) -> RiskSignal:
    return RiskSignal(
        id=uuid4(),
        rule="mock_location",
        subject_type="check_in",
        subject_id=check_in_id,
        territory_id=rep.territory_id,
        rep_id=rep.id,
        outlet_id=outlet.id,
        business_date=MONDAY,
        evidence={},
        explanation="The phone marked the position as simulated.",
        raised_at=TEN,
    )


async def test_a_device_sees_its_own_reps_visits_and_no_doubts(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, territory: Territory, rep: Rep, outlet: Outlet
) -> None:
    own = await make_visit(session, rep, outlet)
    arrival = await make_stored_check_in(session, rep, outlet)
    session.add(doubt_about(arrival.id, rep, outlet))
    others = await make_visit(session, await make_rep(session, territory), outlet)
    device = bearer(app, await make_device(session, rep))
    assert [visit["id"] for visit in await items(api, device)] == [str(own.id)]
    assert (await api.get(f"/v1/visits/{own.id}", headers=device)).json()["risk_signals"] is None
    assert (await api.get(f"/v1/visits/{others.id}", headers=device)).status_code == 404


async def test_a_visit_of_another_territory_is_not_found(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers
) -> None:
    foreign = await make_territory(session)
    visit = await make_visit(session, await make_rep(session, foreign), await make_outlet(session, foreign))
    assert (await api.get(f"/v1/visits/{visit.id}", headers=supervisor)).status_code == 404
    assert await items(api, supervisor) == []


@pytest.mark.parametrize(
    "visit_id",
    [str(uuid4()), str(new_visit_id(date(2026, 11, 23)))],
    ids=["another kind of id", "a day with no such visit"],
)
async def test_an_unknown_visit_is_not_found(api: httpx.AsyncClient, supervisor: Headers, visit_id: str) -> None:
    answer = await api.get(f"/v1/visits/{visit_id}", headers=supervisor)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems#visit-not-found")


async def test_an_integration_client_needs_the_scope(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    await make_visit(session, rep, outlet)
    reader, other = await make_client(session, "visits:read"), await make_client(session, "orders:read")
    assert len(await items(api, bearer(app, reader))) == 1
    assert (await api.get("/v1/visits", headers=bearer(app, other))).status_code == 403
