from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download.schemas import DownloadAnswer
from app.doors.handheld.download.service import changes_since
from app.doors.handheld.download.sync_tokens import decode, encode
from app.doors.handheld.reporters import Reporter
from app.field.visits.models import Visit, VisitRemoval
from app.ground import clock
from app.ground.db.session import Database
from app.masters.catalogue.models import Price, Stock
from app.masters.outlets.models import Outlet
from tests.conftest import Statements
from tests.doors.handheld.conftest import Field
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_device
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Download = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def download(api: httpx.AsyncClient, app: FastAPI, field: Field) -> Download:
    """Downloads what changed since a token, as the field's device or another one."""

    async def ask(since: str | None = None, device: Any = None) -> dict[str, Any]:
        query = {} if since is None else {"since": since}
        response = await api.get("/v1/sync", params=query, headers=bearer(app, device or field.device))
        assert response.status_code == 200, response.text
        answer = DownloadAnswer.model_validate_json(response.content)
        body: dict[str, Any] = response.json()
        assert answer.model_dump(mode="json", exclude_unset=True).keys() == body.keys()
        return body

    return ask


def codes(rows: list[dict[str, Any]], name: str = "code") -> list[str]:
    return [row[name] for row in rows]


async def test_a_first_download_tells_everything(download: Download, session: AsyncSession, field: Field) -> None:
    session.add(Stock(warehouse_code="W1", product_id=field.product.id, quantity=Decimal(7), as_of=clock.now()))
    session.add(Stock(warehouse_code="W2", product_id=field.product.id, quantity=Decimal("0.5"), as_of=clock.now()))
    price = Price(product_id=field.product.id, channel="grocery", price=Decimal("1.1"), valid_from=MONDAY)
    session.add(price)
    visit = await make_visit(session, field.rep, field.outlet, sequence=1)

    told = await download()

    assert told["full"] is True
    assert told["more"] is False
    assert codes(told["outlets"]) == [field.outlet.code]
    assert told["outlets"][0]["location"] == {"version": 1, "lat": 38.2466, "lon": 21.7346, "radius_m": 80.0}
    assert told["outlets"][0]["terms"]["must_stock"] == []
    assert told["products"][0]["pack_size"] == "6"
    assert told["products"][0]["list_price"] == "1.15"
    assert told["prices"][0]["price"] == "1.10"
    assert [(row["product_code"], row["quantity"]) for row in told["stock"]] == [(field.product.code, "7.5")]
    assert [(row["id"], row["planned"]) for row in told["visits"]] == [(str(visit.id), True)]
    assert "overstocked" in codes(told["reasons"])


async def test_a_rep_is_told_of_its_own_visits_and_its_own_territory_alone(
    download: Download, session: AsyncSession, field: Field
) -> None:
    colleague = await make_rep(session, field.territory)
    await make_visit(session, colleague, field.outlet)
    elsewhere = await make_territory(session)
    foreign = await make_outlet(session, elsewhere)
    session.add(Price(product_id=field.product.id, outlet_id=foreign.id, price=Decimal(1), valid_from=MONDAY))
    await session.flush()

    told = await download()

    assert told["visits"] == []
    assert codes(told["outlets"]) == [field.outlet.code]
    assert told["prices"] == []


async def test_visits_are_told_from_yesterday_to_two_weeks_ahead(
    download: Download, session: AsyncSession, field: Field
) -> None:
    for days in (-2, -1, 0, 14, 15):
        await make_visit(session, field.rep, field.outlet, MONDAY + timedelta(days=days))

    told = await download()

    assert codes(told["visits"], "visit_date") == ["2026-11-22", "2026-11-23", "2026-12-07"]
    assert codes(told["visits"], "rep_code") == [field.rep.code] * 3


async def test_a_visit_that_comes_within_the_two_weeks_is_told_although_it_did_not_change(
    committed: Database, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        outlet = await make_outlet(session, territory)
        await make_visit(session, rep, outlet, MONDAY + timedelta(days=15))
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)

    first = await _changes(committed, reporter, None)
    the_clock.move_to(clock.now() + timedelta(days=1))
    second = await _changes(committed, reporter, first.token)

    assert first.rows["visits"] == []
    assert [row["visit_date"] for row in second.rows["visits"]] == [MONDAY + timedelta(days=15)]


