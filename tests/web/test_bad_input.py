"""Input that no honest client sends: a clear problem, nothing written, and what came with it is not lost."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base
from app.web.access import Role
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_check_in, make_order, make_upload
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
HERE = "put it here"

NO_NUMBER = {
    "a number past all floats": "1e400",
    "a negative number past all floats": "-1e400",
    "a number of 5,000 digits": "9" * 5_000,
    "not a number": "NaN",
    "infinity": "-Infinity",
    "true": "true",
    "a list": "[1]",
    "an object": "{}",
    "text": '"many"',
    "text with a NUL": '"1\\u0000"',
    "a lone surrogate": '"\\ud800"',
    "digits of another script": '"٣"',
}
NO_LATITUDE = NO_NUMBER | {"past the pole": "90.0000001", "far south": "-1e30", "a number as text": '"38.2"'}
NO_TEXT = {
    "a NUL": '"a\\u0000b"',
    "a lone surrogate": '"a\\udc00b"',
    "a number": "7",
    "a list": '["a"]',
    "an object": '{"a": "b"}',
    "a million letters": json.dumps("a" * 1_000_000),
}
NO_LIST = {
    "an object": "{}",
    "text": '"[]"',
    "a number": "1e400",
    "a list of lists": "[[]]",
    "a list of nulls": "[null]",
}

Rows = Callable[[], Awaitable[dict[str, int]]]


@dataclass
class Company:
    outlet: str
    product: str
    device: dict[str, str]
    admin: dict[str, str]

    def check_in(self, **fields: Any) -> dict[str, Any]:
        return make_check_in(self.outlet, **fields)

    def order(self, **fields: Any) -> dict[str, Any]:
        return make_order(self.outlet, self.product, **fields)


@pytest.fixture
async def company(session: AsyncSession, app: FastAPI) -> Company:
    territory = await make_territory(session)
    device = await make_device(session, await make_rep(session, territory))
    outlet, product = await make_outlet(session, territory), await make_product(session)
    admin = await make_user(session, Role.ADMIN)
    return Company(outlet.code, product.code, bearer(app, device) | JSON, bearer(app, admin) | JSON)


@pytest.fixture
def rows(session: AsyncSession) -> Rows:
    """How many rows each table has."""
    counts = [
        select(literal(t.name).label("name"), func.count().label("number")).select_from(t)
        for t in Base.metadata.sorted_tables
    ]

    async def count() -> dict[str, int]:
        return {row.name: row.number for row in await session.execute(union_all(*counts))}

    return count


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["detail"]
    return problem


def with_value(event: Any, value: str) -> bytes:
    """`event` as JSON, with the JSON text `value` where HERE stands."""
    text = json.dumps(event)
    assert json.dumps(HERE) in text
    return text.replace(json.dumps(HERE), value).encode()


def bad_events(company: Company, place: str) -> dict[str, Any]:
    """An event whose value at `place` is to be put in."""
    order = company.order()
    match place:
        case "latitude":
            event = company.check_in()
            event["fix"]["lat"] = HERE
            return event
        case "quantity":
            order["lines"][0]["quantity"] = HERE
        case "comment" | "lines":
            order[place] = HERE
        case _:
            return company.check_in() | {place: HERE}
    return order


CASES = [
    *[("latitude", what, value) for what, value in NO_LATITUDE.items()],
    *[("quantity", what, value) for what, value in NO_NUMBER.items()],
    *[("sequence", what, value) for what, value in NO_NUMBER.items()],
    *[("comment", what, value) for what, value in NO_TEXT.items()],
    *[("outlet_code", what, value) for what, value in NO_TEXT.items()],
    *[("captured_at", what, value) for what, value in (NO_TEXT | NO_NUMBER).items()],
    *[("lines", what, value) for what, value in NO_LIST.items()],
]


@pytest.mark.parametrize(("place", "what", "value"), CASES, ids=[f"{place}: {what}" for place, what, _ in CASES])
async def test_a_value_that_is_none_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, place: str, what: str, value: str
) -> None:
    event = bad_events(company, place)
    before = await rows()
    path = "/v1/orders" if event["type"] == "order" else "/v1/check-ins"
    assert_problem(await api.post(path, content=with_value(event, value), headers=company.device), 422)
    assert await rows() == before


@pytest.mark.parametrize(("place", "what", "value"), CASES, ids=[f"{place}: {what}" for place, what, _ in CASES])
async def test_a_value_that_is_none_costs_the_events_beside_it_nothing(
    api: httpx.AsyncClient, company: Company, rows: Rows, place: str, what: str, value: str
) -> None:
    before = await rows()
    upload = make_upload(company.check_in(), bad_events(company, place), company.order())
    answer = await api.post("/v1/sync", content=with_value(upload, value), headers=company.device)
    assert answer.status_code == 200, answer.text
    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "rejected", "accepted"]
    after = await rows()
    assert {name: after[name] - before[name] for name in ("check_ins", "orders", "order_lines", "order_refusals")} == {
        "check_ins": 1,
        "orders": 1,
        "order_lines": 1,
        "order_refusals": 0,
    }


NO_UPLOAD = {
    "nothing": b"",
    "text": b"hello",
    "half of it": b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": [{',
    "a NUL byte": b'{"sent_at": "\x00"}',
    "no UTF-8": b'{"sent_at": "\xff\xfe"}',
    "an array": b"[]",
    "null": b"null",
    "deep arrays": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 400_000,
    "deep and closed": b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "events that are no list": b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": {"0": {}}}',
    "an instant past all calendars": b'{"sent_at": "99999-01-01T00:00:00Z", "events": []}',
    "an instant as a number": b'{"sent_at": 1e400, "events": []}',
}


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/orders", "/v1/check-ins"])
@pytest.mark.parametrize("what", NO_UPLOAD)
async def test_a_body_that_cannot_be_read_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, path: str, what: str
) -> None:
    before = await rows()
    assert_problem(await api.post(path, content=NO_UPLOAD[what], headers=company.device), 422)
    assert await rows() == before


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/orders"])
@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "garbage;;"]
)
async def test_a_body_of_another_media_type_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, path: str, media_type: str
) -> None:
    body = make_upload(company.order()) if path == "/v1/sync" else company.order()
    before = await rows()
    answer = await api.post(path, content=json.dumps(body), headers=company.device | {"Content-Type": media_type})
    assert_problem(answer, 422)
    assert await rows() == before


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/orders", "/v1/check-ins"])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_past_the_limit_is_refused_with_the_limit_named_and_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, path: str, declared: bool
) -> None:
    order = company.order()
    order["lines"] *= 1_000_000
    body = json.dumps(order).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    before = await rows()
    answer = await api.post(path, content=body if declared else chunks(), headers=company.device)
    assert assert_problem(answer, 413)["limit_bytes"] == 2 * MIB
    assert await rows() == before


async def test_an_order_of_501_lines_is_refused_with_the_limit_named(
    api: httpx.AsyncClient, company: Company, rows: Rows
) -> None:
    order = company.order()
    order["lines"] *= 501
    before = await rows()
    [problem] = assert_problem(await api.post("/v1/orders", json=order, headers=company.device), 422)["errors"]
    assert problem["pointer"] == "/lines"
    assert "500" in problem["message"]
    assert await rows() == before


async def test_an_upload_of_a_million_events_is_refused_with_the_limit_named(
    api: httpx.AsyncClient, company: Company, rows: Rows
) -> None:
    body = b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": [' + b"0," * 999_999 + b"0]}"
    before = await rows()
    answer = await api.post("/v1/sync", content=body, headers=company.device)
    assert assert_problem(answer, 413)["limit_events"] == 500
    assert await rows() == before


async def test_of_a_key_that_comes_twice_the_last_counts(api: httpx.AsyncClient, company: Company) -> None:
    once = json.dumps(company.check_in())
    twice = once.removesuffix("}") + f', "outlet_code": "NOWHERE", "outlet_code": "{company.outlet}"}}'
    assert (await api.post("/v1/check-ins", content=twice, headers=company.device)).status_code == 201


NO_LOCATION = {
    "a pole too far": '{"lat": 90.01, "lon": 21.7, "radius_m": 80}',
    "a date line too far": '{"lat": 38.2, "lon": -180.01, "radius_m": 80}',
    "no number": '{"lat": NaN, "lon": 21.7, "radius_m": 80}',
    "an endless radius": '{"lat": 38.2, "lon": 21.7, "radius_m": 1e400}',
    "a negative radius": '{"lat": 38.2, "lon": 21.7, "radius_m": -80}',
    "no radius": '{"lat": 38.2, "lon": 21.7, "radius_m": 0}',
    "a circle and a fence": '{"lat": 38.2, "lon": 21.7, "radius_m": 80, '
    '"fence": {"type": "Polygon", "coordinates": []}}',
    "a fence of nothing": '{"fence": {"type": "Polygon", "coordinates": []}}',
    "a fence of a point": '{"fence": {"type": "Point", "coordinates": [21.7, 38.2]}}',
    "a fence that crosses itself": '{"fence": {"type": "Polygon", "coordinates": '
    "[[[21.7, 38.2], [21.71, 38.21], [21.71, 38.2], [21.7, 38.21], [21.7, 38.2]]]}}",
    "an open fence": '{"fence": {"type": "Polygon", "coordinates": [[[21.7, 38.2], [21.71, 38.2], [21.7, 38.21]]]}}',
    "a fence past the pole": '{"fence": {"type": "Polygon", "coordinates": '
    "[[[21.7, 89], [21.71, 89], [21.7, 91], [21.7, 89]]]}}",
    "a fence of texts": '{"fence": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}',
    "a fence nested without end": '{"fence": {"type": "Polygon", "coordinates": ' + "[" * 900 + "]" * 900 + "}}",
    "a fence of 100,000 corners": '{"fence": {"type": "Polygon", "coordinates": [['
    + "[21.7, 38.2], " * 100_000
    + "[21.7, 38.2]]]}}",
}


@pytest.mark.parametrize("what", NO_LOCATION)
async def test_an_outlet_at_a_place_that_is_none_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, what: str
) -> None:
    path = f"/v1/outlets/{company.outlet}"
    outlet = (await api.get(path, headers=company.admin)).json() | {"location": HERE}
    before = await rows()
    answer = await api.put(path, content=with_value(outlet, NO_LOCATION[what]), headers=company.admin)
    assert_problem(answer, 422)
    assert await rows() == before


@pytest.mark.parametrize("what", NO_TEXT | NO_NUMBER)
async def test_a_row_that_cannot_be_read_costs_the_rows_beside_it_nothing(
    api: httpx.AsyncClient, company: Company, rows: Rows, what: str
) -> None:
    sound = {"name": "Choco", "unit": "piece", "pack_size": 6, "list_price": "1.15"}
    bad = with_value(sound | {"code": "BAD", "list_price": HERE}, (NO_TEXT | NO_NUMBER)[what])
    if what == "a number":
        bad = with_value(sound | {"code": "BAD", "name": HERE}, NO_TEXT[what])
    good = [json.dumps(sound | {"code": code}).encode() for code in ("NEW-1", "NEW-2")]
    before = await rows()
    answer = await api.post(
        "/v1/imports/products",
        content=b"\n".join([good[0], bad, good[1]]),
        headers=company.admin | {"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 1)
    assert (await rows())["products"] == before["products"] + 2


async def test_a_body_that_is_no_json_is_told_where_it_breaks(api: httpx.AsyncClient, company: Company) -> None:
    [problem] = assert_problem(await api.post("/v1/orders", content=b'{"id": ', headers=company.device), 422)["errors"]
    assert (problem["pointer"], problem["code"]) == ("", "json_invalid")
    assert "at position 7" in problem["message"]
