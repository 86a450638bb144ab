import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.ground.audit.service import SYSTEM
from app.ground.db.session import Database
from app.ground.web.access import Caller, CallerKind, Role
from app.ground.web.upserts import UpsertStatus
from app.masters.outlets import proposals
from app.masters.outlets.errors import LocationProposalDecided
from app.masters.outlets.models import LocationProposal, Outlet, OutletLocation, OutletTerms
from app.masters.outlets.proposal_schemas import LocationDecisionBody
from app.masters.outlets.schemas import OutletBody
from app.masters.outlets.service import upsert_outlets
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

CREATED, UPDATED, UNCHANGED, REJECTED = UpsertStatus
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def body(number: int = 0, **change: Any) -> OutletBody:
    location = {"lat": 38.2 + number * 1e-4, "lon": 21.7, "radius_m": 80.0}
    return OutletBody.model_validate(
        {"name": "Shop", "territory_code": "PAT", "location": location, "terms": {"visits_per_week": "2"}} | change
    )


@contextmanager
def statements(connection: AsyncConnection) -> Iterator[list[str]]:
    """The statements that are executed within the block."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection.sync_connection, "before_cursor_execute", note)


async def test_a_thousand_outlets_cost_as_many_statements_as_ten(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    await make_territory(session, code="PAT")
    product = await make_product(session)
    terms = {"terms": {"must_stock": [{"product_code": product.code}]}}
    counts = []
    for prefix, size in (("A", 10), ("B", 1_000), ("B", 1_000)):
        rows = [(f"{prefix}{number}", body(number, **terms)) for number in range(size)]
        with statements(connection) as seen:
            await upsert_outlets(session, rows, AT, SYSTEM)
        counts.append(len([statement for statement in seen if not statement.startswith(("SAVEPOINT", "RELEASE"))]))
    new_ten, new_thousand, same_thousand = counts
    assert new_ten == new_thousand <= 11
    assert same_thousand < new_thousand
    assert await session.scalar(select(func.count()).select_from(OutletLocation)) == 1_010
    assert await session.scalar(select(func.count()).select_from(OutletTerms)) == 1_010


async def test_each_row_of_a_batch_has_its_own_fate_in_the_order_given(session: AsyncSession) -> None:
    await make_territory(session, code="PAT")
    await upsert_outlets(session, [("SAME", body()), ("MOVES", body())], AT, SYSTEM)
    rows = [
        ("MOVES", body(1)),
        ("NOWHERE", body(territory_code="NONE", terms={"must_stock": [{"product_code": "NONE"}]})),
        ("SAME", body()),
        ("NEW", body(2)),
        ("NEW", body(3)),
    ]
    done = await upsert_outlets(session, rows, AT, SYSTEM)
    assert [row.status for row in done] == [UPDATED, REJECTED, UNCHANGED, CREATED, CREATED]
    assert [row.version for row in done] == [2, None, 1, 1, 1]
    assert [problem.code for problem in done[1].problems] == ["unknown_territory", "unknown_product"]
    lat = select(OutletLocation.lat).join(Outlet, Outlet.id == OutletLocation.outlet_id).where(Outlet.code == "NEW")
    assert await session.scalar(lat) == pytest.approx(38.2003), "the later row counts"
    assert await session.scalar(select(func.count()).select_from(Outlet)) == 3


async def test_two_who_make_the_same_outlet_at_once_leave_one_outlet_with_one_history(committed: Database) -> None:
    async with committed.transaction() as session:
        await make_territory(session, code="PAT")

    async def put(number: int) -> UpsertStatus:
        async with committed.transaction() as session:
            return (await upsert_outlets(session, [("O-1", body(number))], AT, SYSTEM))[0].status

    fates = await asyncio.gather(*(put(number) for number in range(10)))
    assert (fates.count(CREATED), fates.count(UPDATED)) == (1, 9)
    async with committed.read_only() as session:
        outlet = (await session.scalars(select(Outlet))).one()
        versions = (await session.scalars(select(OutletLocation.version).order_by(OutletLocation.version))).all()
    assert (outlet.location_version, outlet.version) == (10, 10)
    assert list(versions) == list(range(1, 11))


async def test_two_imports_of_the_same_outlets_in_opposite_orders_never_wait_for_each_other(
    committed: Database,
) -> None:
    async with committed.transaction() as session:
        await make_territory(session, code="PAT")
    codes = [f"O-{number}" for number in range(50)]

    async def put(number: int, order: int) -> int:
        async with committed.transaction() as session:
            rows = [(code, body(number)) for code in codes[::order]]
            return len(await upsert_outlets(session, rows, AT, SYSTEM))

    done = await asyncio.gather(*(put(number, 1 if number % 2 else -1) for number in range(8)))
    assert done == [50] * 8


async def test_of_two_decisions_at_once_one_stands_and_the_other_is_told(committed: Database) -> None:
    async with committed.transaction() as session:
        outlet = await make_outlet(session, await make_territory(session))
        found = proposals.SystemProposal(outlet.id, outlet.territory_id, 38.3, 21.8, 80.0, {})
        await proposals.propose_by_system(session, [found], AT)
        proposal_id = (await session.scalars(select(LocationProposal.id))).one()
    caller = Caller(CallerKind.USER, "1", "sofia", role=Role.ADMIN, territory_ids=None)

    async def decide(decision: str) -> str:
        async with committed.transaction() as session:
            form = LocationDecisionBody.model_validate({"decision": decision})
            return (await proposals.decide(session, caller, proposal_id, form, AT)).status

    told = await asyncio.gather(*(decide(word) for word in ("approved", "rejected") * 4), return_exceptions=True)
    refused = [answer for answer in told if isinstance(answer, LocationProposalDecided)]
    stood = [answer for answer in told if isinstance(answer, str)]
    assert (len(refused), len(stood), len(set(stood))) == (4, 4, 1)
    async with committed.read_only() as session:
        versions = await session.scalar(select(func.count()).select_from(OutletLocation))
    assert versions == (2 if stood[0] == "approved" else 1)


async def test_nothing_is_upserted_by_no_rows(session: AsyncSession) -> None:
    assert await upsert_outlets(session, [], AT, SYSTEM) == []
