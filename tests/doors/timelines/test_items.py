"""Each kind of thing that happens at an outlet stands in its timeline, and tells what its type tells."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.timelines.records import TimelineType
from app.doors.timelines.registry import REGISTRY
from app.ground.clock import SetClock
from app.ground.web.access import Role
from tests.doors.timelines.worlds import CASES, LATER, Case, make_shop
from tests.factories.identity import bearer, make_user


def filled_in(value: Any, **codes: str) -> Any:
    return value.format_map(codes) if isinstance(value, str) else value


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_what_happens_is_told(
    case: Case, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, the_clock: SetClock
) -> None:
    the_clock.move_to(LATER)
    shop = await make_shop(session)
    await case.make(shop)
    await session.flush()
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, shop.territory))
    query = {"types": case.type.value}
    answer = await api.get(f"/v1/outlets/{shop.outlet.code}/timeline", params=query, headers=supervisor)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert {item["type"] for item in items} == {case.type.value}
    assert [item["title"] for item in items] == [title for title, _, _, _ in case.items]
    for item, (_, at, actor, facts) in zip(items, case.items, strict=True):
        codes = {"rep": shop.rep.code, "product": shop.product.code}
        assert item["at"] == at.isoformat().replace("+00:00", "Z")
        assert item["actor"] == filled_in(actor, **codes)
        assert item["facts"] | {name: filled_in(fact, **codes) for name, fact in facts.items()} == item["facts"]
        assert item["rep_code"] == (shop.rep.code if case.of_rep else None)
        assert set(item["facts"]) in [set(source.facts) for source in REGISTRY[case.type]]
        if item["href"] is not None:
            assert (await api.get(item["href"], headers=supervisor)).status_code == 200, item["href"]


def test_every_type_has_a_case() -> None:
    assert {case.type for case in CASES} == set(TimelineType) == set(REGISTRY)
