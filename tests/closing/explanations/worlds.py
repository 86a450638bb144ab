"""Small worlds, each of which ends in an entry that is to be explained: what happened, in the order in which it did."""

from datetime import time
from typing import Any

from sqlalchemy import select

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.masters.outlets.models import OutletTerms
from app.motivation.earnings import service as earnings
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from tests.closing.cutoff.worlds import CUTOFF, cancel
from tests.closing.explanations.conftest import APPEAL, Kiosk, athens
from tests.factories.appeals import make_appeal
from tests.factories.identity import make_device
from tests.factories.orders import make_no_order_report, make_refusal
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep
from tests.factories.visits import MONDAY, make_visit

LATE, FOUR_PAST, EVENING = athens(16, 58), athens(17, 4), athens(18)
"""When an order is captured that comes too late, when it comes, and when somebody looks at the day again."""


async def a_check_in_from_afar(kiosk: Kiosk) -> None:
    await kiosk.check_in(athens(11, 20), verdict="OUTSIDE", distance_m=430.2)
    await kiosk.close()


async def a_reason_for_no_order(kiosk: Kiosk) -> None:
    await kiosk.check_in(athens(11, 20))
    await make_no_order_report(kiosk.session, kiosk.day.rep, kiosk.day.outlet)
    await make_watermark_pass(kiosk)
    await kiosk.close()


async def a_refused_form(kiosk: Kiosk) -> None:
    refused_at = athens(16, 12)
    await make_refusal(
        kiosk.session, kiosk.day.outlet, rep=kiosk.day.rep, received_at=refused_at, device_id=kiosk.device.id
    )
    await make_watermark_pass(kiosk)
    await kiosk.close()


async def a_silent_colleague(kiosk: Kiosk) -> None:
    colleague = await make_rep(kiosk.session, kiosk.day.territory)
    await make_device(kiosk.session, colleague)
    await make_visit(kiosk.session, colleague, kiosk.day.outlet)
    await make_watermark_pass(kiosk)
    await kiosk.close()


async def an_order_after_72_hours(kiosk: Kiosk) -> None:
    await kiosk.close()
    arrived_at = athens(9, day=27)
    await kiosk.order(LATE, arrived_at)
    await kiosk.settle(arrived_at)
    await cutoff.finalise_after_72h(kiosk.session, arrived_at)


async def an_order_that_the_rep_cancelled(kiosk: Kiosk) -> None:
    order = await kiosk.order(athens(15, 10))
    await cancel(kiosk.session, order, captured_at=athens(16, 20))
    await kiosk.close()


