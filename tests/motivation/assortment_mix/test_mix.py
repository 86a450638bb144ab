"""What a quarter's orders come to, by the API (MX1, MX2)."""

from typing import Any

import httpx

from tests.motivation.assortment_mix.worlds import QUARTER, MixWorld

Headers = dict[str, str]


async def put(api: httpx.AsyncClient, admin: Headers, territory_code: str | None = None, **shares: str) -> None:
    body = {"territory_code": territory_code, "shares": shares}
    answer = await api.put(f"/v1/assortment-targets/{QUARTER}", json=body, headers=admin)
    assert answer.status_code in {200, 201}, answer.text


async def mix(api: httpx.AsyncClient, caller: Headers, world: MixWorld, quarter: str = QUARTER) -> Any:
    query = {"quarter": quarter, "territory_code": world.territory.code}
    answer = await api.get("/v1/assortment-mix", params=query, headers=caller)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_score_is_one_minus_half_of_what_the_shares_are_off(
    api: httpx.AsyncClient, admin: Headers, supervisor: Headers, world: MixWorld
) -> None:
    await put(api, admin, chocolate="0.50", biscuits="0.50")
    await world.orders(30, chocolate=6, biscuits=3, drinks=1)
    figures = await mix(api, supervisor, world)
    assert (figures["score"], figures["orders"], figures["bonus_share"]) == ("0.8", 30, "0.4")
    assert figures["shares"] == [
        {"group": "biscuits", "target": "0.5", "actual": "0.3", "value": "90.00"},
        {"group": "chocolate", "target": "0.5", "actual": "0.6", "value": "180.00"},
        {"group": None, "target": "0", "actual": "0.1", "value": "30.00"},
    ]
