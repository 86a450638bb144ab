"""What a granted appeal settles for good (P5)."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.motivation.points.service import PointsFinding, PointsRule
from tests.closing.cutoff.worlds import AFTER, Day, charged, late_order, settle
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


async def entry(session: AsyncSession, rule: str) -> PointsEntry:
    """The newest entry of a rule."""
    query = select(PointsEntry).where(PointsEntry.rule == rule).order_by(PointsEntry.id.desc()).limit(1)
    return (await session.scalars(query)).one()


async def test_a_granted_appeal_takes_a_penalty_back(session: AsyncSession, closed: Day) -> None:
    missed = await entry(session, "missed_order")
    for _ in range(2):
        await points.pardon(session, missed.id, appeal_id=uuid4(), at=AT)
    reversal = await entry(session, "missed_order")
    assert (reversal.points, reversal.note, reversal.reverses_id) == (10, "appeal_granted", missed.id)
    assert await charged(session) == 0


@pytest.mark.parametrize("order", ["before", "after"])
async def test_no_fact_that_comes_later_charges_the_visit_again(
    session: AsyncSession,
    closed: Day,
    order: str,
) -> None:
    """A late order would cost `late_order` in the place of `missed_order`: that is settled, too."""
    missed = await entry(session, "missed_order")
    if order == "before":
        await late_order(session, closed)
        await settle(session, closed)
    await points.pardon(session, missed.id, appeal_id=uuid4(), at=AT)
    await late_order(session, closed)
    await cutoff.settle_late_orders(session, closed.touched, AFTER)
    assert await charged(session) == 0


async def test_an_award_that_was_taken_back_counts_again_and_is_not_taken_back_anew(session: AsyncSession) -> None:
    rep = await make_rep(session, await make_territory(session))
    source_id: UUID = uuid4()

    async def find(*, counts: bool) -> None:
        finding = PointsFinding(PointsRule.ORDER_ON_TIME, source_id, rep.id, MONDAY, counts=counts, note="test")
        await points.bring_about(session, [finding], AT)

    await find(counts=True)
    await find(counts=False)
    await points.pardon(session, (await entry(session, "order_on_time")).id, appeal_id=uuid4(), at=AT)
    await find(counts=False)
    ledger = await session.scalars(select(PointsEntry.points).order_by(PointsEntry.id))
    assert list(ledger) == [1, -1, 1]


async def test_what_does_not_exist_is_not_pardoned(session: AsyncSession) -> None:
    with pytest.raises(LookupError):
        await points.pardon(session, 2**40, appeal_id=uuid4(), at=AT)
