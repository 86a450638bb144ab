"""Whatever record an answer holds, its reader could have read it directly (decision 52): every list, every caller."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.ground.web.access import Scope
from tests.architecture.access_table import ENTRIES
from tests.architecture.access_world import CALLERS, World
from tests.architecture.test_access import connection, half_past_five, world
from tests.factories.identity import bearer, make_client

__all__ = ["connection", "half_past_five", "world"]

DIRECT = {
    "orders": "/v1/orders/{}",
    "recent_orders": "/v1/orders/{}",
    "check_ins": "/v1/check-ins/{}",
    "visits": "/v1/visits/{}",
}
"""Members that hold records, and where each of those is read by itself."""


def records(value: Any, member: str = "") -> Iterator[tuple[str, str]]:
    """Each record within an answer: the member that holds it, and its id."""
    if isinstance(value, dict):
        if member in DIRECT and value.get("id"):
            yield member, value["id"]
        for name, held in value.items():
            yield from records(held, name)
    elif isinstance(value, list):
        for held in value:
            yield from records(held, member)


def reads(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    """Every GET of the table with its address in the world."""
    for route, entry in ENTRIES.items():
        method, _, template = route.partition(" ")
        if method == "GET" and not template.endswith((".xlsx", ".ics", "/metrics")):
            path = template.replace("{kpi}", "coverage")
            for name in entry.path:
                path = re.sub(r"\{[\w:]+\}", world[name], path, count=1)
            yield path, entry.query


@pytest.mark.parametrize("caller", [*CALLERS, *(scope.value for scope in Scope)])
async def test_every_record_within_an_answer_can_be_read_directly(
    caller: str, api: httpx.AsyncClient, app: FastAPI, connection: AsyncConnection, world: World
) -> None:
    headers = world.headers.get(caller)
    if headers is None:
        async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
            headers = bearer(app, await make_client(session, caller))
            await session.commit()
    within: set[tuple[str, str]] = set()
    for path, query in reads(world):
        answer = await api.get(path, params=query, headers=headers)
        if answer.status_code == 200 and "json" in answer.headers["content-type"]:
            within |= set(records(answer.json()))
    for member, id_ in sorted(within):
        direct = await api.get(DIRECT[member].format(id_), headers=headers)
        reached = direct.status_code == 200 or (member == "visits" and direct.status_code == 404)
        assert reached, f"{caller} was shown {member} {id_}, and may not read it: {direct.status_code}"
    if caller in {"admin", "supervisor_a", "device_1", "operator_a"}:
        assert {member for member, _ in within} & {"orders", "recent_orders"}, "the walk found no order at all"
