"""The KPIs of a period, each with its numerator and denominator, and the records behind them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.ground.web.access import Role
from app.masters.outlets.models import Outlet, OutletTerms
from app.masters.territories.models import Rep, Territory
from tests.factories.call_tasks import FIVE, SEVEN, make_call_task
from tests.factories.catalogue import make_product
from tests.factories.check_ins import TEN, make_stored_check_in
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Ask = Callable[..., Awaitable[dict[str, Any]]]
DAY = {"from": "2026-11-23", "to": "2026-11-23"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, territory: Territory) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


@pytest.fixture
def ask(api: httpx.AsyncClient, supervisor: dict[str, str]) -> Ask:
    async def asked(**query: str) -> dict[str, Any]:
        answer = await api.get("/v1/compliance", params=DAY | query, headers=supervisor)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return asked


def rate(figures: dict[str, Any], kpi: str) -> tuple[Any, Any, Any]:
    found = figures[kpi]
    return found["numerator"], found["denominator"], found["value"]


async def outlets_of(session: AsyncSession, territory: Territory, number: int) -> list[Outlet]:
    return [await make_outlet(session, territory) for _ in range(number)]


async def test_nothing_recorded_divides_nothing(ask: Ask, territory: Territory) -> None:
    found = await ask()
    assert (found["from"], found["to"], found["group_by"], found["items"]) == (*DAY.values(), "territory", [])
    assert {kpi["value"] for kpi in found["totals"].values()} == {None}
    assert rate(found["totals"], "drop_size") == ("0.00", 0, None)


async def test_a_reps_day_in_figures(session: AsyncSession, ask: Ask, territory: Territory, rep: Rep) -> None:
    product = await make_product(session)
    verified, doubtful, phoned, excused, ad_hoc = await outlets_of(session, territory, 5)
    for place, outlet in enumerate((verified, doubtful, phoned), start=1):
        await make_visit(session, rep, outlet, sequence=place)
    await make_visit(session, rep, excused, sequence=4, excused_at=TEN)
    await make_visit(session, rep, ad_hoc, approved_at=None)
    await make_stored_check_in(session, rep, verified, at=TEN)
    await make_stored_check_in(session, rep, verified, at=TEN + 12 * MINUTE, kind="departure")
    await make_stored_check_in(session, rep, doubtful, at=TEN + 30 * MINUTE, verdict="UNCERTAIN")
    await make_stored_check_in(session, rep, ad_hoc, at=TEN + 60 * MINUTE, verdict="OUTSIDE")
    await make_order(session, verified, rep=rep, lines=[(product, 12)])
    await make_order(session, phoned, lines=[(product, 6)], channel="CALL_CENTRE", received_at=FIVE + MINUTE)
    figures = (await ask())["totals"]
    assert rate(figures, "strike_rate_made") == (1, 3, "0.3333")
    assert rate(figures, "strike_rate_planned") == (2, 3, "0.6667")
    assert rate(figures, "coverage") == (2, 3, "0.6667")
    assert rate(figures, "verified_rate") == (1, 3, "0.3333")
    assert rate(figures, "adherence") == (2, 3, "0.6667")
    assert rate(figures, "on_time_rate") == (1, 2, "0.5")
    assert rate(figures, "lines_per_productive_call") == (1, 1, "1")
    assert rate(figures, "drop_size") == ("13.80", 1, "13.8")
    assert rate(figures, "active_outlets") == (2, 5, "0.4")
    assert rate(figures, "time_in_store") == (720, 1, "720")


async def test_an_order_is_on_time_up_to_the_very_instant_of_the_cutoff(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    outlet = await make_outlet(session, territory)
    await make_order(session, outlet, received_at=FIVE)
    await make_order(session, outlet, received_at=FIVE + timedelta(microseconds=1))
    assert rate((await ask())["totals"], "on_time_rate") == (1, 2, "0.5")


async def test_nothing_is_late_on_a_day_without_a_cutoff(session: AsyncSession, ask: Ask, territory: Territory) -> None:
    sunday = MONDAY - timedelta(days=1)
    outlet = await make_outlet(session, territory, terms={"order_due_time": time(14)})
    await make_order(session, outlet, business_date=sunday, received_at=FIVE - timedelta(hours=20))
    figures = await ask(**{"from": sunday.isoformat(), "to": sunday.isoformat()})
    assert rate(figures["totals"], "on_time_rate") == (1, 1, "1")


async def test_each_territory_closes_at_its_own_instant(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, territory: Territory
) -> None:
    kathmandu = await make_territory(session, time_zone="Asia/Kathmandu")
    for one in (territory, kathmandu):
        # 14:00 UTC: 16:00 in Athens, 19:45 in Kathmandu
        await make_order(session, await make_outlet(session, one), received_at=FIVE - timedelta(hours=1))
    headers = bearer(app, await make_user(session, Role.ADMIN))
    answer = await api.get("/v1/compliance", params=DAY | {"group_by": "territory"}, headers=headers)
    found = {item["key"]: rate(item["kpis"], "on_time_rate")[0] for item in answer.json()["items"]}
    assert found == {territory.code: 1, kathmandu.code: 0}


async def test_a_cutoff_that_comes_twice_is_its_first_coming(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    # on 25 October 2026 clocks in Athens show 03:30 twice: at 00:30 and at 01:30 UTC
    territory = await make_territory(session, order_cutoff=time(3, 30), working_weekdays=[7])
    sunday = date(2026, 10, 25)
    outlet = await make_outlet(session, territory)
    for minutes in (0, 1, 60):
        received_at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + minutes * MINUTE
        await make_order(session, outlet, business_date=sunday, received_at=received_at)
    headers = bearer(app, await make_user(session, Role.ADMIN))
    answer = await api.get("/v1/compliance", params={"from": "2026-10-25", "to": "2026-10-25"}, headers=headers)
    assert rate(answer.json()["totals"], "on_time_rate") == (1, 3, "0.3333")


async def test_the_cutoff_of_a_run_stands_when_the_territory_moves_its_own(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    session.add(
        CutoffRun(
            id=uuid4(),
            territory_id=territory.id,
            business_date=MONDAY,
            cutoff_at=FIVE - timedelta(hours=2),
            call_deadline_at=SEVEN,
            started_at=FIVE,
            finished_at=FIVE,
            planned_visits=0,
            missing_orders=0,
            call_tasks=0,
            penalties=0,
            triggered_by="test",
        )
    )
    await make_order(session, await make_outlet(session, territory), received_at=FIVE - timedelta(hours=1))
    assert rate((await ask())["totals"], "on_time_rate") == (0, 1, "0")


async def test_an_outlets_earlier_due_time_makes_orders_after_it_late_and_a_later_one_changes_nothing(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    early = await make_outlet(session, territory, terms={"order_due_time": time(14)})
    late = await make_outlet(session, territory, terms={"order_due_time": time(18)})
    for received_at in (TEN, FIVE - timedelta(hours=1), FIVE + timedelta(minutes=30)):
        await make_order(session, early, received_at=received_at)
        await make_order(session, late, received_at=received_at)
    found = await ask(group_by="outlet")
    assert {item["key"]: rate(item["kpis"], "on_time_rate")[0] for item in found["items"]} == {
        early.code: 1,
        late.code: 2,
    }


async def test_orders_are_judged_by_the_terms_of_their_time(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    outlet = await make_outlet(session, territory, terms_version=2)
    since = FIVE - timedelta(hours=2)
    session.add(
        OutletTerms(
            outlet_id=outlet.id, version=2, valid_from=since, order_due_time=time(14), must_stock=[], created_by="test"
        )
    )
    # both after 14:00, and only the second one under the new terms
    await make_order(session, outlet, received_at=since - MINUTE)
    await make_order(session, outlet, received_at=since + MINUTE)
    assert rate((await ask())["totals"], "on_time_rate") == (1, 2, "0.5")


async def test_must_stock_counts_the_listed_products_of_each_order(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    listed, scarce, other = [await make_product(session) for _ in range(3)]
    terms = [{"product_code": one.code, "min_quantity": "12"} for one in (listed, scarce)]
    outlet = await make_outlet(session, territory, terms={"must_stock": terms})
    await make_order(session, outlet, lines=[(listed, 12), (scarce, 6), (other, 60)])
    await make_order(session, outlet, lines=[(listed, 18), (scarce, 12)])
    await make_order(session, await make_outlet(session, territory), lines=[(listed, 6)])
    assert rate((await ask())["totals"], "must_stock_rate") == (3, 4, "0.75")


async def test_a_must_stock_product_that_is_no_longer_sold_is_not_due(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    listed, gone = await make_product(session), await make_product(session, active=False)
    terms = [{"product_code": one.code, "min_quantity": "6"} for one in (listed, gone)]
    outlet = await make_outlet(session, territory, terms={"must_stock": terms})
    await make_order(session, outlet, lines=[(listed, 6)])
    assert rate((await ask())["totals"], "must_stock_rate") == (1, 1, "1")


async def test_call_recovery_counts_tasks_with_an_order_from_the_phone(
    session: AsyncSession, ask: Ask, territory: Territory
) -> None:
    outcomes = [("done", "order_taken"), ("done", "no_order"), ("cancelled", None), ("expired", None)]
    for status, outcome in outcomes:
        await make_call_task(session, await make_outlet(session, territory), status=status, outcome=outcome)
    assert rate((await ask())["totals"], "call_recovery_rate") == (1, 4, "0.25")


@pytest.mark.parametrize("group_by", ["territory", "rep", "outlet", "date"])
async def test_groups_are_told_by_code_or_day_and_the_whole_counts_an_outlet_once(
    session: AsyncSession, ask: Ask, territory: Territory, rep: Rep, group_by: str
) -> None:
    outlet = await make_outlet(session, territory)
    for day in (MONDAY - timedelta(days=1), MONDAY):
        await make_visit(session, rep, outlet, day)
        await make_stored_check_in(session, rep, outlet, business_date=day)
    found = await ask(group_by=group_by, **{"from": "2026-11-22"})
    keys = {
        "territory": [territory.code],
        "rep": [rep.code],
        "outlet": [outlet.code],
        "date": ["2026-11-22", "2026-11-23"],
    }
    assert [item["key"] for item in found["items"]] == keys[group_by]
    assert rate(found["totals"], "coverage") == (1, 1, "1")
    assert rate(found["totals"], "verified_rate") == (2, 2, "1")
    per_group = 1 if group_by == "date" else 2
    assert [rate(item["kpis"], "verified_rate")[1] for item in found["items"]] == [per_group] * len(keys[group_by])


async def test_filters_narrow_the_figures(session: AsyncSession, ask: Ask, territory: Territory, rep: Rep) -> None:
    other, (first, second) = await make_rep(session, territory), await outlets_of(session, territory, 2)
    for one, outlet in ((rep, first), (rep, second), (other, second)):
        await make_visit(session, one, outlet)

    async def planned(**query: str) -> int:
        found: int = (await ask(**query))["totals"]["adherence"]["denominator"]
        return found

    assert await planned() == 3
    assert await planned(rep_code=rep.code) == 2
    assert await planned(outlet_code=second.code) == 2
    assert await planned(rep_code=rep.code, outlet_code=second.code) == 1
    assert await planned(territory_code=territory.code) == 3
    assert [await planned(**{code: "NONE"}) for code in ("territory_code", "rep_code", "outlet_code")] == [0, 0, 0]


async def test_a_supervisor_sees_nothing_of_another_territory(
    session: AsyncSession, ask: Ask, api: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    foreign = await make_territory(session)
    await make_visit(session, await make_rep(session, foreign), await make_outlet(session, foreign))
    for query in ({}, {"territory_code": foreign.code}):
        found = await ask(**query)
        assert (found["items"], found["totals"]["adherence"]["denominator"]) == ([], 0)
        path = "/v1/compliance/adherence/evidence"
        behind = await api.get(path, params=DAY | query | {"part": "denominator"}, headers=supervisor)
        assert behind.json()["items"] == []


async def test_a_figure_drills_down_to_the_records_behind_it_page_by_page(
    session: AsyncSession, api: httpx.AsyncClient, supervisor: dict[str, str], territory: Territory, rep: Rep
) -> None:
    visits = [await make_visit(session, rep, outlet) for outlet in await outlets_of(session, territory, 5)]
    seen: list[dict[str, Any]] = []
    url = "/v1/compliance/coverage/evidence?from=2026-11-23&to=2026-11-23&part=denominator&limit=2"
    while url:
        answer = await api.get(url, headers=supervisor)
        seen += answer.json()["items"]
        url = answer.links.get("next", {}).get("url", "")
    assert len({item["id"] for item in seen}) == len(visits)
    assert {item["kind"] for item in seen} == {"outlet"}
    answer = await api.get(
        "/v1/compliance/adherence/evidence", params=DAY | {"part": "denominator", "limit": 3}, headers=supervisor
    )
    first = answer.json()
    assert (first["kpi"], first["part"], first["definition"]) == ("adherence", "denominator", "planned visits")
    assert [item["id"] for item in first["items"]] == sorted(str(visit.id) for visit in visits)[:3]
    assert first["items"][0] | {"rep_code": rep.code, "kind": "visit", "amount": "1"} == first["items"][0]
    rest = await api.get(answer.links["next"]["url"], headers=supervisor)
    assert [item["id"] for item in rest.json()["items"]] == sorted(str(visit.id) for visit in visits)[3:]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-11-24"}, "before_from"),
        ({"from": "2025-11-22"}, "period_too_long"),
    ],
)
async def test_a_period_that_is_upside_down_or_too_long_is_refused(
    api: httpx.AsyncClient, supervisor: dict[str, str], query: dict[str, str], code: str
) -> None:
    for path in ("/v1/compliance", "/v1/compliance/coverage/evidence"):
        answer = await api.get(path, params=DAY | query, headers=supervisor)
        assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (422, [code])


async def test_only_supervisors_and_clients_with_the_scope_ask(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, territory: Territory, rep: Rep
) -> None:
    callers = [
        (bearer(app, await make_client(session, "compliance:read")), 200),
        (bearer(app, await make_client(session, "visits:read")), 403),
        (bearer(app, await make_device(session, rep)), 403),
        (bearer(app, await make_user(session, Role.OPERATOR, territory)), 403),
    ]
    for headers, status in callers:
        assert (await api.get("/v1/compliance", params=DAY, headers=headers)).status_code == status
