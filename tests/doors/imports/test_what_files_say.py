"""What a file does not say stays as it is, null and "" take away, and the later of two rows counts (decision 40)."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.models import AuditEntry
from app.ground.web.access import Role
from app.masters.catalogue.models import Product
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

OUTLET: dict[str, Any] = {
    "name": "Shop",
    "territory_code": "PAT",
    "address": "Agiou Andreou 12",
    "phone": "+30 2610",
    "channel": "kiosk",
    "active": False,
    "emails": ["shop@example.com"],
    "rep_code": "R-1",
    "location": {"lat": 38.2, "lon": 21.7, "radius_m": 50.0},
    "terms": {"visits_per_week": "2", "order_due_time": "15:30", "credit_hold": True, "min_order_value": "20.00"},
}
PRODUCT: dict[str, Any] = {
    "name": "Choco",
    "gtin": "5201234567890",
    "unit": "bar",
    "pack_size": "12",
    "assortment_group": "chocolate",
    "price_segment": "premium",
    "list_price": "1.15",
    "active": False,
}
TERRITORY: dict[str, Any] = {
    "name": "Patras",
    "time_zone": "Europe/Athens",
    "order_cutoff": "15:00",
    "call_deadline": "18:00",
    "working_weekdays": [1, 2, 3, 4, 5, 6],
    "holidays": ["2026-12-25"],
    "warehouse_code": "WH",
}
REP: dict[str, Any] = {"name": "Anna", "territory_code": "PAT", "active": False, "emails": ["anna@example.com"]}
RECORDS = {"territories": TERRITORY, "reps": REP, "outlets": OUTLET, "products": PRODUCT}


@pytest.fixture
async def erp(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    patras = await make_territory(session, code="PAT")
    await make_rep(session, patras, code="R-1")
    return bearer(app, await make_client(session, "master:read", "master:write"))


async def send(
    api: httpx.AsyncClient, who: dict[str, str], kind: str, rows: list[dict[str, Any]] | str | bytes, **query: Any
) -> httpx.Response:
    content_type = query.pop("content_type", "text/csv" if isinstance(rows, str) else "application/x-ndjson")
    content = "\n".join(map(json.dumps, rows)) if isinstance(rows, list) else rows
    headers = who | {"Content-Type": content_type}
    return await api.post(f"/v1/imports/{kind}", content=content, headers=headers, params=query)


async def stands(api: httpx.AsyncClient, who: dict[str, str], kind: str) -> dict[str, Any]:
    record: dict[str, Any] = (await api.get(f"/v1/{kind}/X-1", headers=who)).json()
    return {name: value for name, value in record.items() if name not in {"version", "updated_at"}}


SAYS_LESS = [
    ("products", "code,name,list_price\nX-1,Choco,1.15\n"),
    ("products", "code,list_price\nX-1,1.15\n"),
    ("outlets", "code,name,territory_code\nX-1,Shop,PAT\n"),
    ("outlets", "code,name,territory_code,terms.visits_per_week,lat,lon,phone\nX-1,Shop,PAT,2,38.2,21.7,\n"),
    ("outlets", "code\nX-1\n"),
    ("territories", "code,name,time_zone\nX-1,Patras,Europe/Athens\n"),
    ("territories", "code,holidays\nX-1,\n"),
    ("reps", "code,name,territory_code\nX-1,Anna,PAT\n"),
]


@pytest.mark.parametrize(("kind", "file"), SAYS_LESS)
async def test_a_file_that_knows_less_takes_nothing_away(
    api: httpx.AsyncClient, erp: dict[str, str], kind: str, file: str
) -> None:
    assert (await api.put(f"/v1/{kind}/X-1", json=RECORDS[kind], headers=erp)).status_code == 201
    before = await stands(api, erp, kind)
    assert [row["status"] for row in (await send(api, erp, kind, file)).json()["results"]] == ["unchanged"]
    assert await stands(api, erp, kind) == before


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_each_member_alone_leaves_all_the_others(
    api: httpx.AsyncClient, erp: dict[str, str], kind: str, method: str
) -> None:
    assert (await api.put(f"/v1/{kind}/X-1", json=RECORDS[kind], headers=erp)).status_code == 201
    before = await stands(api, erp, kind)
    for name, value in RECORDS[kind].items():
        answer = await api.request(method, f"/v1/{kind}/X-1", json={name: value}, headers=erp)
        assert answer.status_code == 200, answer.text
    for part in ("terms", "location"):
        for name, value in RECORDS[kind].get(part, {}).items():
            answer = await api.request(method, f"/v1/{kind}/X-1", json={part: {name: value}}, headers=erp)
            assert answer.status_code == 200, answer.text
    assert await stands(api, erp, kind) == before


TAKEN: dict[str, Any] = {"phone": None, "address": None, "channel": None, "rep_code": None, "emails": []}


@pytest.mark.parametrize("nothing", [None, ""])
async def test_null_and_the_empty_text_take_away(
    api: httpx.AsyncClient, erp: dict[str, str], nothing: str | None
) -> None:
    await api.put("/v1/outlets/X-1", json=OUTLET, headers=erp)
    row = {"code": "X-1"} | dict.fromkeys(TAKEN, nothing)
    answer = await send(api, erp, "outlets", [row | {"terms": {"min_order_value": nothing, "order_due_time": nothing}}])
    assert answer.json()["results"][0]["status"] == "updated"
    after = await stands(api, erp, "outlets")
    assert {name: after[name] for name in TAKEN} == TAKEN
    terms = after["terms"]
    assert (terms["min_order_value"], terms["visits_per_week"], terms["credit_hold"]) == (None, "2", True)
    made = await send(api, erp, "outlets", [{"code": "X-2", "name": "S", "territory_code": "PAT", "phone": nothing}])
    assert made.json()["results"][0]["status"] == "created"
    csv = await send(api, erp, "outlets", "code,emails,location\nX-1,null,null\n")
    assert csv.json()["accepted"] == 1
    assert (await stands(api, erp, "outlets"))["location"] is None


@pytest.mark.parametrize(
    ("kind", "members", "after"),
    [
        ("products", {"pack_size": None, "unit": "", "gtin": ""}, {"pack_size": "1", "unit": "piece", "gtin": None}),
        (
            "territories",
            {"holidays": None, "working_weekdays": ""},
            {"holidays": [], "working_weekdays": [1, 2, 3, 4, 5]},
        ),
        (
            "territories",
            {"order_cutoff": None, "call_deadline": None},
            {"order_cutoff": "17:00", "call_deadline": "19:00"},
        ),
        ("reps", {"emails": ""}, {"emails": []}),
    ],
)
async def test_what_no_record_can_be_without_becomes_what_a_new_one_has(
    api: httpx.AsyncClient, erp: dict[str, str], kind: str, members: dict[str, Any], after: dict[str, Any]
) -> None:
    await api.put(f"/v1/{kind}/X-1", json=RECORDS[kind], headers=erp)
    changed = (await api.put(f"/v1/{kind}/X-1", json=members, headers=erp)).json()
    assert {name: changed[name] for name in after} == after


@pytest.mark.parametrize(
    ("kind", "members", "pointer"),
    [
        ("products", {"name": None}, "/name"),
        ("products", {"list_price": ""}, "/list_price"),
        ("products", {"active": None}, "/active"),
        ("territories", {"time_zone": None}, "/time_zone"),
        ("territories", {"order_cutoff": "18:30"}, "/call_deadline"),
        ("outlets", {"territory_code": None}, "/territory_code"),
        ("outlets", {"name": "  "}, "/name"),
        ("reps", {"territory_code": ""}, "/territory_code"),
    ],
)
async def test_what_a_record_needs_cannot_be_taken_away(
    api: httpx.AsyncClient, erp: dict[str, str], kind: str, members: dict[str, Any], pointer: str
) -> None:
    await api.put(f"/v1/{kind}/X-1", json=RECORDS[kind], headers=erp)
    answer = await api.put(f"/v1/{kind}/X-1", json=members, headers=erp)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("kind", RECORDS)
async def test_a_new_record_needs_what_it_cannot_be_without(
    api: httpx.AsyncClient, erp: dict[str, str], kind: str
) -> None:
    needed = {"territories": ["/name", "/time_zone"], "products": ["/name", "/list_price"]}
    answer = await send(api, erp, kind, [{"code": "NEW"}])
    (row,) = answer.json()["results"]
    assert [error["pointer"] for error in row["problem"]["errors"]] == needed.get(kind, ["/name", "/territory_code"])


async def test_of_rows_with_one_code_the_later_ones_count_member_by_member(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    rows: list[dict[str, Any]] = [
        {"code": "P", "name": "Old", "list_price": "1", "unit": "bar"},
        {"code": "Q", "name": "Q", "list_price": 3.4499999999999997},
        {"code": "P", "name": "New"},
        {"code": "P", "list_price": "2"},
    ]
    answer = await send(api, erp, "products", rows)
    assert [row["status"] for row in answer.json()["results"]] == ["created"] * 4
    product = (await api.get("/v1/products/P", headers=erp)).json()
    assert (product["name"], product["list_price"], product["unit"], product["version"]) == ("New", "2.00", "bar", 1)
    assert (await api.get("/v1/products/Q", headers=erp)).json()["list_price"] == "3.45"


async def test_a_dry_run_answers_the_same_and_writes_nothing(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, erp: dict[str, str]
) -> None:
    file = "code,name,list_price\nP-1,Choco,1.15\nP-2,,1\nP-3,Lemon,3.4499999999999997\n"
    dry = await send(api, erp, "products", file, dry_run=True)
    assert await session.scalar(select(func.count()).select_from(Product)) == 0
    assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    done = await send(api, erp, "products", file)

    def fates(answer: httpx.Response) -> list[tuple[str, str]]:
        return [(row["code"], row["status"]) for row in answer.json()["results"]]

    assert fates(dry) == fates(done) == [("P-1", "created"), ("P-2", "rejected"), ("P-3", "created")]
    assert (dry.json()["accepted"], dry.json()["rejected"]) == (2, 1)
    atomic = await send(api, erp, "products", file, dry_run=True, atomic=True)
    assert atomic.status_code == 422
    for kind in ("territories", "reps", "outlets"):
        shops = await send(api, erp, kind, [RECORDS[kind] | {"code": "X-9"}], dry_run=True)
        assert shops.json()["accepted"] == 1
        assert (await api.get(f"/v1/{kind}/X-9", headers=erp)).status_code == 404
    root = bearer(app, await make_user(session, Role.ADMIN))
    assert (await api.get("/v1/audit", params={"kind": "outlet"}, headers=root)).json()["items"] == []


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("windows-1251", "Алёнка, ШОКОЛАД"),
        ("windows-1253", "ΠΕΡΙΠΤΕΡΟ Ήλιος"),
        ("WINDOWS-1253", "Ήλιος"),
        ('"cp1251"', "Магазин"),
        ("iso-8859-7", "Ήλιος"),
        ("koi8-r", "Магазин"),
        ("utf-8", "Ήλιος Ж"),
        ("utf-16", "Ήλιος Ж"),
    ],
)
async def test_a_file_may_name_its_charset(
    api: httpx.AsyncClient, erp: dict[str, str], charset: str, name: str
) -> None:
    content = f'code,name,list_price\nP-1,"{name}",1\n'.encode(charset.strip('"'))
    answer = await send(api, erp, "products", content, content_type=f"text/csv; charset={charset}")
    assert answer.json()["accepted"] == 1, answer.text
    assert (await api.get("/v1/products/P-1", headers=erp)).json()["name"] == name


@pytest.mark.parametrize(
    ("content_type", "content", "told"),
    [
        ("text/csv; charset=zip", b"code\n", "charset"),
        ("text/csv; charset=unicode_escape", b"code\n", "charset"),
        ("text/csv; charset=klingon", b"code\n", "charset"),
        ("text/csv; charset=utf-8", "code,name\nA,Ήλιος\n".encode("windows-1253"), "not UTF-8"),
        ("text/csv", "code,name\nA,Ήλιος\n".encode("windows-1253"), "charset=windows-1253"),
    ],
)
async def test_a_charset_that_is_none_or_not_the_files_is_told(
    api: httpx.AsyncClient, erp: dict[str, str], content_type: str, content: bytes, told: str
) -> None:
    answer = await send(api, erp, "products", content, content_type=content_type)
    assert (answer.status_code, told in answer.text) == (422, True)


async def test_a_price_is_open_until_9999_and_its_last_day_stays_where_nobody_says_it(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, erp: dict[str, str]
) -> None:
    await api.put("/v1/products/P-1", json=PRODUCT, headers=erp)
    await make_outlet(session, await make_territory(session))
    price = {"product_code": "P-1", "channel": "", "outlet_code": "", "price": "1", "valid_from": "1900-01-01"}
    for more, valid_to in (
        ({"valid_to": "2026-12-31"}, "2026-12-31"),
        ({"price": "2"}, "2026-12-31"),
        ({"valid_to": "9999-12-31"}, None),
    ):
        assert (await send(api, erp, "prices", [price | more])).json()["accepted"] == 1
        (kept,) = (await api.get("/v1/prices", headers=erp)).json()["items"]
        assert (kept["valid_from"], kept["valid_to"]) == ("1900-01-01", valid_to)
