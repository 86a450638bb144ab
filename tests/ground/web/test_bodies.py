"""Bodies: of whom they are is known before they are read, and what they may be is bounded before they are parsed."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message, Scope

from app.ground.web import incoming_body
from app.ground.web.access import Role
from app.ground.web.requests import MOST_CONTAINERS, MOST_FORGIVEN_BYTES, MOST_PUBLIC_BYTES
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory

JSON = {"Content-Type": "application/json"}


async def request_whose_body(
    app: FastAPI, path: str, headers: dict[str, str], receive: Any, method: str = "POST"
) -> list[Message]:
    """What the app sends where it reads by `receive`."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in (JSON | headers).items()]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": raw,
        "client": ("127.0.0.1", 1),
        "server": ("fieldproof.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/sync"),
        ("POST", "/v1/check-ins"),
        ("POST", "/v1/orders"),
        ("POST", "/v1/users"),
        ("PUT", "/v1/outlets/A"),
        ("PATCH", "/v1/outlets/A"),
        ("POST", "/v1/imports/outlets"),
        ("PUT", "/v1/reps/A/week-plans/2026-W48"),
    ],
)
@pytest.mark.parametrize("authorization", [{}, {"Authorization": "Bearer no.such.token"}], ids=["without", "wrong"])
async def test_a_body_without_a_good_token_is_not_read(
    app: FastAPI, method: str, path: str, authorization: dict[str, str]
) -> None:
    async def receive() -> Message:
        raise AssertionError("the body is read")

    [start, _] = await request_whose_body(app, path, authorization, receive, method)
    assert start["status"] == 401


async def test_a_body_whose_sender_may_not_do_this_is_not_read(app: FastAPI, session: AsyncSession) -> None:
    operator = await make_user(session, Role.OPERATOR)

    async def receive() -> Message:
        raise AssertionError("the body is read")

    [start, _] = await request_whose_body(app, "/v1/users", bearer(app, operator), receive)
    assert start["status"] == 403


@pytest.mark.parametrize("path", ["/v1/auth/token", "/v1/devices"])
async def test_a_body_that_needs_no_token_is_short(api: httpx.AsyncClient, path: str) -> None:
    media_type = "application/x-www-form-urlencoded" if path == "/v1/auth/token" else "application/json"
    answer = await api.post(path, content=b"x" * (MOST_PUBLIC_BYTES + 1), headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, MOST_PUBLIC_BYTES)


async def test_a_body_that_comes_too_slowly_is_refused_in_words(
    app: FastAPI, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming_body, "SECONDS", 0.05)
    admin = await make_user(session, Role.ADMIN)
    pieces = [b"{"]

    async def receive() -> Message:
        if not pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": pieces.pop(), "more_body": True}

    [start, body] = await request_whose_body(app, "/v1/users", bearer(app, admin), receive)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert json.loads(body["body"])["type"] == "/problems#too-slow"


async def test_a_client_that_hangs_up_in_the_midst_of_its_body_is_no_error_of_ours(
    app: FastAPI, session: AsyncSession
) -> None:
    admin = await make_user(session, Role.ADMIN)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    for path in ("/v1/users", "/v1/imports/outlets"):
        sent = await request_whose_body(app, path, bearer(app, admin), receive)
        assert not [message for message in sent if message.get("status", 0) >= 500]


@pytest.mark.parametrize("opening", [b"[", b"{"])
async def test_a_crowd_of_lists_or_objects_is_refused_before_it_is_made(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, opening: bytes
) -> None:
    admin = await make_user(session, Role.ADMIN)
    item = opening + {b"[": b"]", b"{": b"}"}[opening]
    crowd = b"[" + b",".join([item] * (MOST_CONTAINERS + 1)) + b"]"
    answer = await api.post("/v1/users", content=crowd, headers=bearer(app, admin) | JSON)
    assert answer.status_code == 422
    assert str(MOST_CONTAINERS) in answer.json()["errors"][0]["message"]


async def test_a_long_upload_with_one_nan_is_read_beside_the_loop_and_costs_no_other_event(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    device = await make_device(session, await make_rep(session, await make_territory(session)))
    event = {"type": "check_in", "note": "x" * MOST_FORGIVEN_BYTES, "monotonic_ms": float("nan")}
    body = json.dumps({"sent_at": "2026-11-23T12:00:00+02:00", "events": [event, {"type": "unknown"}]})
    readers, lengths = app.state.body_readers, []

    class Readers:
        async def run(self, function: Any, body: bytes) -> Any:
            lengths.append(len(body))
            return await readers.run(function, body)

    app.state.body_readers = Readers()
    answer = await api.post("/v1/sync", content=body, headers=bearer(app, device) | JSON)
    assert answer.status_code == 200
    assert [result["status"] for result in answer.json()["results"]] == ["rejected", "rejected"]
    assert lengths == [len(body)]