async def no_check_in(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def a_capture_after_the_cutoff(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(athens(17, 8), athens(17, 9), verdict="INSIDE")
    await kiosk.settle(athens(17, 9))


async def a_clock_that_nothing_proves(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST, verdict="INSIDE", trusted=False)
    await kiosk.settle(FOUR_PAST)


async def a_device_that_had_told_everything(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST, verdict="INSIDE", device_told_until=athens(17, 1))
    await kiosk.settle(FOUR_PAST)


async def an_order_by_the_call_centre(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(athens(17, 40), rep=None, channel="CALL_CENTRE", placed_by="user:olga")
    await kiosk.settle(athens(17, 40))


async def an_order_from_afar(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST, verdict="OUTSIDE", distance_m=2310.0)
    await kiosk.settle(FOUR_PAST)


async def a_check_in_elsewhere(kiosk: Kiosk) -> None:
    bakery = await make_outlet(kiosk.session, kiosk.day.territory, code="PAT-0007", name="Bakery Eleni")
    await kiosk.check_in(athens(16, 10))
    await kiosk.check_in(athens(16, 40), bakery)
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def a_departure(kiosk: Kiosk) -> None:
    await kiosk.check_in(athens(16, 10))
    await kiosk.check_in(athens(16, 30), kind="departure")
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def an_arrival_that_is_not_surely_there(kiosk: Kiosk) -> None:
    await kiosk.check_in(athens(16, 10), verdict="UNCERTAIN")
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def a_doubted_proof(kiosk: Kiosk) -> None:
    arrival = await kiosk.check_in(athens(16, 10))
    await make_signal(kiosk.session, arrival, "mock_location", raised_at=athens(16, 11))
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def a_doubt_that_was_confirmed(kiosk: Kiosk) -> None:
    arrival = await kiosk.check_in(athens(16, 10))
    reviewed = {"review_outcome": "confirmed", "reviewed_at": athens(16, 30), "reviewed_by": "user:sofia"}
    await make_signal(kiosk.session, arrival, "mock_location", raised_at=athens(16, 11), **reviewed)
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def an_order_in_time(kiosk: Kiosk) -> None:
    await kiosk.order(athens(15, 10), athens(15, 12))
    await kiosk.close()


async def an_order_that_clears(kiosk: Kiosk) -> None:
    await kiosk.check_in(athens(16, 20))
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)


async def an_order_on_the_spot(kiosk: Kiosk) -> None:
    await kiosk.close()
    await kiosk.order(LATE, FOUR_PAST, verdict="INSIDE")
    await kiosk.settle(FOUR_PAST)


async def an_order_past_its_due_time(kiosk: Kiosk) -> None:
    await _due_at_two(kiosk)
    await kiosk.order(athens(14, 6), athens(14, 8))
    await kiosk.close()


async def an_excuse_of_an_order_past_its_due_time(kiosk: Kiosk) -> None:
    await an_order_past_its_due_time(kiosk)
    await _excuse(kiosk)


async def a_shop_that_had_closed(kiosk: Kiosk) -> None:
    """That was not asked when the day was closed by an earlier release."""
    await an_order_past_its_due_time(kiosk)
    kiosk.day.outlet.active = False
    await kiosk.session.flush()
    await kiosk.settle(EVENING)


async def a_due_time_that_was_kept_after_all(kiosk: Kiosk) -> None:
    await _due_at_two(kiosk)
    order = await kiosk.order(athens(14, 6), athens(14, 8))
    await kiosk.close()
    await cancel(kiosk.session, order, captured_at=athens(16), received_at=EVENING)
    await kiosk.settle(EVENING)


async def _due_at_two(kiosk: Kiosk) -> None:
    since = athens(0, day=1)
    terms = {"order_due_time": time(14), "must_stock": [], "valid_from": since, "created_by": "test"}
    kiosk.session.add(OutletTerms(outlet_id=kiosk.day.outlet.id, version=2, **terms))
    await kiosk.session.flush()


async def a_mail_that_was_read_late(kiosk: Kiosk) -> None:
    await kiosk.close()
    mail: dict[str, Any] = {"rep": None, "channel": "EMAIL", "placed_by": "outlet:PAT-0042"}
    await kiosk.order(athens(16, 12), read_at=FOUR_PAST, **mail)
    await kiosk.settle(FOUR_PAST)


async def an_excuse(kiosk: Kiosk) -> None:
    await kiosk.close()
    await _excuse(kiosk)


async def _excuse(kiosk: Kiosk) -> None:
    kiosk.clock.move_to(EVENING)
    await cutoff.excuse_visit(
        kiosk.session, kiosk.visit.id, None, reason_code="rep_ill", comment="Fever.", by="user:sofia"
    )


async def a_void_run(kiosk: Kiosk) -> None:
    await kiosk.close()
    run = (await kiosk.session.scalars(select(CutoffRun))).one()
    kiosk.clock.move_to(EVENING)
    await cutoff.void_run(kiosk.session, run.id, reason="It was a holiday.", by="user:anna")


async def a_late_order_that_was_cancelled_in_time(kiosk: Kiosk) -> None:
    await kiosk.close()
    order = await kiosk.order(LATE, FOUR_PAST)
    await kiosk.settle(FOUR_PAST)
    await cancel(kiosk.session, order, captured_at=athens(16, 59), received_at=EVENING)
    await kiosk.settle(EVENING)


async def an_order_in_time_that_was_cancelled_in_time(kiosk: Kiosk) -> None:
    order = await kiosk.order(athens(15, 10))
    await kiosk.close()
    await cancel(kiosk.session, order, captured_at=athens(16), received_at=EVENING)
    await kiosk.settle(EVENING)


async def a_dumped_order(kiosk: Kiosk) -> None:
    order = await kiosk.order(athens(15, 10))
    await kiosk.close()
    await make_signal(
        kiosk.session,
        order,
        "averaged_order",
        explanation="All 12 lines are the mean of the last 4 orders.",
        review_outcome="confirmed",
        review_comment="I phoned the shop.",
        reviewed_by="user:sofia",
        reviewed_at=EVENING,
    )
    await kiosk.settle(EVENING)
    await earnings.settle_orders(kiosk.session, {order.id: MONDAY}, EVENING)


async def a_doubt_about_dumping_that_is_gone(kiosk: Kiosk) -> None:
    order = await kiosk.order(athens(15, 10))
    await kiosk.close()
    reviewed = {"review_outcome": "confirmed", "reviewed_by": "user:sofia", "reviewed_at": EVENING}
    signal = await make_signal(kiosk.session, order, "averaged_order", **reviewed)
    for at in (EVENING, athens(19)):
        await kiosk.settle(at)
        await earnings.settle_orders(kiosk.session, {order.id: MONDAY}, at)
        signal.withdrawn_at = athens(18, 30)
        await kiosk.session.flush()


async def a_doubt_about_dumping_that_came_back(kiosk: Kiosk) -> None:
    await a_doubt_about_dumping_that_is_gone(kiosk)
    order = await kiosk.only_order()
    signal = await kiosk.only_signal()
    signal.withdrawn_at = None
    await kiosk.session.flush()
    await earnings.settle_orders(kiosk.session, {order.id: MONDAY}, athens(20))


async def a_granted_appeal(kiosk: Kiosk) -> None:
    await kiosk.close()
    entry_id = await kiosk.entry("missed_order", "PENALTY")
    kiosk.clock.move_to(EVENING)
    entry = await kiosk.session.get_one(PointsEntry, entry_id)
    await make_appeal(kiosk.session, entry, id=APPEAL, status="granted", submitted_at=FOUR_PAST, decided_at=EVENING)
    await points.pardon(kiosk.session, entry_id, appeal_id=APPEAL, at=EVENING)


async def make_watermark_pass(kiosk: Kiosk) -> None:
    """The rep's handheld has told everything up to the cutoff."""
    kiosk.watermark.watermark_at = CUTOFF
    await kiosk.session.flush()
