"""The routers of an app, found by how a request's path begins, instead of each being asked in turn (decision 82).

FastAPI asks one route after the other whether it matches: with hundreds, that takes longer than many an answer.
"""

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_FOUND = "route_index_found"
"""The scope's key of what has matched."""


class RouteIndex(BaseRoute):
    """Stands before the routers that it knows, and matches what one of them matches in full.

    What none does (no such path, or no such method) is left to the routers, asked in turn, as is their answer.
    """

    def __init__(self, routers: Iterable[tuple[BaseRoute, Iterable[str]]], parts: int) -> None:
        """`routers`: how each stands in the app, and its paths; the first are tried first. `parts`: of paths, that
        tell routers apart.

        Raises ValueError for a path in which one of these is not fixed.
        """
        self._parts = parts
        self._routers: dict[str, list[BaseRoute]] = {}
        for router, paths in routers:
            for beginning in dict.fromkeys(map(self._beginning_of, paths)):
                if "{" in beginning:
                    raise ValueError(f"no router is found by {beginning}, which is not fixed")
                self._routers.setdefault(beginning, []).append(router)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """FULL where a router answers the request itself."""
        if scope["type"] == "http":
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            for router in self._routers.get(self._beginning_of(path), ()):
                match, child_scope = router.matches(scope)
                if match is Match.FULL:
                    return match, {**child_scope, _FOUND: router}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the router answer that has matched."""
        router: BaseRoute = scope.pop(_FOUND)
        await router.handle(scope, receive, send)

    def _beginning_of(self, path: str) -> str:
        return "/".join(path.split("/", self._parts + 1)[: self._parts + 1])


def include(app: FastAPI, routers: Sequence[APIRouter], *, parts: int) -> None:
    """Include all these routers in the app, and an index of them before them."""
    first = len(app.router.routes)
    for router in routers:
        app.include_router(router)
    included = app.router.routes[first:]
    paths = [[route.path or "" for route in iter_route_contexts(router.routes)] for router in routers]
    app.router.routes.insert(first, RouteIndex(zip(included, paths, strict=True), parts))
