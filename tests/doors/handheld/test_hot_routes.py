"""A hot route answers to the byte what the ordinary one answers, and leaves behind the same."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from starlette.routing import Match
from starlette.types import Message

from app.ground import clock
from app.ground.errors import Unavailable
from app.ground.web.access import Caller, Role, Scope
from app.ground.web.hot_routes import HotRoute
from app.masters.identity.models import Client, User
from tests.doors.handheld.conftest import Field
from tests.factories.handheld import make_check_in, make_fix, make_no_order, make_order, make_upload
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.territories import make_rep
from tests.ground.web.bad_values import count_rows

JSON = {"Content-Type": "application/json"}
GZIP = {"Accept-Encoding": "gzip"}


@dataclass
class Told:
    """An answer as it left, and what there was in the database after it."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    rows: dict[str, int]


@dataclass
class Door:
    """Sends each request by both ways, from the same state of the database, which it leaves as it was."""

    app: FastAPI
    connection: AsyncConnection
    session: AsyncSession
    monkeypatch: pytest.MonkeyPatch
    ordinary: list[str]

    async def told(self, path: str, headers: dict[str, str], *pieces: bytes, hang_up: bool = False) -> Told:
        before = await self.connection.begin_nested()
        sent: list[Message] = []
        coming = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces) or hang_up}
            for number, piece in enumerate(pieces, 1)
        ]

        async def receive() -> Message:
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        raw_path, _, query = path.partition("?")
        sent_headers = headers | {"X-Request-ID": "the-same-for-both"}
        scope = {
            "type": "http",
            "method": "POST",
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent_headers.items()],
            "root_path": "",
        }
        await self.app(scope, receive, send)
        rows = await count_rows(self.session)
        await before.rollback()
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Told(sent[0]["status"], sent[0]["headers"], body, rows) if sent else Told(0, [], b"", rows)

    async def by_both(self, path: str, headers: dict[str, str], *pieces: bytes, **how: Any) -> tuple[Told, bool]:
        """The answer, which was the same by both ways; and whether the hot route gave one itself."""
        self.ordinary.clear()
        hot = await self.told(path, headers, *pieces, **how)
        answered_hot = not self.ordinary
        with self.monkeypatch.context() as patch:
            patch.setattr(HotRoute, "matches", lambda *_: (Match.NONE, {}))
            assert hot == await self.told(path, headers, *pieces, **how)
        return hot, answered_hot


@pytest.fixture
def door(app: FastAPI, connection: AsyncConnection, session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> Door:
    ordinary: list[str] = []
    handle = APIRoute.handle

    async def handle_and_note(route: APIRoute, *arguments: Any) -> None:
        ordinary.append(route.path)
        await handle(route, *arguments)

    monkeypatch.setattr(APIRoute, "handle", handle_and_note)
    return Door(app, connection, session, monkeypatch, ordinary)


def usual(field: Field) -> dict[str, tuple[str, dict[str, Any]]]:
    """Requests as handhelds send them, good and refused."""
    code, product = field.outlet.code, field.product.code
    order, check_in = make_order(code, product, fix=make_fix()), make_check_in(code)
    sending = {"sent_at": "2026-11-23T10:00:00Z", "sent_monotonic_ms": 18_000_000, "boot_id": "b7f3"}
    many = [make_order(code, product) for _ in range(40)]
    return {
        "an order": ("/v1/orders", order | sending),
        "an order of a product that is unknown": ("/v1/orders", make_order(code, "NONE")),
        "an order of an outlet that is unknown": ("/v1/orders", make_order("NONE", product)),
        "an order without lines": ("/v1/orders", make_order(code)),
        "an order for yesterday": ("/v1/orders", make_order(code, product, delivery_date="2026-11-22")),
        "a check-in": ("/v1/check-ins", check_in | sending),
        "a check-in without a fix": ("/v1/check-ins", make_check_in(code, fix=None)),
        "an upload": ("/v1/sync", make_upload(check_in, order, make_no_order(code), sequence_to=0)),
        "an upload of nothing": ("/v1/sync", make_upload()),
        "an upload of one event twice": ("/v1/sync", make_upload(order, order)),
        "an upload of an event with two contents": ("/v1/sync", make_upload(order, order | {"comment": "more"})),
        "an upload whose answer is long": ("/v1/sync", make_upload(*many)),
    }


@pytest.mark.parametrize("what", [*usual(Field(*[type("", (), {"code": "1"})] * 5))])  # type: ignore[arg-type] # names
async def test_a_usual_request_is_answered_alike(app: FastAPI, door: Door, field: Field, what: str) -> None:
    path, body = usual(field)[what]
    headers = bearer(app, field.device) | JSON | GZIP
    written = json.dumps(body).encode()

    for pieces in ([written], [written[:9], b"", written[9:]]):
        told, hot = await door.by_both(path, headers, *pieces)
        assert hot
        assert told.status in {200, 201, 422}


async def test_what_comes_again_is_answered_alike(
    api: httpx.AsyncClient, app: FastAPI, door: Door, field: Field
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    headers = bearer(app, field.device) | JSON
    assert (await api.post("/v1/orders", json=order, headers=headers)).status_code == 201

    for body, status in ((order, 200), (order | {"comment": "more"}, 409)):
        told, hot = await door.by_both("/v1/orders", headers, json.dumps(body).encode())
        assert hot
        assert told.status == status


HEADS: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "no token": lambda sound: {name: value for name, value in sound.items() if name != "Authorization"},
    "a token of nobody": lambda sound: sound | {"Authorization": "Bearer x.y.z"},
    "an empty token": lambda sound: sound | {"Authorization": "Bearer "},
    "a token with a space": lambda sound: sound | {"Authorization": sound["Authorization"] + " x"},
    "another spelling of the scheme": lambda sound: (
        sound | {"Authorization": sound["Authorization"].replace("B", "b", 1)}
    ),
    "another scheme": lambda sound: sound | {"Authorization": "Basic YTpi"},
    "a token with signs of Latin-1": lambda sound: sound | {"Authorization": "Bearer \xe9\xff"},
    "two tokens": lambda sound: sound | {"authorization": "Bearer x.y.z"},
    "no content type": lambda sound: {name: value for name, value in sound.items() if name != "Content-Type"},
    "text": lambda sound: sound | {"Content-Type": "text/plain"},
    "a charset": lambda sound: sound | {"Content-Type": "application/json; charset=utf-8"},
    "an unknown encoding": lambda sound: sound | {"Content-Encoding": "br"},
    "gzip that is none": lambda sound: sound | {"Content-Encoding": "gzip"},
    "a length past the limit": lambda sound: sound | {"Content-Length": "99999999"},
}


@pytest.mark.parametrize("what", HEADS)
async def test_an_unusual_head_is_answered_alike(app: FastAPI, door: Door, field: Field, what: str) -> None:
    sound = bearer(app, field.device) | JSON
    body = json.dumps(make_order(field.outlet.code, field.product.code)).encode()

    told, _ = await door.by_both("/v1/orders", HEADS[what](sound), body)

    assert told.status in {201, 401, 413, 415, 422}


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/check-ins", "/v1/sync"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b"{" * 2_000,
        b'{"id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11", "outlet_code": 7}',
        b'{"sent_at": "2026-11-23T10:00:00Z", "events": [{"type": "order"}], "later": true}',
        b'{"sent_at": "2026-11-23T10:00:00Z", "events": [' + b"{}," * 500 + b"{}]}",
    ],
    ids=repr,
)
async def test_an_unusual_body_is_answered_alike(
    app: FastAPI, door: Door, field: Field, path: str, body: bytes
) -> None:
    told, hot = await door.by_both(path, bearer(app, field.device) | JSON, body)

    assert not hot
    assert told.status in {200, 413, 422}


