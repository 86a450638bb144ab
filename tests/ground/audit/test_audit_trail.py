"""Who changed what, when, from what and to what: by every door, of every kind, without secrets."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.rules import earlier
from app.ground.audit.service import SYSTEM
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.masters.catalogue import service as catalogue
from app.masters.catalogue.schemas import ProductBody
from app.masters.outlets import service as outlets
from app.masters.outlets.schemas import OutletBody
from app.masters.territories import service as territories
from app.masters.territories.schemas import RepBody
from tests.conftest import MONDAY_NOON as NOON
from tests.conftest import Statements
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CIRCLE: dict[str, Any] = {"lat": 38.2466, "lon": 21.7346, "fence": None}


@pytest.fixture
async def root(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN, username="root"))


async def trail(api: httpx.AsyncClient, root: Mapping[str, str], **query: str) -> list[dict[str, Any]]:
    answer = await api.get("/v1/audit", params=query, headers=root)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def world(session: AsyncSession) -> dict[str, str]:
    """One record of each kind, by the place that it has in a path."""
    territory = await make_territory(session, code="PAT")
    await make_territory(session, code="ATH")
    rep = await make_rep(session, territory, code="R-1")
    await make_outlet(session, territory, code="O-1", address=None)
    await make_product(session, code="P-1")
    await make_user(session, Role.OPERATOR, username="olga")
    device = await make_device(session, rep)
    client = await make_client(session, "orders:read")
    await session.execute(text("UPDATE outlets SET rep_id = :rep"), {"rep": rep.id})
    return {"device": str(device.id), "client": str(client.id)}


CHANGES: dict[str, tuple[str, str, Any, tuple[str, str, dict[str, Any] | None, dict[str, Any]]]] = {
    "a cutoff": (
        "PUT",
        "/v1/territories/PAT",
        {"order_cutoff": "16:00", "holidays": ["2026-12-25"]},
        (
            "territory",
            "PAT",
            {"holidays": [], "order_cutoff": "17:00"},
            {"holidays": ["2026-12-25"], "order_cutoff": "16:00"},
        ),
    ),
    "a rep's territory": (
        "PATCH",
        "/v1/reps/R-1",
        {"territory_code": "ATH"},
        ("rep", "R-1", {"territory_code": "PAT"}, {"territory_code": "ATH"}),
    ),
    "a price list": (
        "PUT",
        "/v1/products/P-1",
        {"list_price": "1.20", "active": False},
        ("product", "P-1", {"active": True, "list_price": "1.15"}, {"active": False, "list_price": "1.2"}),
    ),
    "addresses of an outlet, and its fence": (
        "PUT",
        "/v1/outlets/O-1",
        {"emails": ["shop@example.com"], "location": {"radius_m": 50.0}, "terms": {"credit_hold": True}},
        (
            "outlet",
            "O-1",
            {"emails": [], "location": {"lat": 38.2466, "lon": 21.7346, "radius_m": 80.0, "fence": None}},
            {
                "emails": ["shop@example.com"],
                "location": {"lat": 38.2466, "lon": 21.7346, "radius_m": 50.0, "fence": None},
            },
        ),
    ),
    "the terms of a channel": (
        "PUT",
        "/v1/channel-terms/grocery",
        {"min_gap_days": 2},
        ("channel_terms", "grocery", None, {"min_gap_days": 2, "must_stock": [], "order_due_time": None}),
    ),
    "a workday": (
        "PUT",
        "/v1/reps/R-1/workday",
        {"begins": "09:00"},
        ("workday", "R-1", None, {"of": "rep", "begins": "09:00", "ends": None}),
    ),
    "a role": (
        "PATCH",
        "/v1/users/olga",
        {"role": "supervisor", "territory_codes": ["PAT"]},
        (
            "user",
            "olga",
            {"role": "operator", "territory_codes": []},
            {"role": "supervisor", "territory_codes": ["PAT"]},
        ),
    ),
    "a client": (
        "POST",
        "/v1/clients/{client}/revoke",
        None,
        ("client", "{client}", {"active": True}, {"active": False}),
    ),
    "a device": (
        "POST",
        "/v1/devices/{device}/revoke",
        None,
        ("device", "{device}", {"revoked_at": None}, {"revoked_at": NOON.isoformat()}),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_every_change_is_told_with_who_when_from_what_and_to_what(
    api: httpx.AsyncClient, session: AsyncSession, root: dict[str, str], change: str
) -> None:
    places = await world(session)
    method, path, body, (kind, code, before, after) = CHANGES[change]
    done = await api.request(method, path.format(**places), json=body, headers=root)
    assert done.status_code in {200, 201}, done.text
    (entry,) = await trail(api, root)
    assert (entry["kind"], entry["code"]) == (kind, code.format(**places))
    assert (entry["actor"], entry["channel"], entry["at"]) == ("user:root", "api", "2026-11-23T10:00:00Z")
    assert entry["request_id"] == done.headers["x-request-id"]
    if before is None:
        assert entry["before"] is None
    else:
        assert {name: entry["before"][name] for name in before} == before
    assert {name: entry["after"][name] for name in after} == after


async def test_nothing_is_told_of_what_changes_nothing_or_is_refused(
    api: httpx.AsyncClient, session: AsyncSession, root: dict[str, str]
) -> None:
    await world(session)
    assert (await api.put("/v1/outlets/O-1", json={"phone": "+30 2610 000000"}, headers=root)).status_code == 200
    assert (await api.put("/v1/outlets/O-1", json={"territory_code": "NOWHERE"}, headers=root)).status_code == 422
    stale = await api.put("/v1/products/P-1", json={"name": "New"}, headers=root | {"If-Match": '"7"'})
    assert stale.status_code == 412
    assert await trail(api, root) == []


async def test_no_password_and_no_secret_stands_in_the_trail(
    api: httpx.AsyncClient, session: AsyncSession, root: dict[str, str]
) -> None:
    user = {"username": "anna", "password": "correct horse battery", "role": "operator"}
    assert (await api.post("/v1/users", json=user, headers=root)).status_code == 201
    changed = await api.patch("/v1/users/anna", json={"password": "another horse battery"}, headers=root)
    assert changed.status_code == 200
    client = (await api.post("/v1/clients", json={"name": "erp", "scopes": ["master:read"]}, headers=root)).json()
    entries = await trail(api, root)
    assert [entry["kind"] for entry in entries] == ["client", "user", "user"]
    assert entries[1]["after"] == {"password_changed_at": NOON.isoformat()}
    stored = (await session.scalars(text("SELECT audit_entries::text FROM audit_entries"))).all()
    hashes = (await session.scalars(text("SELECT password_hash FROM users WHERE username = 'anna'"))).all()
    secrets = [user["password"], "another horse battery", client["client_secret"], *hashes]
    assert not [secret for secret in secrets if any(secret in entry for entry in stored)]


async def test_an_import_tells_each_row_that_changed_by_one_statement(
    api: httpx.AsyncClient, session: AsyncSession, root: dict[str, str], statements: Statements
) -> None:
    await world(session)
    rows = "\n".join(f"P-{number},Product {number},1.15" for number in range(1, 301))
    await statements.taken()
    answer = await api.post(
        "/v1/imports/products",
        content=f"code,name,list_price\n{rows}\n",
        headers=root | {"Content-Type": "text/csv"},
    )
    assert answer.json()["accepted"] == 300
    assert sum("INTO audit_entries" in statement for statement in await statements.taken()) == 1
    entries = await trail(api, root, kind="product", limit="500")
    assert len(entries) == 300
    assert {entry["channel"] for entry in entries} == {"import"}
    (renamed,) = await trail(api, root, kind="product", code="P-1")
    assert set(renamed["after"]) == {"name"}, "what the file does not say stays as it is"


async def test_the_trail_is_read_by_kind_code_actor_door_and_time_page_by_page_the_newest_first(
    api: httpx.AsyncClient, session: AsyncSession, root: dict[str, str], the_clock: SetClock
) -> None:
    await world(session)
    for number in range(3):
        the_clock.move_to(NOON + number * MINUTE)
        await api.put("/v1/products/P-1", json={"name": f"Name {number}"}, headers=root)
    await api.put("/v1/reps/R-1", json={"name": "Anna"}, headers=root)
    names = [entry["after"]["name"] for entry in await trail(api, root, code="P-1")]
    assert names == ["Name 2", "Name 1", "Name 0"]
    first = (await api.get("/v1/audit", params={"limit": 3}, headers=root)).json()
    second = (await api.get("/v1/audit", params={"limit": 3, "cursor": first["next_cursor"]}, headers=root)).json()
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [3, 1, None]
    since = {"from": (NOON + MINUTE).isoformat(), "to": (NOON + 2 * MINUTE).isoformat()}
    assert [entry["after"]["name"] for entry in await trail(api, root, **since)] == ["Name 1"]
    assert [entry["kind"] for entry in await trail(api, root, kind="rep", channel="api")] == ["rep"]
    assert await trail(api, root, actor="user:nobody") == []
    assert len(await trail(api, root, actor="user:root")) == 4


async def test_the_trail_is_for_admins_and_clients_with_its_scope(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    auditor = bearer(app, await make_client(session, "audit:read"))
    other = bearer(app, await make_client(session, "master:write", "events:read"))
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR))
    statuses = [(await api.get("/v1/audit", headers=who)).status_code for who in (auditor, other, supervisor)]
    assert statuses == [200, 403, 403]


@pytest.mark.parametrize(
    ("befores", "members"),
    [
        ([{"active": True}], {"active": True}),
        ([{"active": True}, {"active": False, "name": "A"}], {"active": True, "name": "A"}),
        ([{"active": True}, {"active": False}, {"active": True}], {"active": True}),
        ([None], None),
        ([None, {"active": True}], None),
    ],
)
def test_what_a_record_was_is_what_the_first_later_change_of_each_member_found(
    befores: list[dict[str, Any] | None], members: dict[str, Any] | None
) -> None:
    assert earlier(befores) == members


async def test_masters_are_told_as_they_were_at_a_moment(session: AsyncSession, statements: Statements) -> None:
    patras, athens = [await make_territory(session, code=code) for code in ("PAT", "ATH")]
    rep = await make_rep(session, patras, code="R-1")
    outlet = await make_outlet(session, patras, code="O-1")
    await make_product(session, code="P-1")
    moves = OutletBody.model_validate({"territory_code": "ATH", "active": False, "terms": {"credit_hold": True}})
    back = OutletBody.model_validate({"active": True})
    await outlets.upsert_outlets(session, [("O-1", moves)], NOON, SYSTEM)
    new = OutletBody.model_validate({"name": "New", "territory_code": "ATH"})
    await outlets.upsert_outlets(session, [("O-1", back), ("O-2", new)], NOON + HOUR, SYSTEM)
    sold = ProductBody.model_validate({"active": False, "pack_size": "12"})
    await catalogue.upsert_products(session, [("P-1", sold)], NOON, SYSTEM)
    await territories.upsert_reps(session, [("R-1", RepBody(territory_code="ATH", active=False))], NOON, SYSTEM)

    found = (await outlets.outlets_by_code(session, ["O-1", "O-2"])).values()
    moments = [(shop, NOON + offset) for shop in found for offset in (-HOUR, HOUR / 2, 2 * HOUR)]
    await statements.taken()
    earlier_outlets = await outlets.outlets_as_of(session, moments)
    assert len(await statements.taken()) <= 3
    before, between = earlier_outlets["O-1", NOON - HOUR], earlier_outlets["O-1", NOON + HOUR / 2]
    assert before is not None
    assert between is not None
    assert (before.active, before.territory_id, before.credit_hold) == (True, patras.id, False)
    assert (between.active, between.territory_id, between.credit_hold) == (False, athens.id, True)
    assert ("O-1", NOON + 2 * HOUR) not in earlier_outlets
    assert earlier_outlets["O-2", NOON + HOUR / 2] is None, "it was not made yet"
    assert outlet.code == "O-1"

    (offer,) = (await catalogue.offers(session, ["P-1"], outlet_ids=[], trade_channels=[])).values()
    offers = await catalogue.offers_as_of(session, [(offer, NOON - HOUR), (offer, NOON + HOUR)])
    assert [(old.active, old.pack_size) for old in offers.values() if old is not None] == [(True, Decimal(6))]
    facts = (await territories.reps_by_id(session, [rep.id]))[rep.id]
    reps = await territories.reps_as_of(session, [(facts, NOON - HOUR)])
    assert [(old.active, old.territory_id) for old in reps.values() if old is not None] == [(True, patras.id)]


async def test_prices_are_told_by_product_with_what_they_are_for(
    api: httpx.AsyncClient, session: AsyncSession, root: dict[str, str]
) -> None:
    await world(session)
    for price in ("1.10", "1.05"):
        row = f'{{"product_code":"P-1","channel":"kiosk","price":"{price}","valid_from":"{date(2026, 11, 1)}"}}'
        headers = root | {"Content-Type": "application/x-ndjson"}
        assert (await api.post("/v1/imports/prices", content=row, headers=headers)).json()["accepted"] == 1
    newest, first = await trail(api, root, kind="price", code="P-1")
    place = {"channel": "kiosk", "outlet_code": None, "valid_from": "2026-11-01"}
    assert (newest["before"], newest["after"]) == (place | {"price": "1.1"}, place | {"price": "1.05"})
    assert (first["before"], first["after"]) == (None, place | {"price": "1.1", "valid_to": None})
