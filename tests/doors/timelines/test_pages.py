"""Pages of a timeline: together they are what happened, whatever they are cut at, and whatever arrives meanwhile."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.timelines.queries import statements as statements_of_sources
from app.doors.timelines.records import TimelineType
from app.doors.timelines.registry import SOURCES
from app.ground.clock import SetClock
from app.ground.web.access import Role
from tests.conftest import Statements
from tests.doors.timelines.histories import ATHENS, TODAY, History
from tests.doors.timelines.slow_timeline import TYPES, slow_timeline
from tests.doors.timelines.worlds import Shop, make_shop
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_user

Headers = dict[str, str]
MOST_KEPT = 15 * 1024
"""Statements that are longer are prepared anew each time by the driver (asyncpg's `max_cacheable_statement_size`)."""


@pytest.fixture
async def shop(session: AsyncSession) -> Shop:
    return await make_shop(session)


@pytest.fixture
async def admin(session: AsyncSession, app: FastAPI) -> Headers:
    return bearer(app, await make_user(session, Role.ADMIN))


async def pages(api: httpx.AsyncClient, admin: Headers, shop: Shop, **query: Any) -> list[dict[str, Any]]:
    """All items, page by page."""
    items: list[dict[str, Any]] = []
    path, more = f"/v1/outlets/{shop.outlet.code}/timeline", query
    while True:
        answer = await api.get(path, params=more, headers=admin)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == int(query["limit"])
        more = query | {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("seed", range(8))
async def test_the_pages_together_are_one_slow_reading_of_everything(
    seed: int, api: httpx.AsyncClient, session: AsyncSession, shop: Shop, admin: Headers
) -> None:
    random = Random(seed)
    await History(shop, seed).make(days=random.choice((4, 30)))
    await History(await make_shop(session, shop.territory), seed + 100).make(days=3)
    await session.flush()
    asked = {TimelineType.TERMS, *random.sample(sorted(TYPES), k=random.choice((1, 3, len(TYPES))))}
    before = datetime.combine(TODAY - timedelta(days=random.choice((-5, 0, 100))), datetime.min.time(), UTC)
    query = {"limit": random.choice((1, 2, 7, 500)), "types": sorted(asked), "before": before.isoformat()}

    items = await pages(api, admin, shop, **query)

    expected = [
        (type_.value, at.astimezone(UTC), title, key.partition(":")[0])
        for type_, (at, title, key) in await slow_timeline(session, shop.outlet, ATHENS)
        if type_ in asked and at < before
    ]
    assert expected
    shown = [(item["type"], datetime.fromisoformat(item["at"]), item["title"], item["id"]) for item in items]
    assert [each[:3] for each in shown] == [each[:3] for each in expected]
    by_record = {"visit", "excuse", "check_in", "order", "refused_order", "delivery", "return"}
    assert [each for each in shown if each[0] in by_record] == [each for each in expected if each[0] in by_record]


async def test_what_arrives_while_someone_pages_moves_nothing(
    api: httpx.AsyncClient, session: AsyncSession, shop: Shop, admin: Headers
) -> None:
    await History(shop, 1).make(days=20)
    await session.flush()
    path, query = f"/v1/outlets/{shop.outlet.code}/timeline", {"limit": "3"}
    whole = (await api.get(path, params={"limit": "500"}, headers=admin)).json()["items"]
    shown: list[dict[str, Any]] = []
    late: set[str] = set()
    while True:
        page = (await api.get(path, params=query, headers=admin)).json()
        shown += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        for at in (datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)):
            fields: dict[str, Any] = {"business_date": at.date()}
            late.add(str((await make_stored_check_in(session, shop.rep, shop.outlet, at=at, **fields)).id))
        await session.flush()
    told_before = [(item["at"], item["title"], item["id"]) for item in whole]
    seen = [(item["at"], item["title"], item["id"]) for item in shown if item["id"] not in late]
    assert len(whole) > 20
    assert seen == told_before
    assert any(item["id"] in late for item in shown), "what happened before the page's place is shown when it arrives"


async def test_visits_of_days_to_come_stand_first_and_before_leaves_them_out(
    api: httpx.AsyncClient, session: AsyncSession, shop: Shop, admin: Headers, the_clock: SetClock
) -> None:
    await History(shop, 2).make(days=3)
    await session.flush()
    path = f"/v1/outlets/{shop.outlet.code}/timeline"
    newest = (await api.get(path, headers=admin)).json()["items"][0]
    assert (newest["business_date"], newest["facts"]["status"]) == ("2026-11-25", "planned")
    now = the_clock.at.isoformat()
    assert all(
        item["at"] < now for item in (await api.get(path, params={"before": now}, headers=admin)).json()["items"]
    )


async def test_a_page_takes_a_fixed_number_of_statements(
    api: httpx.AsyncClient, session: AsyncSession, shop: Shop, admin: Headers, statements: Statements
) -> None:
    busy = await make_shop(session, shop.territory)
    await History(shop, 3).make(days=1)
    await History(busy, 4).make(days=100)
    await session.flush()
    await api.get(f"/v1/outlets/{shop.outlet.code}/timeline", headers=admin)
    quiet = len(await statements.taken())
    await api.get(f"/v1/outlets/{busy.outlet.code}/timeline", headers=admin)
    assert len(await statements.taken()) <= quiet
    spans, files, look_ups = 3, len(statements_of_sources()), sum(source.look_up is not None for source in SOURCES)
    assert spans * files + look_ups + 1 == 25, "what `read_timeline` says"


def test_the_driver_keeps_each_statement() -> None:
    texts = [statement.items._compiled[0] for statement in statements_of_sources()]
    assert sum(map(len, texts)) > MOST_KEPT
    assert max(map(len, texts)) < MOST_KEPT


@pytest.mark.parametrize("types", ["order,return", ["order", "return"]])
async def test_types_are_asked_one_by_one_or_joined(
    types: Any, api: httpx.AsyncClient, session: AsyncSession, shop: Shop, admin: Headers
) -> None:
    await History(shop, 5).make(days=20)
    await session.flush()
    items = await pages(api, admin, shop, types=types, limit=500)
    assert {item["type"] for item in items} == {"order", "return"}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"types": "gossip"}, "/query/types/0"),
        ({"types": "order,gossip"}, "/query/types/1"),
        ({"types": ""}, "/query/types/0"),
        ({"before": "2026-11-23"}, "/query/before"),
        ({"before": "2026-11-23T10:00:00"}, "/query/before"),
        ({"limit": "0"}, "/query/limit"),
        ({"limit": "501"}, "/query/limit"),
        ({"cursor": "x"}, "/query/cursor"),
        ({"cursor": "WyIyMDI2LTExLTIzIl0"}, "/query/cursor"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    query: dict[str, str], pointer: str, api: httpx.AsyncClient, shop: Shop, admin: Headers
) -> None:
    answer = await api.get(f"/v1/outlets/{shop.outlet.code}/timeline", params=query, headers=admin)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_outlet_that_nobody_has_is_not_there(api: httpx.AsyncClient, admin: Headers) -> None:
    assert (await api.get("/v1/outlets/NOBODY/timeline", headers=admin)).status_code == 404
