"""What is counted by the facts is what a policy that was on has booked by them (P7)."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.simulations import fact_queries, facts_of_days
from app.closing.simulations.queries import ReplayedReps
from app.masters.territories import service as territories
from app.motivation.earnings.service import settle_orders
from app.motivation.points.models import PointsEntry
from app.motivation.points.rules import BOOKINGS, PointsEntryKind, PointsRule
from app.sales.deliveries.models import Fulfilment
from tests.closing.cutoff.worlds import AFTER, Day
from tests.closing.simulations.stories import MORNING, STORIES, Story, confirm_dumped
from tests.factories.orders import make_order
from tests.factories.visits import MONDAY


async def counted(session: AsyncSession) -> dict[tuple[int, str], int]:
    """By rep and rule, by the facts."""
    asked = ReplayedReps(date(2026, 11, 1), date(2026, 11, 30), None)
    facts = await territories.all_territory_facts(session)
    counts = {}
    for rule in fact_queries.COUNTED:
        for rep_id, count in (await facts_of_days.counted(session, asked, rule, [MONDAY], facts)).items():
            counts[rep_id, rule.value] = count
    return counts


async def booked(session: AsyncSession) -> dict[tuple[int, str], int]:
    """By rep and rule what stands in the ledger."""
    up, down = (func.count().filter(PointsEntry.points > 0), func.count().filter(PointsEntry.points < 0))
    query = select(PointsEntry.rep_id, PointsEntry.rule, up - down).group_by(PointsEntry.rep_id, PointsEntry.rule)
    standing = {}
    for rep_id, rule, more_up in await session.execute(query):
        award = BOOKINGS[PointsRule(rule)].kind is PointsEntryKind.AWARD
        standing[rep_id, rule] = more_up if award else -more_up
    return {key: count for key, count in standing.items() if count}


@pytest.mark.parametrize(("story", "rules"), STORIES, ids=[getattr(story, "__name__", "") for story, _ in STORIES])
async def test_what_is_counted_by_the_facts_of_a_day_is_what_was_booked(
    session: AsyncSession, day: Day, story: Story, rules: set[str]
) -> None:
    await story(session, day)
    assert await counted(session) == await booked(session) == {(day.rep.id, rule): 1 for rule in rules}


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize(
    ("settled", "status", "quantity", "price"),
    [
        (True, "matched", False, False),
        (True, "mismatched", True, False),
        (True, "mismatched", False, True),
        (True, "mismatched", False, False),
        (False, "open", False, False),
    ],
)
async def test_what_is_counted_of_orders_is_what_was_booked(
    session: AsyncSession,
    day: Day,
    settled: bool,
    status: str,
    quantity: bool,
    price: bool,
    confirmed: bool,
    cancelled: bool,
) -> None:
    order = await make_order(session, day.outlet, rep=day.rep, received_at=MORNING)
    if cancelled:
        order.cancelled_at = order.cancelled_effective_at = AFTER
        order.cancelled_by, order.cancelled_by_kind = "user:anna", "user"
    if confirmed:
        await confirm_dumped(session, order)
    answers = {"rep_answers_quantity": quantity, "rep_answers_price": price}
    told = {"status": status, "settled": settled, "delivery_count": 1, "mismatches": [], "concluded_at": AFTER}
    session.add(Fulfilment(business_date=MONDAY, order_id=order.id, **told, **answers))
    await session.flush()
    await settle_orders(session, {order.id: MONDAY}, AFTER)
    assert await counted(session) == await booked(session)
