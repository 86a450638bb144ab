"""Who sends a body is known before it is read, and what it holds is bounded before it is parsed: for all routers."""

from collections.abc import Callable, Coroutine
from json import JSONDecodeError
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from app.ground.web.access import AccessRule, access_of
from app.ground.web.forgiving_json import forgiving_loads
from app.ground.web.paths import restore_slashes
from app.ground.workers.pool import WorkerLost, Workers

MOST_CONTAINERS = 50_000
"""Lists and objects of a body: 500 orders of 80 lines have less. A parser makes each of them, 700,000 for a second."""
MOST_PUBLIC_BYTES = 64 * 1024
"""A body that needs no token: a login's, or an enrolment's."""
MOST_FORGIVEN_BYTES = 64 * 1024
"""The forgiving parser takes 0.2 s for a MiB: what is longer is read beside the event loop."""
BODY_LIMIT = "body_limit_bytes"
"""The scope's key for a limit below that of all bodies."""

_ESCAPED_BACKSLASH, _ESCAPED_NUL = b"\\\\", b"\\u0000"


class JsonRequest(Request):
    """A request whose JSON is parsed strictly: no NaN, no endless nesting, no NUL (which PostgreSQL's text forbids)."""

    async def json(self) -> Any:
        """The parsed body. Raises JSONDecodeError, which FastAPI answers with a 422."""
        if not hasattr(self, "_json"):
            body = await self.body()
            refuse_crowds(body)
            if _ESCAPED_NUL in body and _ESCAPED_NUL in body.replace(_ESCAPED_BACKSLASH, b""):
                raise JSONDecodeError("a string holds the character NUL", "", body.find(_ESCAPED_NUL))
            # orjson gives up on nesting past 1,024 and on NaN, with a JSONDecodeError
            self._json = orjson.loads(body)
        return self._json


class ForgivingRequest(Request):
    """A request whose JSON may hold NaN and infinities, so that one bad number rejects its event and not the upload.

    Text with a NUL is refused field by field.
    """

    async def json(self) -> Any:
        """The parsed body. Raises JSONDecodeError, which FastAPI answers with a 422."""
        if not hasattr(self, "_json"):
            body = await self.body()
            refuse_crowds(body)
            try:
                self._json = orjson.loads(body)
            except JSONDecodeError as strict:
                self._json = await self._forgiven(body, strict)
        return self._json

    async def _forgiven(self, body: bytes, strict: JSONDecodeError) -> Any:
        try:
            if len(body) <= MOST_FORGIVEN_BYTES:
                return forgiving_loads(body)
            beside: Workers = self.app.state.body_readers
            return await beside.run(forgiving_loads, body)
        except (ValueError, RecursionError, WorkerLost):
            raise strict from None


def refuse_crowds(body: bytes) -> None:
    """Raises JSONDecodeError for more lists and objects than a sound body has; brackets in its texts count, too."""
    if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS:
        raise JSONDecodeError(f"more than {MOST_CONTAINERS} lists and objects", "", 0)


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
    """A route whose bodies are read by `JsonRequest`, once the caller is let in."""

    request_class: type[Request] = JsonRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it: its own would read the body first, and then look who sent it."""
        handler = super().get_route_handler()
        rule = access_of(self.dependant) if self.body_field is not None else None

        async def handle(request: Request) -> Response:
            restore_slashes(request.scope)
            if isinstance(rule, AccessRule):
                await rule.admit(request)
            elif rule is not None:
                request.scope[BODY_LIMIT] = MOST_PUBLIC_BYTES
            return await handler(self.request_class(request.scope, request.receive))

        return handle


class ForgivingRoute(StrictRoute):
    """A route whose bodies are read by `ForgivingRequest`."""

    request_class = ForgivingRequest


def router(tag: str) -> APIRouter:
    """A domain's router, under /v1."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=StrictRoute)
