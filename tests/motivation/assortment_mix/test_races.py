"""Several close at once, on real connections: a quarter has one statement, and numbers have no gaps (MX3)."""

import asyncio
from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.ground import clock
from app.ground.audit.service import SYSTEM
from app.ground.db.session import Database
from app.masters.territories import service as territories
from app.motivation.assortment_mix import service
from app.motivation.assortment_mix.models import AssortmentStatement, AssortmentTargets
from app.motivation.assortment_mix.rules import Quarter
from app.motivation.assortment_mix.target_schemas import AssortmentTargetsBody
from app.motivation.assortment_mix.targets import put_targets
from tests.factories.territories import make_territory

QUARTERS = (Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3))


async def put(database: Database, quarter: Quarter, group: str) -> int | None:
    body = AssortmentTargetsBody(shares={group: Decimal(1)})
    async with database.transaction() as session:
        return (await put_targets(session, quarter, body, clock.now(), SYSTEM)).version


@pytest.fixture
async def territory_ids(committed: Database) -> list[int]:
    """Two territories; the company has targets for each of the quarters."""
    for quarter in QUARTERS:
        await put(committed, quarter, "chocolate")
    async with committed.transaction() as session:
        return [(await make_territory(session)).id for _ in range(2)]


async def test_a_quarter_that_many_close_at_once_has_one_statement_and_numbers_have_no_gap(
    committed: Database, territory_ids: list[int]
) -> None:
    async def close(territory_id: int, quarter: Quarter) -> tuple[int, Quarter, int, bool]:
        async with committed.transaction() as session:
            territory = await territories.territory_facts(session, territory_id)
            statement, is_new = await service.close_quarter(session, territory, quarter, by="user:anna")
            return territory_id, quarter, statement.row.number_of_year, is_new

    closings = [
        close(territory_id, quarter) for _ in range(5) for territory_id in territory_ids for quarter in QUARTERS
    ]
    answers = await asyncio.gather(*closings)
    assert Counter(is_new for *_, is_new in answers) == {True: 6, False: 24}
    assert len({answer[:3] for answer in answers}) == 6
    async with committed.read_only() as session:
        rows = (await session.scalars(select(AssortmentStatement))).all()
    numbers = sorted((row.territory_id, row.number_of_year) for row in rows)
    assert numbers == [(territory_id, number) for territory_id in territory_ids for number in (1, 2, 3)]


async def test_many_who_reopen_and_close_at_once_leave_one_statement_that_stands(
    committed: Database, territory_ids: list[int]
) -> None:
    territory_id, quarter = territory_ids[0], QUARTERS[2]

    async def close() -> None:
        async with committed.transaction() as session:
            territory = await territories.territory_facts(session, territory_id)
            await service.close_quarter(session, territory, quarter, by="user:anna")

    async def reopen() -> None:
        async with committed.transaction() as session:
            territory = await territories.territory_facts(session, territory_id)
            await service.reopen_quarter(session, territory, quarter, by="user:anna", reason="a slip")

    await close()
    await asyncio.gather(*(step() for _ in range(8) for step in (reopen, close)))
    await close()
    async with committed.read_only() as session:
        rows = (await session.scalars(select(AssortmentStatement).order_by(AssortmentStatement.number_of_year))).all()
    assert [row.number_of_year for row in rows] == list(range(1, len(rows) + 1))
    assert [row.voided_at is None for row in rows] == [False] * (len(rows) - 1) + [True]


async def test_targets_that_many_put_at_once_become_versions_one_after_the_other(committed: Database) -> None:
    versions = await asyncio.gather(*(put(committed, QUARTERS[0], f"group {number}") for number in range(10)))
    assert sorted(version or 0 for version in versions) == list(range(1, 11))
    async with committed.read_only() as session:
        assert len((await session.scalars(select(AssortmentTargets))).all()) == 10
