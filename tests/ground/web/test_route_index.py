"""Routers are found by how a path begins, and what no router has is answered as without an index."""

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match

from app.doors.console.app import ROUTERS as CONSOLE_ROUTERS
from app.ground.web.route_index import RouteIndex, include
from app.main import ROUTERS


def request_scope(method: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": re.sub(r"\{\w+(:\w+)?\}", "a", path), "headers": []}


def index_of(app: FastAPI) -> RouteIndex:
    (index,) = (route for route in app.routes if isinstance(route, RouteIndex))
    return index


def asked_in_turn(routers: Sequence[APIRouter]) -> list[BaseRoute]:
    """The same routers as FastAPI includes them by itself."""
    app = FastAPI(openapi_url=None)
    for router in routers:
        app.include_router(router)
    return app.routes


def test_the_index_finds_what_the_routers_answer_when_asked_in_turn(built_app: FastAPI) -> None:
    for app, routers in ((built_app, ROUTERS), (built_app.state.console, CONSOLE_ROUTERS)):
        index, routes = index_of(app), asked_in_turn(routers)
        paths = {route.path for route in iter_route_contexts(routes) if route.path is not None}
        assert len(paths) > 30
        for path in [*paths, "/v1/nowhere", "/nowhere", "/v1", "/", ""]:
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                scope = request_scope(method, path)
                in_turn = any(route.matches(dict(scope))[0] is Match.FULL for route in routes)
                assert (index.matches(scope)[0] is Match.FULL) == in_turn, (method, path)


async def test_the_router_that_was_included_first_answers() -> None:
    first, second, app = APIRouter(), APIRouter(), FastAPI()
    first.add_api_route("/v1/orders/late", lambda: "late orders")
    second.add_api_route("/v1/orders/{code}", lambda code: f"order {code}")
    include(app, [first, second], parts=2)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as client:
        assert (await client.get("/v1/orders/late")).json() == "late orders"
        assert (await client.get("/v1/orders/7")).json() == "order 7"
        assert (await client.get("/v1/orders/7/lines")).status_code == 404
        assert (await client.post("/v1/orders/7")).status_code == 405


def test_a_router_that_nothing_tells_apart_is_refused() -> None:
    router = APIRouter()
    router.add_api_route("/v1/{kind}", lambda kind: kind)
    with pytest.raises(ValueError, match=r"no router is found by /v1/\{kind\}"):
        include(FastAPI(), [router], parts=2)
