"""What a quarter's orders come to, by the API (MX1, MX2)."""

from datetime import date
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.ground.web.media_types import Medium
from tests.conftest import Statements
from tests.csv_reports import report_rows
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.motivation.assortment_mix.asking import Headers, mix, plan
from tests.motivation.assortment_mix.worlds import QUARTER, MixWorld

JULY_1, SEPTEMBER_30 = date(2026, 7, 1), date(2026, 9, 30)


async def test_the_score_is_one_minus_half_of_what_the_shares_are_off(
    api: httpx.AsyncClient, admin: Headers, supervisor: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="0.50", biscuits="0.50")
    await world.orders(30, chocolate=6, biscuits=3, drinks=1)
    figures = await mix(api, supervisor, world.territory.code)
    assert (figures["score"], figures["orders"], figures["bonus_share"]) == ("0.8", 30, "0.4")
    assert figures["shares"] == [
        {"group": "biscuits", "target": "0.5", "actual": "0.3", "value": "90.00"},
        {"group": "chocolate", "target": "0.5", "actual": "0.6", "value": "180.00"},
        {"group": None, "target": "0", "actual": "0.1", "value": "30.00"},
    ]


async def test_groups_without_a_target_and_products_without_a_group_count_as_one(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="1")
    ungrouped = await make_product(session, assortment_group=None, price_segment=None, list_price=Decimal(1))
    await world.orders(29, chocolate=8, biscuits=1)
    await make_order(session, world.outlet, rep=world.rep, lines=[(ungrouped, 29)], business_date=JULY_1)
    figures = await mix(api, admin, world.territory.code)
    assert [(share["group"], share["value"]) for share in figures["shares"]] == [
        ("chocolate", "232.00"),
        (None, "58.00"),
    ]
    assert figures["score"] == "0.8"
    assert [(part["segment"], part["value"]) for part in figures["segments"]] == [
        ("standard", "261.00"),
        (None, "29.00"),
    ]


async def test_a_quarter_with_fewer_than_thirty_orders_has_no_score_and_no_bonus(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="1")
    await world.orders(29, chocolate=1)
    few = await mix(api, admin, world.territory.code)
    assert [few[name] for name in ("score", "no_score_because", "bonus_share")] == [None, "few_orders", "0"]
    assert few["moved_by"]["reps"] == {"up": [], "down": []}
    await world.order(chocolate=1)
    enough = await mix(api, admin, world.territory.code)
    assert [enough[name] for name in ("score", "no_score_because", "bonus_share")] == ["1", None, "1"]


async def test_a_quarter_of_free_goods_has_no_score(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="1")
    free = await make_product(session, assortment_group="chocolate", list_price=Decimal(0))
    for _ in range(30):
        await make_order(session, world.outlet, rep=world.rep, lines=[(free, 6)], business_date=JULY_1)
    figures = await mix(api, admin, world.territory.code)
    assert (figures["score"], figures["no_score_because"], figures["shares"][0]["actual"]) == (None, "no_value", None)


