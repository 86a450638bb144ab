"""Whether answers have the headers that the contract tells of: every answer that the client of the tests gets."""

from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Match

from app.ground.web.openapi import api_routes
from app.ground.web.response_headers import COMPONENTS
from tests.contract import contract


class ToldHeaders:
    """The headers of the contract, by operation and status."""

    def __init__(self, app: FastAPI) -> None:
        self._routes = list(api_routes(app))
        self._contract = contract()
        self._operation = cache(self._find_operation)

    async def compare(self, answer: httpx.Response) -> None:
        """Fail where an answer that the contract knows has another header than it says, or lacks one."""
        operation = self._operation(answer.request.method, answer.request.url.path)
        described = operation["responses"].get(str(answer.status_code)) if operation else None
        if described is None:
            return
        told = set(self._resolved(described)["headers"])
        sent = {name for name in COMPONENTS if name.lower() in answer.headers}
        lacking = {name for name in told - sent if COMPONENTS[name].get("required")}
        where = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
        assert sent <= told, f"{where}: the contract does not tell of {sent - told}"
        assert not lacking, f"{where}: the contract tells of {lacking}"

    def _find_operation(self, method: str, path: str) -> dict[str, Any] | None:
        scope = {"type": "http", "method": method, "path": path}
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                operation: dict[str, Any] = self._contract["paths"][route.path_format][method.lower()]
                return operation
        return None

    def _resolved(self, response: dict[str, Any]) -> dict[str, Any]:
        name = response.get("$ref", "").rpartition("/")[2]
        resolved: dict[str, Any] = self._contract["components"]["responses"][name] if name else response
        return resolved
