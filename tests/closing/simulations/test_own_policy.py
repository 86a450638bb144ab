"""A month that is replayed under the policy that it had changes nothing, whatever has happened in it (P7)."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.simulations import rules, service
from app.closing.simulations.rules import PolicyVersion
from app.ground import clock
from app.motivation.earnings.months import settle_months
from app.motivation.points import policies
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry, PointsPolicy
from tests.closing.cutoff.worlds import Day
from tests.closing.simulations.stories import STORIES, Story, cleared, ordered_in_the_morning
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery
from tests.factories.orders import make_order
from tests.factories.returns import make_return

NOVEMBER = date(2026, 11, 1)
IN_DECEMBER = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


async def differences(session: AsyncSession) -> set[int]:
    """What each rep and rule would have had more or less under the policy of the month's last day."""
    versions = [
        PolicyVersion(version.rule, version.valid_from, version.terms)
        for version in await policies.all_versions(session)
    ]
    own = {
        rule.value: {"points": terms.points, "monthly_cap": terms.monthly_cap, "limit": terms.rate_limit}
        for rule, terms in rules.terms_on(versions, date(2026, 11, 30)).items()
    }
    replayed = await service.simulate(session, NOVEMBER, None, own)
    assert replayed.outcomes or not await session.scalar(select(PointsEntry.id))
    return {outcome.difference for outcome in replayed.outcomes} - {0}


async def cap(session: AsyncSession, rule: str, points_each: int, monthly_cap: int) -> None:
    fields = {"version": 50, "rule": rule, "points": points_each, "monthly_cap": monthly_cap, "valid_from": NOVEMBER}
    session.add(PointsPolicy(**fields, created_at=IN_DECEMBER, created_by="test"))
    await session.flush()


async def capped(session: AsyncSession, day: Day) -> None:
    await cap(session, "order_on_time", 3, 2)
    await ordered_in_the_morning(session, day)


async def capped_and_appealed(session: AsyncSession, day: Day) -> None:
    await capped(session, day)
    over = await session.scalar(select(PointsEntry.id).where(PointsEntry.rule == "over_monthly_cap"))
    assert over is not None
    await points.pardon(session, over, appeal_id=uuid4(), at=IN_DECEMBER)


async def closed_with_returns(session: AsyncSession, day: Day) -> None:
    product = await make_product(session)
    order = await make_order(session, day.outlet, rep=day.rep, lines=[(product, 100)])
    await make_delivery(session, day.outlet, order, (product, 100, 100))
    await make_return(session, day.outlet, (product, 4, "expired"))
    await settle_months(session, [day.rep.id], NOVEMBER, IN_DECEMBER)
    await points.close_reps(session, [day.rep.id], NOVEMBER, IN_DECEMBER)


async def closed_and_appealed(session: AsyncSession, day: Day) -> None:
    await closed_with_returns(session, day)
    over = await session.scalar(select(PointsEntry.id).where(PointsEntry.rule == "returns_over_limit"))
    assert over is not None
    await points.pardon(session, over, appeal_id=uuid4(), at=IN_DECEMBER)


async def corrected_after_the_close(session: AsyncSession, day: Day) -> None:
    await points.close_reps(session, [day.rep.id], NOVEMBER, IN_DECEMBER)
    await cleared(session, day)


MONTHS: list[Story] = [capped, capped_and_appealed, closed_with_returns, closed_and_appealed, corrected_after_the_close]


@pytest.mark.parametrize("story", [*(story for story, _ in STORIES), *MONTHS], ids=lambda story: story.__name__)
async def test_a_month_under_its_own_policy_changes_nothing(
    session: AsyncSession, day: Day, the_clock: clock.SetClock, story: Story
) -> None:
    await story(session, day)
    the_clock.move_to(IN_DECEMBER)
    assert await differences(session) == set()