async def test_a_change_that_was_in_flight_during_a_download_is_told_by_the_next(committed: Database) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        outlet = await make_outlet(session, territory)
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)
    settled = await _changes(committed, reporter, (await _changes(committed, reporter, None)).token)

    async with committed.transaction() as late:
        renamed = {"name": "New name", "changed_in": text("current_position()")}
        await late.execute(update(Outlet).where(Outlet.id == outlet.id).values(renamed))
        async with committed.transaction() as quick:
            await make_outlet(quick, territory, code="QUICK")
        meanwhile = await _changes(committed, reporter, settled.token)
    after = await _changes(committed, reporter, meanwhile.token)

    assert settled.rows["outlets"] == []
    assert [row["code"] for row in meanwhile.rows["outlets"]] == ["QUICK"]
    assert ("New name", outlet.code) in {(row["name"], row["code"]) for row in after.rows["outlets"]}


async def test_nothing_is_told_twice_once_all_transactions_have_ended(committed: Database) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        await make_outlet(session, territory)
        await make_product(session)
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)

    first = await _changes(committed, reporter, None)
    second = await _changes(committed, reporter, first.token)

    assert (first.full, second.full) == (True, False)
    assert len(first.rows["outlets"]) == 1
    assert not any(second.rows.values())


async def test_an_outlet_that_left_the_territory_is_to_be_forgotten(committed: Database) -> None:
    async with committed.transaction() as session:
        territory, elsewhere = await make_territory(session), await make_territory(session)
        rep = await make_rep(session, territory)
        outlet = await make_outlet(session, territory)
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)
    first = await _changes(committed, reporter, None)
    await _move(committed, outlet, elsewhere.id)
    second = await _changes(committed, reporter, first.token)
    await _move(committed, outlet, territory.id)
    third = await _changes(committed, reporter, second.token)

    assert second.departed_outlets == [outlet.code]
    assert second.rows["outlets"] == []
    assert third.departed_outlets == []
    assert [row["code"] for row in third.rows["outlets"]] == [outlet.code]


async def test_an_outlet_that_comes_into_the_territory_brings_its_prices(committed: Database) -> None:
    async with committed.transaction() as session:
        territory, elsewhere = await make_territory(session), await make_territory(session)
        rep = await make_rep(session, territory)
        outlet = await make_outlet(session, elsewhere)
        product = await make_product(session)
        session.add(Price(product_id=product.id, outlet_id=outlet.id, price=Decimal(1), valid_from=MONDAY))
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)
    first = await _changes(committed, reporter, None)
    await _move(committed, outlet, territory.id)
    second = await _changes(committed, reporter, first.token)

    assert first.rows["prices"] == []
    assert [row["outlet_code"] for row in second.rows["prices"]] == [outlet.code]


async def test_a_price_that_ended_long_ago_is_not_told_of(
    download: Download, session: AsyncSession, field: Field
) -> None:
    for last in (MONDAY - timedelta(days=60), MONDAY - timedelta(days=5)):
        first = last - timedelta(days=10)
        price = Price(product_id=field.product.id, price=Decimal(1), valid_from=first, valid_to=last)
        session.add(price)
    await session.flush()

    told = await download()

    assert codes(told["prices"], "valid_to") == [(MONDAY - timedelta(days=5)).isoformat()]


@pytest.mark.parametrize("token", ["", "nonsense", "WzFd", "e30", "bnVsbA", "AAAA" * 200])
async def test_a_token_that_is_none_of_ours_is_answered_with_everything(download: Download, token: str) -> None:
    told = await download(token)

    assert told["full"] is True
    assert len(told["outlets"]) == 1


@pytest.mark.parametrize("changes", [{"territory_id": 999_999}, {"origin": (1, 1, 1)}, {"since": 2**62}])
async def test_a_token_of_another_territory_or_database_is_answered_with_everything(
    download: Download, changes: dict[str, Any]
) -> None:
    token = decode((await download())["token"])
    assert token is not None

    told = await download(encode(replace(token, **changes)))

    assert told["full"] is True


