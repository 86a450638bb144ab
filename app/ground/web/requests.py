"""Bodies are bounded and checked before they are parsed: a route class that all routers use."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

_ESCAPED_NUL = b"\\u0000"
_LONGEST_INTEGER = 40


class JsonRequest(Request):
    """A request whose JSON is parsed strictly: no NaN, no endless nesting, no NUL (which PostgreSQL's text forbids)."""

    async def json(self) -> Any:
        """The parsed body. Raises JSONDecodeError, which FastAPI answers with a 422."""
        if not hasattr(self, "_json"):
            body = await self.body()
            # orjson gives up on nesting past 1,024 and on NaN, with a JSONDecodeError
            self._json = orjson.loads(body)
            if _ESCAPED_NUL in body and holds_nul(self._json):
                raise json.JSONDecodeError("a string holds the character NUL", "", body.find(_ESCAPED_NUL))
        return self._json


def holds_nul(value: Any) -> bool:
    """Whether a string anywhere in a parsed JSON value holds the character NUL."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as string:
                if "\x00" in string:
                    return True
            case list() as items:
                waiting.extend(items)
            case dict() as members:
                waiting.extend(members.keys())
                waiting.extend(members.values())
    return False


class StrictRoute(APIRoute):
    """A route whose bodies are read by `JsonRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(JsonRequest(request.scope, request.receive))

        return handle


class ForgivingRequest(Request):
    """A request whose JSON may hold NaN and infinities, so that one bad number rejects its event and not the upload.

    Text with a NUL is refused field by field.
    """

    async def json(self) -> Any:
        """The parsed body. Raises JSONDecodeError, which FastAPI answers with a 422."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = orjson.loads(body)
            except json.JSONDecodeError as strict:
                self._json = _forgiving_loads(body, strict)
        return self._json


def _forgiving_loads(body: bytes, strict: json.JSONDecodeError) -> Any:
    try:
        return json.loads(body, parse_int=_bounded_int)
    except (ValueError, RecursionError):
        raise strict from None


def _bounded_int(digits: str) -> int | float:
    """A whole number; past what any field takes a float, since int() gives up on thousands of digits."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


class ForgivingRoute(APIRoute):
    """A route whose bodies are read by `ForgivingRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(ForgivingRequest(request.scope, request.receive))

        return handle


def router(tag: str) -> APIRouter:
    """A domain's router, under /v1."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=StrictRoute)
