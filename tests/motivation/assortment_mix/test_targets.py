"""Putting targets: versions with who and when, the trail, and what is refused (MX1)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.models import AuditEntry
from app.ground.events.models import Event
from app.ground.web.access import Role
from tests.factories.identity import bearer, make_user
from tests.factories.territories import make_territory
from tests.motivation.assortment_mix.asking import Headers, LogIn, mix, plan, put
from tests.motivation.assortment_mix.worlds import QUARTER, MixWorld

PATH = f"/v1/assortment-targets/{QUARTER}"


async def get(api: httpx.AsyncClient, caller: Headers, path: str = PATH, **query: str) -> httpx.Response:
    return await api.get(path, params=query, headers=caller)


async def test_targets_are_made_and_changed_as_versions_with_who_and_when(
    api: httpx.AsyncClient, log_in: LogIn, the_clock: clock.SetClock
) -> None:
    first = await put(api, log_in(), {"shares": {"chocolate": "0.35", "drinks": "0.65"}})
    made_at = clock.now()
    the_clock.move_to(made_at + timedelta(hours=1))
    admin = log_in()
    steps = [{"from_score": "0.5", "share": "0.25"}, {"from_score": "0.8", "share": 1}]
    second = await put(api, admin, {"shares": {"chocolate": 1}, "bonus_steps": steps})
    assert [(answer.status_code, answer.headers["etag"]) for answer in (first, second)] == [(201, '"1"'), (200, '"2"')]
    versions = (await get(api, admin, f"{PATH}/versions")).json()["items"]
    assert [(version["version"], version["shares"]) for version in versions] == [
        (2, {"chocolate": "1"}),
        (1, {"chocolate": "0.35", "drinks": "0.65"}),
    ]
    assert versions[0]["bonus_steps"] == [{"from_score": "0.8", "share": "1"}, {"from_score": "0.5", "share": "0.25"}]
    assert versions[1]["changed_at"] == made_at.isoformat().replace("+00:00", "Z")
    assert versions[1]["changed_by"].startswith("user:")
    assert (await get(api, admin)).json() == versions[0]


async def test_the_same_targets_again_make_no_version(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession
) -> None:
    for shares in ({"a": "0.50", "b": "0.5"}, {"b": 0.5, "a": "0.5000"}):
        answer = await put(api, admin, {"shares": shares})
        assert answer.headers["etag"] == '"1"'
    assert len((await session.scalars(select(Event).where(Event.type == "assortment_targets.changed"))).all()) == 1


async def test_steps_that_are_not_said_stay_and_null_brings_the_usual_ones_back(
    api: httpx.AsyncClient, admin: Headers
) -> None:
    steps = [{"from_score": "0.6", "share": "0.5"}]
    await put(api, admin, {"shares": {"a": 1}, "bonus_steps": steps})
    assert (await put(api, admin, {"shares": {"b": 1}})).json()["bonus_steps"] == steps
    usual = (await put(api, admin, {"bonus_steps": None})).json()
    assert ([step["from_score"] for step in usual["bonus_steps"]], usual["shares"]) == (
        ["0.95", "0.9", "0.8"],
        {"b": "1"},
    )
    assert (await put(api, admin, {"bonus_steps": []})).json()["bonus_steps"] == []


async def test_a_precondition_keeps_one_admin_from_writing_over_another(api: httpx.AsyncClient, admin: Headers) -> None:
    await put(api, admin, {"shares": {"a": 1}})
    assert (await put(api, admin, {"shares": {"b": 1}}, **{"If-Match": '"2"'})).status_code == 412
    assert (await put(api, admin, {"shares": {"b": 1}}, **{"If-None-Match": "*"})).status_code == 412
    assert (await get(api, admin)).json()["shares"] == {"a": "1"}
    assert (await put(api, admin, {"shares": {"b": 1}}, **{"If-Match": '"1"'})).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"shares": {"a": "0.35", "b": "0.6"}}, "/shares", "shares_sum"),
        ({"shares": {}}, "/shares", "too_short"),
        ({}, "/shares", "missing"),
        ({"shares": {"a": "1.2"}}, "/shares/a", "less_than_equal"),
        ({"shares": {"a": "-1"}}, "/shares/a", "greater_than_equal"),
        ({"shares": {"a": "0.33333"}}, "/shares/a", "decimal_text"),
        ({"shares": {"a": "35%"}}, "/shares/a", "decimal_text"),
        ({"shares": {"a": True}}, "/shares/a", "decimal_type"),
        ({"shares": {"a": 1}, "territory_code": "NOWHERE"}, "/territory_code", "unknown_territory"),
        (
            {"shares": {"a": 1}, "bonus_steps": [{"from_score": 0.9, "share": 0.5}, {"from_score": 0.8, "share": 1}]},
            "/bonus_steps",
            "step_falls",
        ),
    ],
)
async def test_targets_that_make_no_sense_are_refused_by_name(
    api: httpx.AsyncClient, admin: Headers, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await put(api, admin, body)
    assert answer.status_code == 422, answer.text
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert (await get(api, admin)).status_code == 404


async def test_a_territorys_own_targets_hold_before_the_companys_until_they_are_taken_back(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    code = world.territory.code
    await world.orders(30, chocolate=1)
    await plan(api, admin, biscuits="1")
    company = await mix(api, admin, code)
    assert (company["targets"], company["score"]) == ({"territory_code": None, "version": 1}, "0")
    await plan(api, admin, code, chocolate="1")
    own = await mix(api, admin, code)
    assert (own["targets"], own["score"]) == ({"territory_code": code, "version": 1}, "1")
    assert (await put(api, admin, {"territory_code": code, "shares": None})).json()["shares"] is None
    assert (await mix(api, admin, code))["targets"] == company["targets"]


async def test_every_change_stands_in_the_trail_and_is_told(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld
) -> None:
    code = world.territory.code
    await plan(api, admin, code, chocolate="1")
    await plan(api, admin, code, biscuits="1")
    entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(entry.kind, entry.code) for entry in entries] == [("assortment_targets", f"{QUARTER} {code}")] * 2
    assert (entries[1].before, entries[1].after) == ({"shares": {"chocolate": "1"}}, {"shares": {"biscuits": "1"}})
    told = (await session.scalars(select(Event).order_by(Event.id))).all()
    assert [(event.type, event.territory_id, event.payload) for event in told] == [
        (
            "assortment_targets.changed",
            world.territory.id,
            {"quarter": QUARTER, "territory_code": code, "version": version},
        )
        for version in (1, 2)
    ]


async def test_a_group_that_no_product_has_is_pointed_out(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    assert (await plan(api, admin, chocolate="0.5", chocolat="0.5"))["groups_without_products"] == ["chocolat"]


async def test_a_supervisor_reads_the_companys_targets_and_those_of_its_own_territories(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: Headers, supervisor: Headers, world: MixWorld
) -> None:
    other = await make_territory(session)
    for code in (None, world.territory.code, other.code):
        await plan(api, admin, code, chocolate="1")
    listed = (await get(api, supervisor, "/v1/assortment-targets")).json()["items"]
    assert [row["territory_code"] for row in listed] == [world.territory.code, None]
    for path in (PATH, f"{PATH}/versions"):
        assert (await get(api, supervisor, path, territory_code=world.territory.code)).status_code == 200
        assert (await get(api, supervisor, path, territory_code=other.code)).status_code == 404
    stranger = bearer(app, await make_user(session, Role.SUPERVISOR))
    listed = (await get(api, stranger, "/v1/assortment-targets")).json()["items"]
    assert [row["territory_code"] for row in listed] == [None]


async def test_lists_come_in_pages(api: httpx.AsyncClient, admin: Headers) -> None:
    for number in range(3):
        await put(api, admin, {"shares": {f"group {number}": 1}})
        await put(api, admin, {"shares": {"a": 1}}, f"2026-Q{number + 1}")
    for path, key in ((f"{PATH}/versions", "version"), ("/v1/assortment-targets", "quarter")):
        seen, cursor = [], None
        while True:
            query = {"limit": "2"} | ({} if cursor is None else {"cursor": cursor})
            page = (await get(api, admin, path, **query)).json()
            seen += [row[key] for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) >= 3
    assert (await get(api, admin, "/v1/assortment-targets", quarter="2026-Q1")).json()["items"][0]["version"] == 1


async def test_nobody_but_an_admin_puts_targets(api: httpx.AsyncClient, supervisor: Headers, world: MixWorld) -> None:
    assert (await put(api, supervisor, {"shares": {"a": 1}})).status_code == 403
