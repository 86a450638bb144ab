"""What comes over a real socket before there is a request."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from app.ground.web import protocol
from app.ground.web.protocol import MOST_HEAD_BYTES, BoundedHeads

TOO_MUCH = b"a" * 10 * MOST_HEAD_BYTES  # in more than one read of the socket
BODY = b"b" * 10 * MOST_HEAD_BYTES
POST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


async def read_body(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/unread":
        await PlainTextResponse("no", 401)(scope, receive, send)
        return
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
def state() -> ServerState:
    return ServerState()


@pytest.fixture
def connections(state: ServerState) -> set[Any]:
    return state.connections


@pytest.fixture
async def port(state: ServerState) -> AsyncIterator[int]:
    config = Config(read_body, ws="none", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedHeads(config, state, {}, loop), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        while state.connections:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0)


async def answer_to(port: int, sent: bytes) -> bytes:
    """What is answered before the server ends the connection; nothing where it was cut off in the midst of sending."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + TOO_MUCH,
        b"GET / HTTP/1.1\r\nX-A: " + TOO_MUCH,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (MOST_HEAD_BYTES // 3),
        CHUNKED + b"1;" + TOO_MUCH,
        CHUNKED + b"1\r\na\r\n0\r\nX-A: " + TOO_MUCH,
    ],
    ids=["address", "header", "headers", "chunk extension", "trailer"],
)
async def test_a_head_without_an_end_is_cut_off(port: int, endless: bytes) -> None:
    assert (await answer_to(port, endless))[:12] in {b"HTTP/1.1 400", b""}


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
        CHUNKED + (b"%x\r\n%s\r\n" % (len(BODY) // 10, BODY[: len(BODY) // 10])) * 10 + b"0\r\n\r\n",
    ],
    ids=["whole", "in chunks"],
)
async def test_a_body_may_be_longer_than_any_head(port: int, request_: bytes) -> None:
    answer = await answer_to(port, request_)
    assert (answer[:12], answer.rpartition(b"\r\n")[2]) == (b"HTTP/1.1 200", str(len(BODY)).encode())


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "LINGER_SECONDS", "LAST_BODY_SECONDS"):
        monkeypatch.setattr(protocol, name, 0.05)


@pytest.mark.usefixtures("no_patience")
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHo", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo", b"HTTP/1.1 200"),
        (b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", b"HTTP/1.1 401"),
    ],
    ids=["nothing", "half a head", "half a second head", "half a body that was answered"],
)
async def test_a_client_that_does_not_go_on_is_hung_up_on(port: int, sent: bytes, answered: bytes) -> None:
    assert (await answer_to(port, sent))[:12] == answered


@pytest.mark.usefixtures("no_patience")
async def test_a_server_that_ends_does_not_wait_for_the_rest_of_a_body(
    port: int, connections: set[BoundedHeads]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST + b"Content-Length: 9\r\n\r\nhalf")
    while not connections or not next(iter(connections))._body_bytes:  # noqa: ASYNC110  # see above
        await asyncio.sleep(0.01)
    for connection in connections:
        connection.shutdown()
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def test_the_rest_of_a_refused_body_may_come_as_long_as_it_comes(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.1)
    monkeypatch.setattr(protocol, "SLOWEST_BYTES_PER_SECOND", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n")
    for _ in range(30):
        writer.write(b"x")
        await asyncio.sleep(0.01)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.read()).count(b"HTTP/1.1 ") == 2
    writer.close()
