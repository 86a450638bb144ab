"""Every GET that names something: what is not there is a 404, and what has no optional part is shown without it."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.ground.web.openapi import api_routes
from app.main import create_app
from tests.contract import contract
from tests.factories.identity import bearer, make_user

_APP = create_app(Settings(token_secret="x" * 40), Database("postgresql://nowhere"))  # type: ignore[arg-type]  # parsed
ROUTES = sorted(
    str(route.path_format)
    for route in api_routes(_APP)
    if "GET" in (route.methods or ()) and "{" in str(route.path_format)
)

NOBODY = str(UUID(int=7))
ABSENT = {
    "code": "NOBODY",
    "rep_code": "NOBODY",
    "channel": "nobody's",
    "iso_week": "2026-W49",
    "visit_date": "2026-11-30",
    "kpi": "coverage",
    "quarter": "2026-Q1",
    "month": "2026-10",
    "number": "NOBODY-2026-1",
    "entry_id": "7",
}
BARE = ABSENT | {"code": "BARE", "rep_code": "BARE", "channel": "bare"}
QUERY = {"key": "x", "from": "2026-11-23", "to": "2026-11-23"}
WITHOUT_A_THING = frozenset(
    {
        "/v1/compliance/{kpi}/evidence",
        "/v1/channel-terms/{channel}/versions",
        "/v1/assortment-targets/{quarter}/versions",
        "/v1/points/months/{month}/statements",
    }
)
"""Those whose path names none that could be absent: every KPI is there, every channel, with terms or without, every
quarter, with targets or without, and every month, closed or not.
"""
BARE_PATHS = (
    "/v1/territories/{code}",
    "/v1/reps/{code}",
    "/v1/outlets/{code}",
    "/v1/products/{code}",
    "/v1/outlets/{code}/terms",
    "/v1/channel-terms/{channel}/versions",
    "/v1/territories/{code}/workday",
    "/v1/reps/{rep_code}/workday",
    "/v1/reps/{rep_code}/points",
)
"""What there is to be shown of a thing that has nothing optional."""
BODIES: dict[str, Any] = {
    "territories": {"name": "Bare", "time_zone": "Europe/Athens"},
    "reps": {"name": "Bare", "territory_code": "BARE"},
    "outlets": {"name": "Bare", "territory_code": "BARE"},
    "products": {"name": "Bare", "unit": "piece", "list_price": "1"},
}


def query_of(path: str) -> dict[str, str]:
    """Those of the parameters that the route has."""
    names = {parameter["name"] for parameter in contract()["paths"][path]["get"].get("parameters", ())}
    return {name: value for name, value in QUERY.items() if name in names}


def address_of(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], NOBODY), path)


@pytest.mark.parametrize("path", sorted(set(ROUTES) - WITHOUT_A_THING))
async def test_what_is_not_there_is_not_found(
    path: str, app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    admin = bearer(app, await make_user(session, Role.ADMIN))
    answer = await api.get(address_of(path, ABSENT), params=query_of(path), headers=admin)
    assert answer.status_code == 404, answer.text


async def test_what_has_no_optional_part_is_shown_without_it(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    admin = bearer(app, await make_user(session, Role.ADMIN))
    for kind, body in BODIES.items():
        made = await api.put(f"/v1/{kind}/BARE", json=body, headers=admin)
        assert made.status_code == 201, made.text
    made = await api.put("/v1/channel-terms/bare", json={}, headers=admin)
    assert made.status_code == 201, made.text
    statuses = {}
    for path in ROUTES:
        answer = await api.get(address_of(path, BARE), params=query_of(path), headers=admin)
        statuses[path] = answer.status_code
    assert {path for path, status in statuses.items() if status not in {200, 404}} == set()
    assert {path for path in BARE_PATHS if statuses[path] != 200} == set()
