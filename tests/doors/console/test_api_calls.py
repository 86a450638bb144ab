"""What pages call in this process is answered whole, and knows from where the browser asks."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from app.doors.console.api_calls import ApiClient

BROWSER = Request({"type": "http", "client": ("192.0.2.7", 50_000), "headers": []})


def client_of(app: FastAPI) -> ApiClient:
    return ApiClient(app, "a token", BROWSER, "en")


async def test_a_file_that_comes_in_pieces_is_whole() -> None:
    app = FastAPI()

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            await asyncio.sleep(0)  # as reading from the database does, it lets others go on
            yield b"%d;" % number

    @app.get("/file")
    async def file() -> StreamingResponse:
        return StreamingResponse(pieces(), media_type="text/csv")

    assert (await client_of(app).file("/file", "text/csv")).content == b"0;1;2;3;4;"


async def test_the_api_knows_from_where_the_browser_asks() -> None:
    app = FastAPI()

    @app.get("/from")
    async def whence(request: Request) -> str:
        return str(request.client and request.client.host)

    assert await client_of(app).get("/from") == "192.0.2.7"
