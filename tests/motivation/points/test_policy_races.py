"""The policy of a day is not changed under whoever books by it (P2)."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from app.ground.audit.service import SYSTEM
from app.ground.db.session import Database
from app.motivation.points import service as points
from app.motivation.points.errors import PolicyApplied
from app.motivation.points.policies import change_policy
from app.motivation.points.service import PointsFinding, PointsRule
from tests.conftest import MONDAY_NOON
from tests.databases import until_somebody_waits
from tests.factories.territories import make_rep, make_territory

TUESDAY = date(2026, 11, 24)


async def change(database: Database) -> None:
    async with database.transaction() as session:
        said = {"points": 3}
        await change_policy(session, PointsRule.DELIVERY_MATCHED, TUESDAY, said, MONDAY_NOON, SYSTEM)


async def test_a_change_waits_for_whoever_books_and_is_refused_for_a_day_that_was_booked(committed: Database) -> None:
    async with committed.transaction() as session:
        rep = await make_rep(session, await make_territory(session))
    async with committed.transaction() as session:
        await points.hold_policy(session)
        finding = PointsFinding(PointsRule.DELIVERY_MATCHED, uuid4(), rep.id, TUESDAY, counts=True, note="test")
        await points.bring_about(session, [finding], MONDAY_NOON)
        changing = asyncio.create_task(change(committed))
        await until_somebody_waits(committed)
        assert not changing.done()
    with pytest.raises(PolicyApplied):
        await changing
