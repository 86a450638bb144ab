"""What is counted by the facts is what a policy that was on has booked by them (P7)."""

from collections.abc import Awaitable, Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.simulations import fact_queries
from app.closing.simulations.queries import ReplayedReps
from app.closing.simulations.service import due_instants
from app.ground import clock
from app.masters.territories import service as territories
from app.motivation.earnings.service import settle_orders
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.motivation.points.rules import BOOKINGS, PointsEntryKind, PointsRule
from app.sales.deliveries.models import Fulfilment
from app.sales.orders.models import Order
from tests.closing.cutoff.worlds import AFTER, CUTOFF, SIXTEEN, Day, close
from tests.factories.identity import make_device
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Story = Callable[[AsyncSession, Day], Awaitable[None]]
MORNING = CUTOFF - timedelta(hours=8)


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """A rep with a planned visit at an outlet whose orders are due at noon, seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    await make_device(session, rep)
    outlet = await make_outlet(session, territory, terms={"order_due_time": time(12)})
    await make_visit(session, rep, outlet)
    return Day(territory, rep, outlet)


async def counted(session: AsyncSession) -> dict[tuple[int, str], int]:
    """By rep and rule, by the facts."""
    asked = ReplayedReps(date(2026, 11, 1), date(2026, 11, 30), None)
    due = await due_instants(session, [MONDAY], await territories.all_territory_facts(session))
    found = {}
    for rule in fact_queries.COUNTED:
        for rep_id, count in (await fact_queries.counts(session, asked, rule, [MONDAY], due)).items():
            found[rep_id, rule.value] = count
    return found


async def booked(session: AsyncSession) -> dict[tuple[int, str], int]:
    """By rep and rule what stands in the ledger."""
    up, down = (func.count().filter(PointsEntry.points > 0), func.count().filter(PointsEntry.points < 0))
    query = select(PointsEntry.rep_id, PointsEntry.rule, up - down).group_by(PointsEntry.rep_id, PointsEntry.rule)
    standing = {}
    for rep_id, rule, more_up in await session.execute(query):
        award = BOOKINGS[PointsRule(rule)].kind is PointsEntryKind.AWARD
        standing[rep_id, rule] = more_up if award else -more_up
    return {key: count for key, count in standing.items() if count}


async def confirm_dumped(session: AsyncSession, order: Order) -> None:
    confirmed = {"review_outcome": "confirmed", "reviewed_at": AFTER, "review_comment": "", "reviewed_by": "user:s"}
    await make_signal(session, order, "averaged_order", raised_at=SIXTEEN, **confirmed)


async def nobody_ordered(session: AsyncSession, day: Day) -> None:
    await close(session, day)


async def ordered_in_the_morning(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=MORNING)
    await close(session, day)


async def ordered_past_the_due_time(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await close(session, day)


async def ordered_by_another_rep(session: AsyncSession, day: Day) -> None:
    other = await make_rep(session, day.territory)
    await make_order(session, day.outlet, rep=other, received_at=MORNING)
    await close(session, day)


async def ordered_under_another_territory(session: AsyncSession, day: Day) -> None:
    order = await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    elsewhere = await make_territory(session)
    order.territory_id = day.outlet.territory_id = day.rep.territory_id = elsewhere.id
    await session.flush()
    await close(session, day)


async def ordered_late(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER, corrected_at=AFTER)
    await cutoff.settle_late_orders(session, day.touched, AFTER)


async def cleared(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    captured: dict[str, Any] = {"corrected_at": SIXTEEN, "captured_at": SIXTEEN, "verdict": "INSIDE"}
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER, **captured)
    await cutoff.settle_late_orders(session, day.touched, AFTER)


async def cancelled_by_the_cutoff(session: AsyncSession, day: Day) -> None:
    order = await make_order(session, day.outlet, rep=day.rep, received_at=MORNING)
    await close(session, day)
    order.cancelled_at, order.cancelled_effective_at = AFTER, SIXTEEN
    order.cancelled_by, order.cancelled_by_kind = f"device:{day.rep.code}", "device"
    await session.flush()
    await cutoff.settle_cancelled_orders(session, day.touched, AFTER)


async def dumped(session: AsyncSession, day: Day) -> None:
    order = await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await confirm_dumped(session, order)
    await close(session, day)
    await settle_orders(session, {order.id: MONDAY}, AFTER)


async def voided(session: AsyncSession, day: Day) -> None:
    other = await make_outlet(session, day.territory)
    await make_visit(session, day.rep, other)
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    run = await close(session, day)
    await cutoff.void_run(session, run.id, reason="a holiday", by="user:root")


async def voided_and_closed_anew(session: AsyncSession, day: Day) -> None:
    await voided(session, day)
    await close(session, day)


async def pardoned(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    missed = await session.scalar(select(PointsEntry.id).where(PointsEntry.rule == "missed_order"))
    assert missed is not None
    await points.pardon(session, missed, appeal_id=uuid4(), at=AFTER)


STORIES: tuple[tuple[Story, set[str]], ...] = (
    (nobody_ordered, {"missed_order"}),
    (ordered_in_the_morning, {"order_on_time"}),
    (ordered_past_the_due_time, {"order_on_time", "past_due_order"}),
    (ordered_by_another_rep, set()),
    (ordered_under_another_territory, {"order_on_time", "past_due_order"}),
    (ordered_late, {"late_order"}),
    (cleared, {"order_on_time"}),
    (cancelled_by_the_cutoff, {"missed_order"}),
    (dumped, {"dumped_order", "past_due_order"}),
    (voided, set()),
    (voided_and_closed_anew, {"missed_order", "order_on_time", "past_due_order"}),
    (pardoned, set()),
)


@pytest.mark.parametrize(("story", "rules"), STORIES, ids=[getattr(story, "__name__", "") for story, _ in STORIES])
async def test_what_is_counted_by_the_facts_of_a_day_is_what_was_booked(
    session: AsyncSession, day: Day, story: Story, rules: set[str]
) -> None:
    await story(session, day)
    found = await counted(session)
    assert found == await booked(session) == {(day.rep.id, rule): 1 for rule in rules}


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