@pytest.mark.parametrize("position", [(9, ""), (-1, ""), (1, "x"), (5, "no uuid"), (3, "9" * 40), (5, "\ud800")])
async def test_a_token_with_a_position_that_was_tampered_with_is_answered_with_everything(
    download: Download, position: tuple[int, str]
) -> None:
    token = decode((await download())["token"])
    assert token is not None
    tampered = encode(replace(token, position=position)) if position[1] != "\ud800" else "IlxkdWQ4MDAi"

    assert (await download(tampered))["full"] is True


async def test_a_download_past_the_limit_goes_on_page_by_page_and_tells_each_row_once(
    session: AsyncSession, field: Field
) -> None:
    for days in range(-1, 5):
        await make_visit(session, field.rep, field.outlet, MONDAY + timedelta(days=days))
    for _ in range(6):
        await make_outlet(session, field.territory)
        await make_product(session)
    reporter = Reporter(field.device.id, field.rep.id, field.rep.code, field.territory.id)
    whole = await changes_since(session, reporter, None)

    told: dict[str, list[Any]] = {name: [] for name in whole.rows}
    page = await changes_since(session, reporter, None, most_rows=4)
    fulls, pages = [page.full], 1
    while True:
        assert sum(len(rows) for rows in page.rows.values()) <= 4
        for name, rows in page.rows.items():
            told[name] += rows
        if not page.more:
            break
        page = await changes_since(session, reporter, page.token, most_rows=4)
        fulls.append(page.full)
        pages += 1

    assert told == whole.rows
    assert pages == 7  # 8 reasons, 7 products, 7 outlets, 6 visits
    assert fulls == [True] + [False] * (pages - 1)


async def test_what_changes_between_two_pages_is_told_by_the_next_download(committed: Database) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        products = [await make_product(session) for _ in range(4)]
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)
    page = await _changes(committed, reporter, None, most_rows=10)
    async with committed.transaction() as session:
        await session.execute(
            text("UPDATE products SET name = 'New', changed_in = current_position() WHERE id = :id"),
            {"id": products[0].id},
        )
    while page.more:
        page = await _changes(committed, reporter, page.token, most_rows=10)
    after = await _changes(committed, reporter, page.token)

    assert [row["name"] for row in after.rows["products"]] == ["New"]


async def test_a_device_whose_rep_moved_is_told_everything_of_the_new_territory(
    download: Download, session: AsyncSession, field: Field
) -> None:
    token = (await download())["token"]
    elsewhere = await make_territory(session)
    outlet = await make_outlet(session, elsewhere)
    field.rep.territory_id = elsewhere.id
    await session.flush()

    told = await download(token)

    assert told["full"] is True
    assert codes(told["outlets"]) == [outlet.code]


async def test_suggested_orders_are_told_for_the_planned_visits_of_today_and_tomorrow(
    download: Download, session: AsyncSession, field: Field
) -> None:
    other, excused, sold_out = [await make_outlet(session, field.territory) for _ in range(3)]
    for weeks, quantity in enumerate((12, 24, 36, 30, 600), start=1):
        lines = [(field.product, quantity)]
        await make_order(session, field.outlet, lines=lines, business_date=MONDAY - timedelta(days=7 * weeks))
    await make_order(session, field.outlet, lines=[(field.product, 6_000)])  # today's own counts from tomorrow on
    await make_visit(session, field.rep, other, sequence=1)
    await make_visit(session, field.rep, field.outlet, sequence=2)
    await make_visit(session, field.rep, excused, excused_at=clock.now(), excuse_reason="rep_ill", excused_by="user:x")
    await make_visit(session, field.rep, sold_out, MONDAY + timedelta(days=1))
    await make_visit(session, field.rep, field.outlet, MONDAY + timedelta(days=2))

    told = await download()

    assert told["suggestions"] == [
        {"outlet_code": other.code, "visit_date": "2026-11-23", "lines": []},
        {
            "outlet_code": field.outlet.code,
            "visit_date": "2026-11-23",
            "lines": [{"product_code": field.product.code, "quantity": "24"}],  # 25.5 is four packs and a quarter
        },
        {"outlet_code": sold_out.code, "visit_date": "2026-11-24", "lines": []},
    ]


