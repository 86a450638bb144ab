"""Who sends a body is known before it is read, and what it holds is bounded before it is parsed: for all routers."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from json import JSONDecodeError
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import AccessRule, Caller, access_of
from app.ground.web.fair_shares import FairShares, Share, share_of
from app.ground.web.forgiving_json import forgiving_loads
from app.ground.web.paths import restore_slashes
from app.ground.web.versions import is_the_versions, unchanged
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
    """A route that takes no parameter which it does not have, and whose bodies are read by `JsonRequest`, once the
    caller is let in. A costly one is answered within the caller's share (`fair_shares`).
    """

    request_class: type[Request] = JsonRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it: its own would read the body first, and then look who sent it."""
        handler = super().get_route_handler()
        rule, has_body = access_of(self.dependant), self.body_field is not None
        parameters, share = query_parameters(self.dependant), share_of(self.endpoint)
        unchanging = is_the_versions(self.endpoint)

        async def handle(request: Request) -> Response:
            restore_slashes(request.scope)
            unknown = [] if not request.scope["query_string"] else sorted({*request.query_params} - parameters)
            caller = None
            if isinstance(rule, AccessRule) and (has_body or unknown or share is not None):
                caller = await rule.admit(request)
            elif has_body:
                request.scope[BODY_LIMIT] = MOST_PUBLIC_BYTES
            if unknown:
                raise _unknown_parameters(unknown, parameters)
            with _taken(request, share, caller):
                response = await handler(self.request_class(request.scope, request.receive))
            return unchanged(request, response) if unchanging else response

        return handle


def query_parameters(dependant: Any) -> frozenset[str]:
    """The names of every query parameter of a route, those of what it depends on among them."""
    own = {parameter.alias for parameter in dependant.query_params}
    return frozenset(own.union(*(query_parameters(dependency) for dependency in dependant.dependencies)))


def _unknown_parameters(names: Sequence[str], parameters: Collection[str]) -> Invalid:
    message = f"This call takes: {', '.join(sorted(parameters))}." if parameters else "This call takes no parameters."
    problems = [FieldProblem(f"/query/{name}", "unknown_parameter", message) for name in names]
    return Invalid("There is no such parameter.", errors=problems)


def _taken(request: Request, share: Share | None, caller: Caller | None) -> AbstractContextManager[None]:
    """The caller's share of a costly route, for as long as it is answered."""
    if share is None or caller is None:
        return nullcontext()
    shares: FairShares = request.app.state.fair_shares
    return shares.taken(share, caller)


class ForgivingRoute(StrictRoute):
    """A route whose bodies are read by `ForgivingRequest`."""

    request_class = ForgivingRequest


def router(tag: str) -> APIRouter:
    """A domain's router, under /v1."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=StrictRoute)