async def test_without_targets_there_is_no_score_and_the_figures_are_told_all_the_same(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    await world.orders(30, chocolate=2)
    figures = await mix(api, admin, world.territory.code)
    assert [figures[name] for name in ("targets", "score", "no_score_because")] == [None, None, "no_targets"]
    assert figures["shares"] == [{"group": None, "target": "0", "actual": "1", "value": "60.00"}]


async def test_orders_count_by_business_date_and_those_that_were_cancelled_do_not(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="1")
    for day in (date(2026, 6, 30), JULY_1, SEPTEMBER_30, date(2026, 10, 1)):
        await world.order(day, chocolate=10)
    cancelled = await world.order(JULY_1, drinks=10)
    cancelled.cancelled_at = cancelled.cancelled_effective_at = cancelled.received_at
    await session.flush()
    elsewhere = await make_outlet(session, await make_territory(session))
    await world.order_of(None, elsewhere, JULY_1, drinks=10)
    figures = await mix(api, admin, world.territory.code)
    assert (figures["orders"], figures["value"]) == (2, "20.00")


async def test_the_trend_is_told_by_iso_week_as_far_as_the_week_lies_in_the_quarter(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="0.5", biscuits="0.5")
    await world.order(JULY_1, chocolate=10)  # a Wednesday
    await world.order(date(2026, 7, 5), biscuits=10)
    await world.order(date(2026, 7, 6), biscuits=30, chocolate=10)
    await world.order(SEPTEMBER_30, drinks=5)
    weeks = (await mix(api, admin, world.territory.code))["weeks"]
    assert [[week[name] for name in ("iso_week", "from", "to", "orders", "value", "score")] for week in weeks] == [
        ["2026-W27", "2026-07-01", "2026-07-05", 2, "20.00", "1"],
        ["2026-W28", "2026-07-06", "2026-07-12", 1, "40.00", "0.75"],
        ["2026-W40", "2026-09-28", "2026-09-30", 1, "5.00", "0"],
    ]
    assert weeks[1]["shares"][0] == {"group": "biscuits", "target": "0.5", "actual": "0.75", "value": "30.00"}
    assert weeks[1]["segments"] == [{"segment": "standard", "value": "40.00", "share": "1"}]


async def test_the_weeks_of_a_first_quarter_may_be_those_of_the_year_before(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    for day in (date(2027, 1, 1), date(2027, 1, 4)):
        await world.order(day, chocolate=1)
    weeks = (await mix(api, admin, world.territory.code, "2027-Q1"))["weeks"]
    assert [(week["iso_week"], week["from"]) for week in weeks] == [
        ("2026-W53", "2027-01-01"),
        ("2027-W01", "2027-01-04"),
    ]


async def test_whose_orders_moved_the_score_is_told_by_what_it_would_be_without_them(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="0.5", biscuits="0.5")
    rep, outlet = await make_rep(session, world.territory), await make_outlet(session, world.territory)
    await world.orders(29, chocolate=10)
    await world.order_of(rep, outlet, biscuits=145)
    await world.order_of(None, outlet, biscuits=145)
    moved_by = (await mix(api, admin, world.territory.code))["moved_by"]
    # 290 of each: 1. Without the second outlet there is chocolate alone: 0.5; without one of its orders 145 of 435.
    up = {"outlet_code": outlet.code, "outlet_name": outlet.name, "value": "290.00", "effect": "0.5"}
    assert up in moved_by["outlets"]["up"]
    assert {row["rep_code"]: row["effect"] for row in moved_by["reps"]["up"]} == {
        world.rep.code: "0.5",
        rep.code: "0.166667",
        None: "0.166667",
    }
    assert (moved_by["outlets"]["down"], moved_by["reps"]["down"]) == ([], [])


async def test_a_running_quarter_and_one_that_is_not_closed_are_provisional(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    for quarter in (QUARTER, "2026-Q4", "2027-Q1"):
        figures = await mix(api, admin, world.territory.code, quarter)
        assert (figures["provisional"], figures["statement"], figures["quarter"]) == (True, None, quarter)


async def test_a_supervisor_of_one_territory_need_not_name_it(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, world: MixWorld, supervisor: Headers, admin: Headers
) -> None:
    assert (await mix(api, supervisor, None))["territory_code"] == world.territory.code
    other = await make_territory(session)
    of_two = bearer(app, await make_user(session, Role.SUPERVISOR, world.territory, other))
    of_none = bearer(app, await make_user(session, Role.SUPERVISOR))
    for caller in (of_two, of_none, admin):
        answer = await api.get("/v1/assortment-mix", params={"quarter": QUARTER}, headers=caller)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query/territory_code"


async def test_another_supervisors_territory_is_not_found(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, world: MixWorld
) -> None:
    stranger = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    query = {"quarter": QUARTER, "territory_code": world.territory.code}
    assert (await api.get("/v1/assortment-mix", params=query, headers=stranger)).status_code == 404


async def test_a_client_needs_the_scope_for_statements(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, world: MixWorld
) -> None:
    payroll = bearer(app, await make_client(session, "statements:read"))
    assert (await mix(api, payroll, world.territory.code))["provisional"]
    query = {"quarter": QUARTER, "territory_code": world.territory.code}
    for scope in ("points:read", "compliance:read", "master:write"):
        caller = bearer(app, await make_client(session, scope))
        assert (await api.get("/v1/assortment-mix", params=query, headers=caller)).status_code == 403


@pytest.mark.parametrize("quarter", ["2026-Q0", "2026-Q5", "2026", "1999-Q1", "2026-q3", "2026-Q3 "])
async def test_what_is_no_quarter_is_refused(api: httpx.AsyncClient, admin: Headers, quarter: str) -> None:
    answer = await api.get("/v1/assortment-mix", params={"quarter": quarter}, headers=admin)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/quarter")


async def test_any_number_of_orders_costs_the_same_statements(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld, statements: Statements
) -> None:
    await plan(api, admin, chocolate="0.4", biscuits="0.6")
    await world.orders(30, chocolate=1)
    await mix(api, admin, world.territory.code)
    await statements.taken()
    await mix(api, admin, world.territory.code)
    few = len(await statements.taken())
    for _ in range(5):
        rep, outlet = await make_rep(session, world.territory), await make_outlet(session, world.territory)
        await world.order_of(rep, outlet, biscuits=3)
    await session.flush()
    await statements.taken()
    await mix(api, admin, world.territory.code)
    assert len(await statements.taken()) == few


async def test_a_quarter_as_it_stands_comes_as_a_file(
    api: httpx.AsyncClient, admin: Headers, supervisor: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="0.50", biscuits="0.50")
    await world.orders(30, chocolate=6, biscuits=3, drinks=1)
    query = {"quarter": QUARTER, "territory_code": world.territory.code}
    figures = await mix(api, supervisor, world.territory.code)
    rows = await report_rows(api, "/v1/assortment-mix", supervisor, **query)
    assert (rows[0]["section"], rows[0]["orders"]) == ("quarter", "30")
    assert Decimal(rows[0]["score"]) == Decimal(figures["score"])
    assert (rows[0]["number"], rows[0]["territory_code"], rows[0]["quarter"]) == ("", world.territory.code, QUARTER)
    groups = [row for row in rows if row["section"] == "group" and not row["iso_week"]]
    assert [Decimal(row["actual"]) for row in groups] == [Decimal(share["actual"]) for share in figures["shares"]]


async def test_the_workbook_of_a_quarter_speaks_the_readers_language(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="1")
    headers = admin | {"Accept": Medium.XLSX.value, "Accept-Language": "el"}
    query = {"quarter": QUARTER, "territory_code": world.territory.code}
    answer = await api.get("/v1/assortment-mix", params=query, headers=headers)
    assert answer.headers["content-language"] == "el"
    assert f"assortment-mix-{world.territory.code}-{QUARTER}.xlsx" in answer.headers["content-disposition"]
