"""Whatever comes in: a problem with the right status, never a 500, never another shape."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.identity import staff_queries
from app.masters.identity.models import User
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def admin(session: AsyncSession) -> User:
    return await make_user(session, Role.ADMIN)


@pytest.fixture
async def headers(app: FastAPI, admin: User) -> dict[str, str]:
    return bearer(app, admin)


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("/problems#")
    assert body["title"]
    assert body["instance"] == answer.headers["x-request-id"]
    assert isinstance(body["errors"], list)


NOT_JSON = {
    "nothing": b"",
    "text": b"hello",
    "half": b'{"username": ',
    "NaN": b'{"username": NaN}',
    "Infinity": b'{"username": -Infinity}',
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b"[" * 5_000 + b"]" * 5_000,
    "NUL in a string": b'{"username": "a\\u0000b", "password": "correct horse", "role": "admin"}',
    "NUL in a name": b'{"user\\u0000name": "a"}',
    "NUL byte": b'{"username": "a\x00b"}',
    "lone surrogate": b'{"username": "\\ud800"}',
    "not UTF-8": b'{"username": "\xff\xfe"}',
    "UTF-16": '{"username": "a"}'.encode("utf-16"),
    "an array": b"[]",
    "a number": b"1" * 100_000,
    "null": b"null",
    "a huge number": b'{"username": 1e999999}',
    "a long number": b'{"username": ' + b"9" * 10_000 + b"}",
    "a list for text": b'{"username": ["a"], "password": "correct horse", "role": "admin"}',
}


@pytest.mark.parametrize("what", NOT_JSON)
async def test_a_body_that_is_not_what_it_should_be_is_422(
    api: httpx.AsyncClient, headers: dict[str, str], what: str
) -> None:
    sent = headers | {"Content-Type": "application/json"}
    assert_problem(await api.post("/v1/users", content=NOT_JSON[what], headers=sent), 422)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", "", "garbage;;;", "é"])
async def test_a_body_of_another_media_type_is_422(
    api: httpx.AsyncClient, headers: dict[str, str], media_type: str
) -> None:
    body = json.dumps({"username": "a", "password": "correct horse", "role": "admin"})
    raw = [*((k.encode(), v.encode()) for k, v in headers.items()), (b"content-type", media_type.encode("latin-1"))]
    answer = await api.post("/v1/users", content=body.encode(), headers=raw)
    assert_problem(answer, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/header/content-type"]


async def test_a_problem_has_a_detail_even_where_its_title_says_it_all(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await api.get("/v1/territories/NOWHERE", headers=headers)
    assert_problem(answer, 404)
    assert answer.json()["detail"] == "No such territory here."


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b'{"grant_type": "password"}'),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("application/x-www-form-urlencoded", b"grant_type=%ff&username=%00&password=%zz"),
        ("application/x-www-form-urlencoded", b"grant_type=password&username=a%00b&password=x"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(5_000))),
        ("application/x-www-form-urlencoded", b"grant_type=password&grant_type=refresh_token&username[]=a"),
    ],
)
async def test_a_form_that_is_not_one_is_a_problem(api: httpx.AsyncClient, media_type: str, body: bytes) -> None:
    answer = await api.post("/v1/auth/token", content=body, headers={"Content-Type": media_type})
    assert_problem(answer, 400)


@pytest.mark.parametrize(
    "path", ["/v1/users/a%00b", "/v1/%00", "/v1/users?cursor=%00", "/v1/devices?rep_code=a%00b", "/v1/users?limit=%00"]
)
async def test_a_nul_in_the_address_is_422(api: httpx.AsyncClient, headers: dict[str, str], path: str) -> None:
    assert_problem(await api.get(path, headers=headers), 422)


@pytest.mark.parametrize("length", ["none", "right", "wrong", "garbage"])
async def test_a_body_past_the_limit_is_413_however_it_comes(
    api: httpx.AsyncClient, headers: dict[str, str], length: str
) -> None:
    size = 2 * 1024 * 1024 + 1
    sent = {"none": {}, "right": {"Content-Length": str(size)}, "wrong": {"Content-Length": "5"}}
    more = sent.get(length, {"Content-Length": "x"}) | {"Content-Type": "application/json"}

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size // 65_536 + 1):
            yield b" " * 65_536

    answer = await api.post("/v1/users", content=chunks(), headers=headers | more)
    assert_problem(answer, 413)
    assert answer.json()["limit_bytes"] == size - 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
async def test_a_method_that_a_route_does_not_have_is_405_and_told_which_it_has(
    api: httpx.AsyncClient, method: str
) -> None:
    answer = await api.request(method, "/v1/me")
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"


async def test_an_address_that_is_two_routes_tells_both_methods(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/v1/users")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/users/", "//v1/users", "/v1/é", "/%ff"])
async def test_an_unknown_address_is_404(api: httpx.AsyncClient, headers: dict[str, str], path: str) -> None:
    assert_problem(await api.get(path, headers=headers), 404)


@pytest.mark.parametrize(
    "cursor", ["x", "é", "WyJhIiwiYiJd", "bnVsbA", "W10", "e30", "WzFd", "A" * 501, "WyJcdTAwMDAiXQ"]
)
async def test_a_cursor_that_is_none_of_the_lists_is_422(
    api: httpx.AsyncClient, headers: dict[str, str], cursor: str
) -> None:
    assert_problem(await api.get("/v1/devices", params={"cursor": cursor}, headers=headers), 422)


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1e3", "9" * 5_000, "1.5", "NaN", ""])
async def test_a_limit_out_of_range_is_422(api: httpx.AsyncClient, headers: dict[str, str], limit: str) -> None:
    assert_problem(await api.get("/v1/users", params={"limit": limit}, headers=headers), 422)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "bearer x y z",
        "Basic YTpi",
        "Digest x",
        "Bearer " + "x" * 100_000,
        "Bearer é",
        "é",
        ".",
    ],
)
async def test_a_malformed_authorization_is_401(api: httpx.AsyncClient, authorization: str) -> None:
    answer = await api.get("/v1/me", headers=[(b"authorization", authorization.encode("latin-1"))])
    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"] in {"Bearer", 'Bearer error="invalid_token"'}


async def test_two_authorizations_are_not_two_chances(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await api.get("/v1/me", headers=[("Authorization", "Bearer x"), *headers.items()])
    assert answer.status_code == 401


@pytest.mark.parametrize("if_match", ["garbage", '"', "é", '"1', "W/", ",,,", '"999999999999999999999"', "x" * 50_000])
async def test_an_if_match_that_fits_nothing_is_412(
    api: httpx.AsyncClient, session: AsyncSession, headers: dict[str, str], if_match: str
) -> None:
    territory = await make_territory(session)
    raw = [*((k.encode(), v.encode()) for k, v in headers.items()), (b"if-match", if_match.encode("latin-1"))]
    answer = await api.patch(f"/v1/territories/{territory.code}", json={"name": "New"}, headers=raw)
    assert_problem(answer, 412)


async def test_a_very_long_header_is_borne(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await api.get(
        "/v1/me", headers=headers | {"X-Request-ID": "x" * 100_000, "Accept": "é" * 0 + "a" * 50_000}
    )
    assert answer.status_code == 200
    assert len(answer.headers["x-request-id"]) == 16


@pytest.mark.parametrize("sent", ["short", "with space", "a\tb-----", "ü" * 10, "x" * 65, "\x1b[31mred-red"])
async def test_a_request_id_that_is_not_well_formed_is_replaced(api: httpx.AsyncClient, sent: str) -> None:
    answer = await api.get("/healthz", headers=[(b"x-request-id", sent.encode("latin-1"))])
    assert answer.headers["x-request-id"] != sent


async def test_a_path_parameter_that_is_no_uuid_is_422(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for device_id in ("x", "1", "00000000-0000-0000-0000-00000000000g", "x" * 5_000):
        assert_problem(await api.post(f"/v1/devices/{device_id}/revoke", headers=headers), 422)


async def test_every_problem_of_a_body_is_told_at_once_with_its_pointer(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await api.post("/v1/users", json={"username": "", "role": "god", "password": 7}, headers=headers)
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/username", "/role", "/password"}


async def test_a_problem_does_not_repeat_the_input(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    body = {"username": "a", "password": "p" * 200, "role": "admin"}
    assert "ppp" not in (await api.post("/v1/users", json=body, headers=headers)).text


def series() -> set[tuple[str, str]]:
    """The (method, route) pairs that are measured."""
    return {
        (sample.labels["method"], sample.labels["route"])
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "fieldproof_http_requests_total"
    }


async def test_what_is_measured_is_bounded_whatever_is_asked(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, headers: dict[str, str]
) -> None:
    device = await make_device(session, await make_rep(session, await make_territory(session)))
    await api.get("/v1/me", headers=bearer(app, device))
    await api.get("/v1/territories/T-1", headers=headers)
    known = series()
    for number in range(20):
        await api.request(f"BREW{number}", f"/nowhere/{number}", headers=headers)
        await api.get(f"/v1/territories/T-{number}", headers=headers)
        await api.request(f"BREW{number}", "/v1/me")
    assert {("GET", "/v1/me"), ("GET", "/v1/territories/{code}")} <= known
    assert series() - known <= {("other", "unmatched"), ("other", "/v1/me")}


async def test_what_nobody_foresaw_is_a_problem_with_the_requests_id_and_no_details(
    api: httpx.AsyncClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr(staff_queries, "staff_page", fail)
    answer = await api.get("/v1/users", headers=headers)
    assert_problem(answer, 500)
    assert "house" not in answer.text


async def test_a_nul_that_reaches_the_database_is_422(
    api: httpx.AsyncClient, session: AsyncSession, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def select_nul(*_: object) -> None:
        await session.execute(text("SELECT :value"), {"value": "a\x00b"})

    monkeypatch.setattr(staff_queries, "staff_page", select_nul)
    assert_problem(await api.get("/v1/users", headers=headers), 422)


async def test_a_question_that_takes_too_long_is_broken_off(
    api: httpx.AsyncClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(session: AsyncSession, *_: object) -> None:
        await session.execute(text("SET LOCAL statement_timeout = 1"))
        await session.execute(text("SELECT pg_sleep(60)"))

    monkeypatch.setattr(staff_queries, "staff_page", sleep)
    answer = await api.get("/v1/users", headers=headers)
    assert_problem(answer, 503)
    assert "Ask for less" in answer.json()["detail"]


async def test_an_address_with_a_name_of_its_own_tells_its_own_methods(api: httpx.AsyncClient) -> None:
    answer = await api.options("/v1/call-tasks/claim")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