async def test_whoever_is_no_handheld_goes_the_ordinary_way(
    app: FastAPI, session: AsyncSession, door: Door, field: Field
) -> None:
    placed = json.dumps(make_order(field.outlet.code, field.product.code)).encode()
    callers: list[Client | User] = [
        await make_client(session, Scope.ORDERS_WRITE),
        await make_client(session, Scope.ORDERS_READ),
        await make_user(session, Role.ADMIN),
    ]

    for caller, status in zip(callers, (201, 403, 403), strict=True):
        for path, answered in (("/v1/orders", status), ("/v1/sync", 403)):
            told, hot = await door.by_both(path, bearer(app, caller) | JSON, placed)
            assert told.status == answered
            assert hot == (answered == 403)  # whom the rule refuses is refused at once


async def test_who_is_let_in_is_not_asked_for_again(
    app: FastAPI, door: Door, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticate, tokens = app.state.authenticate, []

    async def count(request: Request, token: str) -> Caller:
        tokens.append(token)
        caller: Caller = await authenticate(request, token)
        return caller

    monkeypatch.setattr(app.state, "authenticate", count)
    headers = bearer(app, field.device) | JSON
    for body in (b"{}", json.dumps(make_order(field.outlet.code, field.product.code)).encode()):
        tokens.clear()
        await door.told("/v1/orders", headers, body)
        assert len(tokens) == 1


async def test_addresses_beside_the_hot_one_are_answered_alike(app: FastAPI, door: Door, field: Field) -> None:
    body = json.dumps(make_order(field.outlet.code, field.product.code)).encode()

    for path in ("/v1/orders?dry=1", "/v1/orders?", "/v1/orders/", "/v1//orders", "/v1/ordersx"):
        told, _ = await door.by_both(path, bearer(app, field.device) | JSON, body)
        assert told.status in {201, 404, 422}


async def test_a_client_that_hangs_up_is_left_alone(app: FastAPI, door: Door, field: Field) -> None:
    _, hot = await door.by_both("/v1/orders", bearer(app, field.device) | JSON, b'{"id":', hang_up=True)

    assert not hot


async def test_a_handheld_that_was_revoked_is_refused_alike(
    app: FastAPI, session: AsyncSession, door: Door, field: Field
) -> None:
    device = await make_device(session, await make_rep(session, field.territory))
    headers = bearer(app, device) | JSON
    device.revoked_at = clock.now()
    await session.flush()

    told, _ = await door.by_both("/v1/orders", headers, json.dumps(make_order("1", "1")).encode())

    assert told.status == 401


@pytest.mark.parametrize("error", [Unavailable("Too many uploads wait. Try again."), OSError(), RuntimeError("a slip")])
async def test_what_fails_on_the_way_is_answered_alike(
    app: FastAPI, door: Door, field: Field, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        await asyncio.sleep(0)
        raise error

    monkeypatch.setattr(type(app.state.handheld_door), "record", fail)
    body = json.dumps(make_order(field.outlet.code, field.product.code)).encode()

    told, _ = await door.by_both("/v1/orders", bearer(app, field.device) | JSON, body)

    assert told.status == (500 if isinstance(error, RuntimeError) else 503)
