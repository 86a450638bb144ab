"""Putting targets, asking for the mix and closing quarters, as callers of the API do."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.motivation.assortment_mix.worlds import QUARTER

Headers = dict[str, str]
LogIn = Callable[[], Headers]


async def put(
    api: httpx.AsyncClient, caller: Headers, body: dict[str, Any], quarter: str = QUARTER, **headers: str
) -> httpx.Response:
    return await api.put(f"/v1/assortment-targets/{quarter}", json=body, headers=caller | headers)


async def plan(
    api: httpx.AsyncClient, caller: Headers, code: str | None = None, quarter: str = QUARTER, **shares: str
) -> Any:
    """Put shares that are sound; the answer's members."""
    answer = await put(api, caller, {"territory_code": code, "shares": shares}, quarter)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def mix(api: httpx.AsyncClient, caller: Headers, code: str | None, quarter: str = QUARTER) -> Any:
    """What the territory's quarter comes to."""
    query = {"quarter": quarter} | ({} if code is None else {"territory_code": code})
    answer = await api.get("/v1/assortment-mix", params=query, headers=caller)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def close(api: httpx.AsyncClient, caller: Headers, code: str, quarter: str = QUARTER) -> httpx.Response:
    return await api.post(f"/v1/assortment-mix/{quarter}/close", json={"territory_code": code}, headers=caller)


async def reopen(api: httpx.AsyncClient, caller: Headers, code: str, quarter: str = QUARTER) -> httpx.Response:
    body = {"territory_code": code, "reason": "The targets were last year's."}
    return await api.post(f"/v1/assortment-mix/{quarter}/reopen", json=body, headers=caller)
