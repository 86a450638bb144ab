"""Closing a day on the database: what a run writes, once, and from which facts (C1–C3, C6, C7)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.ground import clock
from app.ground.events.models import Event
from app.motivation.points.models import PointsEntry, PointsPolicy
from app.sales.orders.models import OutletTurnover
from tests.closing.cutoff.worlds import (
    AFTER,
    CUTOFF,
    Day,
    close,
    late_order,
    ledger,
    make_watermark,
    missing,
    resolutions,
    settle,
)
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import make_device
from tests.factories.orders import make_no_order_report, make_order, make_refusal
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

MICROSECOND = timedelta(microseconds=1)


async def only_cause(session: AsyncSession, day: Day) -> tuple[str, str | None]:
    await make_visit(session, day.rep, day.outlet)
    await close(session, day)
    (row,) = await missing(session)
    return row.cause, row.no_order_reason


async def test_a_planned_visit_without_an_order_is_flagged_gets_a_call_task_and_costs_points(
    session: AsyncSession, day: Day
) -> None:
    visit = await make_visit(session, day.rep, day.outlet)
    session.add(OutletTurnover(outlet_id=day.outlet.id, value=Decimal(900), computed_on=MONDAY))
    run = await close(session, day)
    assert (run.planned_visits, run.missing_orders, run.call_tasks, run.penalties) == (1, 1, 1, 1)
    (row,) = await missing(session)
    assert (row.visit_id, row.cause, row.provisional, row.run_id) == (visit.id, "not_visited", True, run.id)
    task = (await session.scalars(select(CallTask))).one()
    assert (task.outlet_id, task.status, task.priority) == (day.outlet.id, "open", Decimal(900))
    assert (task.opened_at, task.due_at) == (task.available_at, datetime(2026, 11, 23, 17, 0, tzinfo=UTC))
    entry = (await session.scalars(select(PointsEntry))).one()
    assert (entry.rule, entry.kind, entry.points, entry.source_id) == ("missed_order", "PENALTY", -10, visit.id)
    assert entry.provisional


async def test_an_outlet_that_has_closed_is_neither_flagged_nor_phoned(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, await make_outlet(session, day.territory, active=False))
    run = await close(session, day)
    assert (run.planned_visits, run.missing_orders, run.call_tasks, run.penalties) == (1, 0, 0, 0)


@pytest.mark.parametrize("moved", ["rep", "outlet"])
async def test_who_belongs_elsewhere_by_now_is_not_charged_yet_the_outlet_is_phoned(
    session: AsyncSession, day: Day, moved: str
) -> None:
    await make_visit(session, day.rep, day.outlet)
    elsewhere = await make_territory(session)
    (day.rep if moved == "rep" else day.outlet).territory_id = elsewhere.id
    await session.flush()
    run = await close(session, day)
    assert (run.missing_orders, run.call_tasks, run.penalties) == (1, 1, 0)


async def test_who_has_left_the_company_is_not_charged_and_a_late_order_costs_nothing_either(
    session: AsyncSession, day: Day
) -> None:
    await make_visit(session, day.rep, day.outlet)
    day.rep.active = False
    await session.flush()
    run = await close(session, day)
    assert (run.missing_orders, run.call_tasks, run.penalties) == (1, 1, 0)
    await late_order(session, day, rep=None)
    await settle(session, day)
    assert (await ledger(session), await resolutions(session)) == ([], ["late_order"])


async def test_the_outbox_hears_of_a_closed_day(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    event = (await session.scalars(select(Event))).one()
    assert (event.type, event.territory_id) == ("cutoff_run.closed", day.territory.id)
    assert event.payload["id"] == str(run.id)
    assert event.payload["missing_orders"] == 1


async def test_an_order_of_any_channel_covers_every_visit_of_its_outlet(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_visit(session, await make_rep(session, day.territory), day.outlet)
    await make_order(session, day.outlet)
    run = await close(session, day)
    assert (run.planned_visits, run.missing_orders) == (2, 0)


async def test_an_order_that_came_under_another_territory_covers_its_outlet_too(
    session: AsyncSession, day: Day
) -> None:
    await make_visit(session, day.rep, day.outlet)
    day.outlet.territory_id = (await make_territory(session)).id
    await make_order(session, day.outlet, territory_id=day.outlet.territory_id)
    assert (await close(session, day)).missing_orders == 0


@pytest.mark.parametrize(("received_at", "flagged"), [(CUTOFF, 0), (CUTOFF + MICROSECOND, 1)])
async def test_an_order_received_at_the_very_cutoff_is_in_time(
    session: AsyncSession, day: Day, received_at: datetime, flagged: int
) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_order(session, day.outlet, received_at=received_at)
    assert (await close(session, day)).missing_orders == flagged


async def test_an_order_of_another_business_date_covers_nothing(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_order(session, day.outlet, business_date=date(2026, 11, 22))
    assert (await close(session, day)).missing_orders == 1


@pytest.mark.parametrize(
    ("fields", "planned"),
    [
        ({"approved_at": None}, 0),
        ({"approved_at": CUTOFF + MICROSECOND}, 0),
        ({"excused_at": CUTOFF, "excuse_reason": "closed"}, 0),
        ({"excused_at": CUTOFF + MICROSECOND, "excuse_reason": "closed"}, 1),
    ],
    ids=["ad hoc", "approved after the cutoff", "excused by the cutoff", "excused after the cutoff"],
)
async def test_only_visits_planned_and_not_excused_as_of_the_cutoff_are_flagged(
    session: AsyncSession, day: Day, fields: dict[str, Any], planned: int
) -> None:
    await make_visit(session, day.rep, day.outlet, **fields)
    run = await close(session, day)
    assert (run.planned_visits, run.missing_orders) == (planned, planned)


async def test_two_reps_at_one_outlet_are_two_penalties_and_one_call(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_visit(session, await make_rep(session, day.territory), day.outlet)
    run = await close(session, day)
    assert (run.missing_orders, run.call_tasks, run.penalties) == (2, 1, 2)


async def test_the_rep_was_there_and_ordered_nothing(session: AsyncSession, day: Day) -> None:
    await make_stored_check_in(session, day.rep, day.outlet)
    await make_no_order_report(session, day.rep, day.outlet, reason_code="closed")
    assert await only_cause(session, day) == ("visited_no_order", "closed")


async def test_check_ins_that_prove_nothing_make_an_unverified_visit(session: AsyncSession, day: Day) -> None:
    await make_stored_check_in(session, day.rep, day.outlet, verdict="OUTSIDE")
    await make_stored_check_in(session, day.rep, day.outlet, kind="departure")
    assert await only_cause(session, day) == ("unverified", None)


async def test_another_reps_visit_proves_nothing_for_this_one(session: AsyncSession, day: Day) -> None:
    await make_stored_check_in(session, await make_rep(session, day.territory), day.outlet)
    assert await only_cause(session, day) == ("not_visited", None)


async def test_a_reason_without_a_check_in_proves_no_visit_and_is_kept(session: AsyncSession, day: Day) -> None:
    await make_no_order_report(session, day.rep, day.outlet, reason_code="no_money")
    assert await only_cause(session, day) == ("not_visited", "no_money")


async def test_a_refused_form_is_the_cause_before_any_other(session: AsyncSession, day: Day) -> None:
    await make_stored_check_in(session, day.rep, day.outlet)
    await make_refusal(session, day.outlet, rep=day.rep)
    assert await only_cause(session, day) == ("order_refused", None)


async def test_what_came_after_the_cutoff_tells_nothing_about_the_cause(session: AsyncSession, day: Day) -> None:
    await make_stored_check_in(session, day.rep, day.outlet, received_at=AFTER)
    await make_refusal(session, day.outlet, rep=day.rep, received_at=AFTER)
    await make_no_order_report(session, day.rep, day.outlet, received_at=AFTER)
    assert await only_cause(session, day) == ("not_visited", None)


async def test_of_two_reasons_the_later_one_is_kept(session: AsyncSession, day: Day) -> None:
    for hour, reason in ((9, "closed"), (11, "no_money"), (10, "competitor")):
        corrected_at = datetime(2026, 11, 23, hour, tzinfo=UTC)
        await make_no_order_report(session, day.rep, day.outlet, reason_code=reason, corrected_at=corrected_at)
    assert await only_cause(session, day) == ("not_visited", "no_money")


@pytest.mark.parametrize(
    ("watermarks", "provisional"),
    [
        ([], False),
        ([None], True),
        ([CUTOFF - MICROSECOND], True),
        ([CUTOFF], False),
        ([AFTER, CUTOFF], False),
        ([AFTER, CUTOFF - MICROSECOND], True),
        ([AFTER, None], True),
    ],
)
async def test_a_penalty_is_provisional_until_every_device_has_told_all_up_to_the_cutoff(
    session: AsyncSession, day: Day, watermarks: list[datetime | None], provisional: bool
) -> None:
    for watermark in watermarks:
        device = await make_device(session, day.rep)
        if watermark is not None:
            await make_watermark(session, device, watermark)
    await make_device(session, day.rep, revoked_at=CUTOFF)
    await make_visit(session, day.rep, day.outlet)
    await close(session, day)
    assert [row.provisional for row in await missing(session)] == [provisional]


async def test_a_day_closed_more_than_72_hours_late_has_no_provisional_penalty(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF + timedelta(hours=72, seconds=1))
    await make_visit(session, day.rep, day.outlet)
    await close(session, day)
    assert [row.provisional for row in await missing(session)] == [False]


async def test_points_are_those_of_the_policy_in_force_on_the_day(session: AsyncSession, day: Day) -> None:
    for version, points, valid_from in ((2, -15, MONDAY), (3, -20, MONDAY + timedelta(days=1))):
        session.add(
            PointsPolicy(
                version=version,
                rule="missed_order",
                points=points,
                valid_from=valid_from,
                created_at=CUTOFF,
                created_by="test",
            )
        )
    await make_visit(session, day.rep, day.outlet)
    await close(session, day)
    entry = (await session.scalars(select(PointsEntry))).one()
    assert (entry.points, entry.policy_version) == (-15, 2)
