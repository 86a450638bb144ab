"""What may happen on a rep's day, and what it comes to by the rules."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.field.visits.models import Visit
from app.motivation.earnings.service import settle_orders
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order
from tests.closing.cutoff.worlds import AFTER, CUTOFF, SIXTEEN, Day, change, close
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Story = Callable[[AsyncSession, Day], Awaitable[None]]
MORNING = CUTOFF - timedelta(hours=8)
CAPTURED: dict[str, Any] = {"corrected_at": SIXTEEN, "captured_at": SIXTEEN, "verdict": "INSIDE"}
"""In time, and on the spot."""


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
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER, **CAPTURED)
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


async def covered_beside_an_own_late_order(session: AsyncSession, day: Day) -> None:
    """It is no missing order, so nobody has written down that the rep's own order would clear it."""
    await make_order(session, day.outlet, channel="CALL_CENTRE", received_at=MORNING)
    await cleared(session, day)


async def covered_beside_a_late_order_from_afar(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, channel="CALL_CENTRE", received_at=MORNING)
    await close(session, day)
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER, **CAPTURED | {"verdict": "OUTSIDE"})
    await cutoff.settle_late_orders(session, day.touched, AFTER)


async def cleared_first_by_a_colleague(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    colleague, earlier = await make_rep(session, day.territory), SIXTEEN - timedelta(minutes=5)
    captured = CAPTURED | {"corrected_at": earlier, "captured_at": earlier}
    await make_order(session, day.outlet, rep=colleague, received_at=AFTER, **captured)
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER, **CAPTURED)
    await cutoff.settle_late_orders(session, day.touched, AFTER)


async def excused_with_a_late_order(session: AsyncSession, day: Day) -> None:
    await excused(session, day)
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER, **CAPTURED)
    await cutoff.settle_late_orders(session, day.touched, AFTER)


async def excused(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    visit = (await session.scalars(select(Visit))).one()
    await cutoff.excuse_visit(session, visit.id, None, reason_code="rep_ill", comment="", by="user:sofia")


async def excused_past_the_due_time(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await excused(session, day)


async def ordered_by_the_due_time_by_phone(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, channel="CALL_CENTRE", received_at=MORNING)
    await ordered_past_the_due_time(session, day)


async def left_by_the_cutoff(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", SIXTEEN, active=False)
    await ordered_past_the_due_time(session, day)


async def left_later(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", AFTER, active=False)
    await ordered_past_the_due_time(session, day)


async def moved_later(session: AsyncSession, day: Day) -> None:
    await change(session, day.outlet, "outlet", AFTER, territory_code=await make_territory(session))
    await ordered_past_the_due_time(session, day)


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
    (covered_beside_an_own_late_order, {"order_on_time"}),
    (covered_beside_a_late_order_from_afar, set()),
    (cleared_first_by_a_colleague, {"order_on_time"}),
    (excused_with_a_late_order, {"order_on_time"}),
    (excused_past_the_due_time, {"order_on_time"}),
    (ordered_by_the_due_time_by_phone, {"order_on_time"}),
    (left_by_the_cutoff, set()),
    (left_later, {"order_on_time", "past_due_order"}),
    (moved_later, {"order_on_time", "past_due_order"}),
)
"""What happens on a day, each with what counts by it in the end, once."""