async def test_suggested_orders_are_told_once_a_day_and_where_what_they_rest_on_has_changed(
    committed: Database, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        outlet = await make_outlet(session, territory)
        product = await make_product(session)
        await make_order(session, outlet, lines=[(product, 12)], business_date=MONDAY - timedelta(days=7))
        await make_visit(session, rep, outlet)
        await make_visit(session, rep, outlet, MONDAY + timedelta(days=1))
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)

    first = await _changes(committed, reporter, None)
    again = await _changes(committed, reporter, first.token)
    async with committed.transaction() as session:
        await session.execute(text("UPDATE products SET active = false, changed_in = current_position()"))
    changed = await _changes(committed, reporter, again.token)
    settled = await _changes(committed, reporter, changed.token)
    lost = await _changes(committed, reporter, again.token)
    the_clock.move_to(clock.now() + timedelta(days=1))
    tomorrow = await _changes(committed, reporter, settled.token)

    assert [len(one["lines"]) for one in first.suggestions] == [1, 1]
    assert again.suggestions is None
    assert [len(one["lines"]) for one in changed.suggestions] == [0, 0]
    assert settled.suggestions is None
    assert lost.suggestions == changed.suggestions
    assert [one["visit_date"] for one in tomorrow.suggestions] == [MONDAY + timedelta(days=1)]


async def test_routes_are_told_once_a_day_and_where_the_plan_has_changed(
    committed: Database, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        visits = [await make_visit(session, rep, await make_outlet(session, territory)) for _ in range(2)]
    reporter = Reporter((await _device(committed, rep)).id, rep.id, rep.code, territory.id)

    first = await _changes(committed, reporter, None)
    again = await _changes(committed, reporter, first.token)
    async with committed.transaction() as session:
        await session.execute(delete(Visit).where(Visit.id == visits[0].id))
        session.add(VisitRemoval(visit_id=visits[0].id, rep_id=rep.id))
    changed = await _changes(committed, reporter, again.token)
    settled = await _changes(committed, reporter, changed.token)
    the_clock.move_to(clock.now() + timedelta(days=1))
    tomorrow = await _changes(committed, reporter, settled.token)

    assert [len(route["stops"]) for route in first.routes] == [2, 0]
    assert again.routes is None
    assert [len(route["stops"]) for route in changed.routes] == [1, 0]
    assert settled.routes is None
    assert [route["visit_date"] for route in tomorrow.routes] == [MONDAY + timedelta(days=days) for days in (1, 2)]


async def test_the_number_of_statements_does_not_depend_on_the_number_of_suggested_orders(
    session: AsyncSession, statements: Statements, field: Field
) -> None:
    counts = []
    reporter = Reporter(field.device.id, field.rep.id, field.rep.code, field.territory.id)
    for _ in range(2):
        for _ in range(3):
            outlet = await make_outlet(session, field.territory)
            await make_order(session, outlet, lines=[(field.product, 12)], business_date=MONDAY - timedelta(days=7))
            await make_visit(session, field.rep, outlet)
        await statements.taken()
        await changes_since(session, reporter, None)
        counts.append(len(await statements.taken()))

    assert counts == [17, 17]  # where it is, six kinds, five of routes, the visits, and four of one day's suggestions


async def test_only_a_device_downloads(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/sync")).status_code == 401


async def _device(database: Database, rep: Any) -> Any:
    async with database.transaction() as session:
        return await make_device(session, rep)


async def _changes(database: Database, reporter: Reporter, since: str | None, **limits: int) -> Any:
    async with database.read_only() as session:
        return await changes_since(session, reporter, since, **limits)


async def _move(database: Database, outlet: Outlet, territory_id: int) -> None:
    moved = {"territory_id": territory_id, "changed_in": text("current_position()")}
    async with database.transaction() as session:
        await session.execute(update(Outlet).where(Outlet.id == outlet.id).values(moved))


async def test_a_territory_with_a_warehouse_is_told_its_stock_alone(
    download: Download, session: AsyncSession, field: Field
) -> None:
    for warehouse, quantity in (("NEAR", 3), ("FAR", 300)):
        stock = {"warehouse_code": warehouse, "quantity": Decimal(quantity), "as_of": clock.now()}
        session.add(Stock(product_id=field.product.id, **stock))
    field.territory.warehouse_code = "NEAR"
    await session.flush()

    told = await download()

    assert [(row["product_code"], row["quantity"]) for row in told["stock"]] == [(field.product.code, "3")]
