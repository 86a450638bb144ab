"""Requests that come by the hundred a second, answered before FastAPI looks at them (decision 65).

A hot route stands before a route of FastAPI's, the ordinary one, and answers a request whose head and body are as
usual: as the ordinary one would. Whom it lets in, and how it refuses others, is the ordinary one's rule. It hands on
everything else as it came.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from app.ground.web.access import AccessRule, Caller, CallerKind, access_of
from app.ground.web.fair_shares import share_of

T = TypeVar("T")

_PASSED = "hot_route_passed"
"""The scope's key of a request that goes the ordinary way."""
_JSON = frozenset({b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"})

Read = Callable[[bytes], T | None]
"""What a body says; None where it is not as usual."""
Answer = Callable[[Request, Caller, T], Awaitable[Response]]
"""What the ordinary route would answer to a caller whom it lets in."""


class HotRoute(BaseRoute, Generic[T]):
    """A POST of JSON, by one kind of caller."""

    def __init__(self, router: APIRouter, path: str, *, kind: CallerKind, read: Read[T], answer: Answer[T]) -> None:
        """`path`: of a POST of `router`, with its prefix and without parameters.

        Raises LookupError for any other, and TypeError for one that lets anybody in or is costly.
        """
        self._ordinary = _ordinary(router, path)
        self.path = self.path_format = path
        rule = access_of(self._ordinary.dependant)
        if not isinstance(rule, AccessRule) or share_of(self._ordinary.endpoint) is not None:
            raise TypeError(f"POST {path} lets anybody in, or each caller has a share of it")
        self._rule, self._kind, self._read, self._answer = rule, kind, read, answer

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """FULL for its own requests, until it has handed them on."""
        own = scope["path"] == self.path and scope["type"] == "http" and scope["method"] == "POST"
        return (Match.FULL, {}) if own and _PASSED not in scope else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a usual request, or hand it on with all that has come of it."""
        came: list[Message] = []
        if not scope["query_string"] and _brings_json(scope):
            scope["route"] = self._ordinary  # as log and metrics name it
            request = Request(scope, receive)
            caller = await self._rule.admit(request)  # as the ordinary route does, which does not ask again
            if caller.kind is self._kind:
                body = await _whole_body(receive, came)
                said = None if body is None else self._read(body)
                if said is not None:
                    response = await self._answer(request, caller, said)
                    await response(scope, receive, send)
                    return
        scope[_PASSED] = True
        await scope["router"](scope, _again(came, receive), send)


def install(app: FastAPI, routes: list[HotRoute[Any]]) -> None:
    """Let `app` try these before all others."""
    app.router.routes[:0] = routes


def _ordinary(router: APIRouter, path: str) -> APIRoute:
    for route in router.routes:
        if isinstance(route, APIRoute) and route.path == path and "POST" in (route.methods or ()):
            return route
    raise LookupError(f"there is no POST {path}")


def _brings_json(scope: Scope) -> bool:
    """Whether a request says of its body once, and in one of the usual ways, that it is JSON."""
    types = [value.lower() for name, value in scope["headers"] if name == b"content-type"]
    return len(types) == 1 and types[0] in _JSON


async def _whole_body(receive: Receive, came: list[Message]) -> bytes | None:
    """The body; None where the client has hung up. What came is added to `came`."""
    while True:
        message = await receive()
        came.append(message)
        if message["type"] != "http.request":
            return None
        if not message.get("more_body", False):
            return came[0].get("body", b"") if len(came) == 1 else b"".join([m.get("body", b"") for m in came])


def _again(came: list[Message], receive: Receive) -> Receive:
    """Receives what came once more, then what comes."""
    if not came:
        return receive
    waiting = iter(came)

    async def receive_again() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return receive_again
