"""Terms by channel: defaults, overrides, who changed what from when."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.service import SYSTEM
from app.ground.db.session import Database
from app.ground.web.access import Scope
from app.masters.outlets import channel_queries, listings
from app.masters.outlets.channel_terms import put_channel_terms
from app.masters.outlets.models import Outlet, OutletTerms
from app.masters.outlets.terms import BY_CHANNEL, ChannelDefaults, holding, own_after, own_terms, said_of, sources_of
from app.masters.outlets.terms_schemas import ChannelTermsBody, TermsBody
from tests.conftest import MONDAY_NOON, Statements
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

CHANNEL = "/v1/channel-terms/kiosk"


@pytest.fixture
async def erp(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> dict[str, str]:
    await make_territory(session, code="PAT")
    await make_product(session, code="CHO-1")
    client = await make_client(session, Scope.MASTER_READ, Scope.MASTER_WRITE)
    await session.flush()
    return bearer(app, client)


async def put_outlet(api: httpx.AsyncClient, erp: dict[str, str], **fields: Any) -> dict[str, Any]:
    body = {"name": "Kiosk", "territory_code": "PAT", "channel": "kiosk"} | fields
    answer = await api.put("/v1/outlets/O-1", json=body, headers=erp)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put_channel(api: httpx.AsyncClient, erp: dict[str, str], **terms: Any) -> httpx.Response:
    return await api.put(CHANNEL, json=terms, headers=erp)


async def get_outlet(api: httpx.AsyncClient, erp: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/v1/outlets/O-1", headers=erp)).json()
    return found


async def test_an_outlet_has_the_terms_of_its_channel_but_for_its_own(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    await put_channel(api, erp, order_due_time="16:00", min_order_value="20", mismatch_answered_by="warehouse")
    outlet = await put_outlet(api, erp, terms={"min_order_value": "35"})
    held = outlet["effective_terms"]
    assert (held["order_due_time"], held["min_order_value"], held["mismatch_answered_by"]) == (
        "16:00",
        "35.00",
        "warehouse",
    )
    assert held["sources"] == {
        "order_due_time": "channel",
        "min_order_value": "outlet",
        "mismatch_answered_by": "channel",
    }
    assert (outlet["terms"]["order_due_time"], outlet["terms"]["min_order_value"]) == (None, "35.00")


async def test_a_channels_new_terms_reach_its_outlets_where_they_have_none_of_their_own(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    before = await put_outlet(api, erp, terms={"order_due_time": "15:00"})
    assert (await put_channel(api, erp, order_due_time="16:00", orders_per_week="2")).status_code == 201
    after = await get_outlet(api, erp)
    assert (after["effective_terms"]["order_due_time"], after["effective_terms"]["orders_per_week"]) == ("15:00", "2")
    assert (after["version"], after["effective_terms"]["version"]) == (before["version"] + 1, 2)
    assert after["terms"] == before["terms"]


async def test_an_outlet_that_comes_to_another_channel_gets_its_terms(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    await put_channel(api, erp, min_gap_days=3)
    assert (await put_outlet(api, erp, channel="grocery"))["effective_terms"] is None
    held = (await put_outlet(api, erp, channel="kiosk"))["effective_terms"]
    assert (held["min_gap_days"], held["channel"], held["channel_version"]) == (3, "kiosk", 1)
    gone = (await put_outlet(api, erp, channel=None))["effective_terms"]
    assert (gone["min_gap_days"], gone["channel"], gone["sources"]) == (None, None, {})


async def test_a_must_stock_list_is_the_channels_unless_the_outlet_has_one_or_wants_none(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    item = {"product_code": "CHO-1", "min_quantity": "6"}
    await put_channel(api, erp, must_stock=[item])

    async def held(**terms: Any) -> list[Any]:
        outlet = await put_outlet(api, erp, terms=terms)
        found: list[Any] = outlet["effective_terms"]["must_stock"]
        return found

    assert await held() == [item]
    assert await held(must_stock=[item | {"min_quantity": "12"}]) == [item | {"min_quantity": "12"}]
    assert await held(without_must_stock=True) == []
    assert (await get_outlet(api, erp))["terms"]["without_must_stock"]


async def test_a_patch_of_an_outlet_makes_nothing_its_own_that_was_the_channels(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    await put_channel(api, erp, order_due_time="16:00")
    await put_outlet(api, erp, terms={"min_gap_days": 2})
    await api.patch("/v1/outlets/O-1", json={"name": "New", "terms": {"min_gap_days": 3}}, headers=erp)
    await put_channel(api, erp, order_due_time="16:30")
    held = (await get_outlet(api, erp))["effective_terms"]
    assert (held["order_due_time"], held["min_gap_days"]) == ("16:30", 3)


async def test_terms_that_change_nothing_make_no_version(
    api: httpx.AsyncClient, erp: dict[str, str], session: AsyncSession
) -> None:
    await put_channel(api, erp, order_due_time="16:00")
    outlet = await put_outlet(api, erp, terms={"order_due_time": "15:00"})
    again = await put_channel(api, erp, order_due_time="16:00")
    assert (again.status_code, again.headers["etag"]) == (200, '"1"')
    await put_channel(api, erp, order_due_time="16:30")
    assert (await get_outlet(api, erp))["version"] == outlet["version"]
    assert await session.scalar(select(func.count()).select_from(OutletTerms)) == 1


async def test_the_history_of_an_outlet_tells_who_changed_what_from_when(
    api: httpx.AsyncClient, erp: dict[str, str], the_clock: clock.SetClock
) -> None:
    await put_outlet(api, erp, terms={"order_due_time": "15:00"})
    the_clock.move_to(MONDAY_NOON + timedelta(minutes=5))
    await put_channel(api, erp, visits_per_week="2")
    the_clock.move_to(MONDAY_NOON + timedelta(minutes=10))
    await put_outlet(api, erp, terms={"order_due_time": "15:00", "credit_hold": True})
    versions = (await api.get("/v1/outlets/O-1/terms", headers=erp)).json()["items"]
    assert [(one["version"], one["changed"]) for one in versions] == [
        (3, ["credit_hold"]),
        (2, ["visits_per_week"]),
        (1, ["order_due_time"]),
    ]
    assert [one["valid_from"][11:16] for one in versions] == ["10:10", "10:05", "10:00"]
    assert all(one["changed_by"].startswith("client:") for one in versions)
    assert [one["channel_version"] for one in versions] == [1, 1, None]


async def test_the_history_is_paged_without_losing_what_the_last_of_a_page_changed(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    for days in range(1, 6):
        await put_channel(api, erp, min_gap_days=days)
    first = (await api.get(f"{CHANNEL}/versions?limit=2", headers=erp)).json()
    assert [(one["version"], one["changed"]) for one in first["items"]] == [
        (5, ["min_gap_days"]),
        (4, ["min_gap_days"]),
    ]
    rest = (await api.get(f"{CHANNEL}/versions?limit=5&cursor={first['next_cursor']}", headers=erp)).json()
    assert [one["version"] for one in rest["items"]] == [3, 2, 1]


async def test_a_channel_that_never_had_terms_has_no_versions(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    versions = await api.get("/v1/channel-terms/nowhere/versions", headers=erp)
    assert (versions.status_code, versions.json()) == (200, {"items": [], "next_cursor": None})


async def test_a_channel_is_changed_by_who_has_read_it_last(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    await put_channel(api, erp, min_gap_days=1)
    stale = await api.put(CHANNEL, json={"min_gap_days": 2}, headers=erp | {"If-Match": '"7"'})
    assert stale.status_code == 412
    assert (await api.get(CHANNEL, headers=erp)).json()["min_gap_days"] == 1


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"must_stock": [{"product_code": "NONE"}]}, "/must_stock/0/product_code"),
        ({"orders_per_week": "0"}, "/orders_per_week"),
        ({"visits_per_week": "22"}, "/visits_per_week"),
        ({"mismatch_answered_by": "nobody"}, "/mismatch_answered_by"),
        ({"allowed_weekdays": [8]}, "/allowed_weekdays/0"),
    ],
)
async def test_unsound_terms_are_refused(
    api: httpx.AsyncClient, erp: dict[str, str], terms: dict[str, Any], pointer: str
) -> None:
    answer = await put_channel(api, erp, **terms)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_list_and_no_list_at_once_is_refused(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    terms = {"must_stock": [{"product_code": "CHO-1"}], "without_must_stock": True}
    body = {"name": "Kiosk", "territory_code": "PAT", "terms": terms}
    assert (await api.put("/v1/outlets/O-1", json=body, headers=erp)).status_code == 422


async def test_a_channel_without_terms_is_not_found(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    assert (await api.get(CHANNEL, headers=erp)).status_code == 404


async def test_any_number_of_outlets_gets_new_terms_by_the_same_statements(
    api: httpx.AsyncClient, erp: dict[str, str], session: AsyncSession, statements: Statements
) -> None:
    territory = await make_territory(session)
    counts = []
    for days, outlets in ((1, 1), (2, 30)):
        for _ in range(outlets):
            await make_outlet(session, territory, channel="kiosk")
        await session.flush()
        await statements.taken()
        await put_channel(api, erp, min_gap_days=days)
        counts.append(len(await statements.taken()))
    assert counts[0] == counts[1]
    assert (
        await session.scalar(select(func.count()).select_from(OutletTerms).where(OutletTerms.min_gap_days == 2)) == 31
    )
    assert await session.scalar(select(func.count()).select_from(Outlet).where(Outlet.terms_version == 3)) == 1


OWN = st.fixed_dictionaries(
    {},
    optional={
        "order_due_time": st.sampled_from(["15:00", "16:30"]),
        "visits_per_week": st.sampled_from(["1", "0.5"]),
        "min_gap_days": st.integers(0, 5),
        "must_stock": st.just([{"product_code": "CHO-1", "min_quantity": "6"}]),
        "credit_hold": st.booleans(),
        "without_must_stock": st.just(value=False),
    },
)


def own_of(terms: dict[str, Any]) -> dict[str, Any]:
    return own_after({}, said_of(TermsBody.model_validate(terms)))


@given(OWN, OWN)
def test_what_an_outlet_has_agreed_on_is_read_back_whatever_its_channel_has(
    own: dict[str, Any], of_channel: dict[str, Any]
) -> None:
    terms = TermsBody.model_validate(own)
    defaults = ChannelDefaults("kiosk", 1, own_of(of_channel))
    held = holding(own_of(own), defaults) | {"credit_hold": terms.credit_hold}
    assert TermsBody.model_validate(own_terms(held).model_dump()) == terms
    for name in BY_CHANNEL:
        source = sources_of(held).get(name)
        assert held[name] == (own_of(own)[name] if source == "outlet" else defaults.values.get(name, held[name]))
        assert (source == "outlet") == (name in own_of(own))


async def test_a_patch_of_an_outlet_and_a_change_of_its_channels_terms_wait_for_each_other_in_one_order(
    committed: Database,
) -> None:
    async with committed.transaction() as session:
        await make_outlet(session, await make_territory(session), code="O-1", channel="kiosk")

    async def change_the_channel() -> None:
        async with committed.transaction() as session:
            terms = ChannelTermsBody(min_gap_days=3)
            await put_channel_terms(session, "kiosk", terms, MONDAY_NOON, SYSTEM)

    async with committed.transaction() as session:
        await listings.lock_outlet(session, "O-1")
        change = asyncio.create_task(change_the_channel())
        done, _ = await asyncio.wait({change}, timeout=0.5)
        assert not done
        async with asyncio.timeout(0.5):  # had the channel's change gone ahead, this would wait for it
            await channel_queries.defaults_of(session, ["kiosk"])
    await change
    async with committed.read_only() as session:
        outlet = await listings.outlet(session, "O-1", None)
    assert outlet is not None
    assert outlet.effective_terms is not None
    assert outlet.effective_terms.min_gap_days == 3
