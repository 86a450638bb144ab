"""Whatever record an answer holds, its reader could have read it directly (decision 52): every list, every caller.

In a world that is as tangled as the field: a rep of A checks in at an outlet of B, is doubted together with a rep of B,
and an outlet that was in A's plan and has ordered belongs to B by now.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.sight import OUT_OF_SIGHT
from app.ground.web.access import Scope
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.architecture.access_table import ENTRIES
from tests.architecture.access_world import CALLERS, MONDAY, MORNING, World, make_penalty
from tests.architecture.test_access import connection, half_past_five, world
from tests.factories.call_tasks import make_call_task
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_client
from tests.factories.orders import make_order, make_receipt
from tests.factories.outlets import make_outlet
from tests.factories.visits import make_visit

__all__ = ["connection", "half_past_five", "world"]

DIRECT = {
    "orders": "/v1/orders/{}",
    "recent_orders": "/v1/orders/{}",
    "check_ins": "/v1/check-ins/{}",
    "visits": "/v1/visits/{}",
}
"""Members that hold records, and where each of those is read by itself."""

BY_KIND = {"order": "/v1/orders/{}", "check_in": "/v1/check-ins/{}", "visit": "/v1/visits/{}"}
"""What records name by id: `order_id`, or an id beside what it is of."""


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


def references(value: Any) -> Iterator[str]:
    """The address of each record that an answer names by its id."""
    if isinstance(value, dict):
        for kind, address in BY_KIND.items():
            if isinstance(id_ := value.get(f"{kind}_id"), str):
                yield address.format(id_)
            if kind in {value.get("kind"), value.get("type")} and value.get("id"):
                yield address.format(value["id"])
        value = list(value.values())
    if isinstance(value, list):
        for held in value:
            yield from references(held)


def named_outlets(value: Any, rep_code: str | None = None) -> Iterator[tuple[str, str | None, bool]]:
    """Each outlet that an answer names: its code, whose record it stands in, and whether more is told of it."""
    if isinstance(value, dict):
        rep_code = value.get("rep_code") or rep_code
        if value.get("outlet_code"):
            tells = {"outlet_name", "outlet_phone", "outlet_address", "location"}
            yield value["outlet_code"], rep_code, any(value.get(name) for name in tells)
        value = list(value.values())
    if isinstance(value, list):
        for held in value:
            yield from named_outlets(held, rep_code)


def reads(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    """Every GET of the table with its address in the world, and that of the visit at the outlet of B."""
    yield f"/v1/visits/{world['ad_hoc_visit']}", {}
    for route, entry in ENTRIES.items():
        method, _, template = route.partition(" ")
        if method == "GET" and not template.endswith((".xlsx", ".ics", "/metrics")):
            path = template.replace("{kpi}", "coverage")
            for name in entry.path:
                path = re.sub(r"\{[\w:]+\}", world[name], path, count=1)
            yield path, entry.query


@pytest.fixture(scope="module")
async def tangled(connection: AsyncConnection, world: World) -> World:
    """The world, tangled."""
    async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
        rep = (await session.scalars(select(Rep).where(Rep.code == world["rep_1"]))).one()
        foreign = (await session.scalars(select(Outlet).where(Outlet.code == world["outlet_b"]))).one()
        await tangle(session, world, rep, foreign)
        await session.commit()
    return world


async def tangle(session: AsyncSession, world: World, rep: Rep, foreign: Outlet) -> None:
    ad_hoc = await make_visit(session, rep, foreign, approved_at=None)
    check_in = await make_stored_check_in(session, rep, foreign, at=MORNING)
    await make_receipt(session, "check_in", check_in.id, MONDAY, MORNING)
    earlier = {"id": world["check_in_1"], "kind": "check_in", "outlet_code": world["outlet_a"]}
    spot = {"earlier": earlier, "distance_m": 3.5, "outlets_apart_m": 1234.5}
    phone = {"rep_codes": [world["rep_b"]], "phones": [{"used": [{"rep_code": world["rep_b"], "events": 7}]}]}
    told: dict[str, dict[str, Any]] = {
        "one_spot": spot,
        "shared_device": phone,
        "mock_location": {"lat": 38.1, "lon": 21.7},
    }
    for rule, evidence in told.items():
        session.add(signal_of(rep, foreign, check_in.id, rule, evidence))
    given_away = await make_outlet(session, await session.get_one(Territory, rep.territory_id))
    planned = await make_visit(session, rep, given_away)
    await make_order(session, given_away, rep=rep)
    await make_penalty(session, rep, planned)
    given_away.territory_id = foreign.territory_id
    await session.flush()
    await make_call_task(session, given_away)
    world.names |= {"ad_hoc_visit": str(ad_hoc.id), "given_away": given_away.code}


def signal_of(rep: Rep, outlet: Outlet, subject_id: UUID, rule: str, evidence: dict[str, Any]) -> RiskSignal:
    return RiskSignal(
        id=uuid4(),
        rule=rule,
        subject_type="check_in",
        subject_id=subject_id,
        territory_id=rep.territory_id,
        rep_id=rep.id,
        outlet_id=outlet.id,
        business_date=MONDAY,
        evidence=evidence,
        explanation=f"The figures of {rule} in words.",
        raised_at=MORNING,
    )


@pytest.fixture
async def headers(caller: str, app: FastAPI, connection: AsyncConnection, tangled: World) -> dict[str, str]:
    """Of a caller of the world, or of a client with one scope."""
    if caller in tangled.headers:
        return tangled.headers[caller]
    async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
        headers = bearer(app, await make_client(session, caller))
        await session.commit()
    return headers


@pytest.mark.parametrize("caller", [*CALLERS, *(scope.value for scope in Scope)])
async def test_every_record_within_an_answer_can_be_read_directly(
    caller: str, api: httpx.AsyncClient, tangled: World, headers: dict[str, str]
) -> None:
    within: set[tuple[str, str]] = set()
    named: set[str] = set()
    outlets: set[tuple[str, str | None, bool]] = set()
    for path, query in reads(tangled):
        answer = await api.get(path, params=query, headers=headers)
        if answer.status_code == 200 and "json" in answer.headers["content-type"]:
            within |= set(records(answer.json()))
            named |= set(references(answer.json()))
            outlets |= set(named_outlets(answer.json()))
    for member, id_ in sorted(within):
        direct = await api.get(DIRECT[member].format(id_), headers=headers)
        reached = direct.status_code == 200 or (member == "visits" and direct.status_code == 404)
        assert reached, f"{caller} was shown {member} {id_}, and may not read it: {direct.status_code}"
    for path in sorted(named):
        # 403: the caller reads no records of this kind at all, and an id tells it nothing
        status = (await api.get(path, headers=headers)).status_code
        assert status in {200, 403}, f"{caller} was told of {path}, which is out of its sight: {status}"
    # what the office has put into an approved plan is shown, wherever the outlet belongs by now (decision 52)
    unplanned = {named for named in outlets if named[0] != tangled["given_away"]}
    await check_outlets(caller, api, headers, unplanned)
    if caller in {"admin", "supervisor_a", "device_1", "operator_a"}:
        assert {member for member, _ in within} & {"orders", "recent_orders"}, "the walk found no order at all"


async def check_outlets(
    caller: str, api: httpx.AsyncClient, headers: dict[str, str], outlets: set[tuple[str, str | None, bool]]
) -> None:
    """An outlet out of sight is named by its code alone, and only where the caller's own rep was there."""
    for code, rep_code, tells_more in sorted(outlets, key=str):
        if (await api.get(f"/v1/outlets/{code}", headers=headers)).status_code == 404:
            own = rep_code is not None and (await api.get(f"/v1/reps/{rep_code}", headers=headers)).status_code == 200
            assert own, f"{caller} was told of outlet {code}"
            assert not tells_more, f"{caller} was told more than the code of outlet {code}"


RULES = {"one_spot", "shared_device", "mock_location"}


@pytest.mark.parametrize(("caller", "whole"), [("admin", RULES), ("supervisor_a", {"mock_location"})])
async def test_a_doubt_tells_no_figures_of_outlets_and_reps_out_of_sight(
    caller: str, whole: set[str], api: httpx.AsyncClient, tangled: World, headers: dict[str, str]
) -> None:
    visit = (await api.get(f"/v1/visits/{tangled['ad_hoc_visit']}", headers=headers)).json()
    listed = (await api.get("/v1/risk-signals", headers=headers)).json()["items"]
    subject = visit["check_ins"][0]["id"]
    for signals in (visit["risk_signals"], [signal for signal in listed if signal["subject"]["id"] == subject]):
        assert {signal["rule"] for signal in signals} == RULES
        assert {signal["rule"] for signal in signals if signal["evidence"]} == whole
        assert {signal["rule"] for signal in signals if signal["explanation"] != OUT_OF_SIGHT} == whole
