"""The rep who looks after an outlet, and how long a visit there takes."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import SYSTEM
from app.ground.web.access import Role
from app.masters.outlets import service as outlets
from app.masters.outlets.models import Outlet
from tests.conftest import Statements
from tests.factories.identity import bearer, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

SHOP = {"name": "Shop", "territory_code": "PAT"}


@pytest.fixture
async def headers(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    for code in ("PAT", "ATH"):
        territory = await make_territory(session, code=code)
        await make_rep(session, territory, code=f"{code}-R1")
    return bearer(app, await make_user(session, Role.ADMIN))


async def put(api: httpx.AsyncClient, headers: dict[str, str], **body: Any) -> httpx.Response:
    return await api.put("/v1/outlets/O-1", json=SHOP | body, headers=headers)


async def test_outlets_are_assigned_by_three_statements_and_what_a_rep_has_already_stays_as_it_is(
    session: AsyncSession, statements: Statements
) -> None:
    territory = await make_territory(session)
    rep, colleague = await make_rep(session, territory), await make_rep(session, territory)
    free, kept, taken = [await make_outlet(session, territory, rep_id=id_) for id_ in (None, rep.id, colleague.id)]
    await session.execute(update(Outlet).values(version=5, changed_in=1).execution_options(synchronize_session=False))
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    await statements.taken()
    await outlets.assign(session, {outlet.id: rep.id for outlet in (free, kept, taken)}, at, SYSTEM)
    assert len(await statements.taken()) == 3
    for outlet, version in ((free, 6), (kept, 5), (taken, 6)):
        await session.refresh(outlet)
        assert (outlet.rep_id, outlet.version) == (rep.id, version)
        assert (outlet.changed_in > 1, outlet.updated_at == at) == (version == 6, version == 6)


async def test_an_outlet_has_no_rep_until_it_is_given_one(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await put(api, headers)).json()["rep_code"] is None
    assert (await put(api, headers, rep_code="PAT-R1")).json()["rep_code"] == "PAT-R1"


async def test_a_put_that_does_not_say_the_rep_leaves_it_and_null_takes_it_away(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await put(api, headers, rep_code="PAT-R1")
    assert (await put(api, headers, phone="210")).json()["rep_code"] == "PAT-R1"
    assert (await put(api, headers, rep_code=None)).json()["rep_code"] is None


async def test_an_outlet_that_goes_to_another_territory_leaves_its_rep_behind(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await put(api, headers, rep_code="PAT-R1")
    patched = await api.patch("/v1/outlets/O-1", json={"territory_code": "ATH"}, headers=headers)
    assert (patched.status_code, patched.json()["rep_code"]) == (200, None)
    await put(api, headers, rep_code="PAT-R1")
    assert (await put(api, headers, territory_code="ATH")).json()["rep_code"] is None


@pytest.mark.parametrize(("rep_code", "code"), [("NOBODY", "unknown_rep"), ("ATH-R1", "rep_of_another_territory")])
async def test_a_rep_who_cannot_look_after_it_is_refused(
    api: httpx.AsyncClient, headers: dict[str, str], rep_code: str, code: str
) -> None:
    answer = await put(api, headers, rep_code=rep_code)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_how_long_a_visit_takes_is_a_term_of_the_outlet_or_of_its_channel(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await api.put("/v1/channel-terms/kiosk", json={"service_minutes": 10}, headers=headers)
    assert (await put(api, headers, channel="kiosk")).json()["effective_terms"]["service_minutes"] == 10
    own = (await put(api, headers, channel="kiosk", terms={"service_minutes": 45})).json()
    assert own["effective_terms"]["service_minutes"] == own["terms"]["service_minutes"] == 45
