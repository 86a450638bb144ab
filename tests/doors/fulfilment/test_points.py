"""What deliveries bring the order's rep (P2, P3): once it is concluded what came of the order, and anew with each
correction, decision and cancellation.
"""

from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.motivation.points.models import PointsEntry
from app.motivation.points.service import close_reps
from app.sales.deliveries.models import Fulfilment
from tests.conftest import SavepointDatabase
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene, conclude_due
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet

MONDAY_AFTERNOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


async def ledger(session: AsyncSession) -> list[tuple[str, int]]:
    """Rule and points of every entry, in order."""
    rows = await session.execute(select(PointsEntry.rule, PointsEntry.points).order_by(PointsEntry.id))
    return [(rule, points) for rule, points in rows]


async def balance(session: AsyncSession) -> dict[str, int]:
    """What each rule comes to, where that is not nothing."""
    sums: dict[str, int] = {}
    for rule, points in await ledger(session):
        sums[rule] = sums.get(rule, 0) + points
    return {rule: points for rule, points in sums.items() if points}


async def test_an_order_that_came_as_ordered_earns(session: AsyncSession, scene: Scene) -> None:
    body = scene.as_ordered()
    for _ in range(2):
        await scene.tell(body)
    assert await ledger(session) == [("delivery_matched", 2)]
    (entry,) = await session.scalars(select(PointsEntry))
    assert (entry.source_type, entry.source_id, entry.business_date) == ("order", scene.order.id, date(2026, 11, 23))


async def test_what_the_warehouse_left_out_costs_the_rep_nothing(session: AsyncSession, scene: Scene) -> None:
    await scene.tell(scene.body((scene.chocolate, 10, 10), (scene.wafer, 6, 6)))
    assert await ledger(session) == []


async def test_what_the_rep_answers_for_costs_once_for_an_order(session: AsyncSession, scene: Scene) -> None:
    await scene.tell(scene.body((scene.chocolate, 10, 9), (scene.wafer, 6, 3)))
    await scene.decide("rep")
    assert await ledger(session) == [("delivery_mismatch", -5)]
    (entry,) = await session.scalars(select(PointsEntry))
    assert entry.facts is not None
    assert {line["product_id"] for line in entry.facts["lines"]} == {scene.chocolate.id, scene.wafer.id}


async def test_a_decision_otherwise_takes_it_back(session: AsyncSession, scene: Scene) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 9), (scene.wafer, 6, 6)))
    for party in ("rep", "carrier", "rep"):
        await scene.decide(party)
    assert await ledger(session) == [("delivery_mismatch", -5), ("delivery_mismatch", 5), ("delivery_mismatch", -5)]


async def test_a_price_that_the_rep_answers_for_costs_beside_a_quantity(session: AsyncSession, scene: Scene) -> None:
    body = scene.body((scene.chocolate, 12, 9), (scene.wafer, 6, 6))
    body["lines"][1]["unit_price"] = "1.20"
    await scene.tell(body)
    assert await balance(session) == {}
    await scene.decide("rep")
    assert await balance(session) == {"delivery_mismatch": -5, "price_mismatch": -5}


async def test_a_correction_concludes_anew(session: AsyncSession, scene: Scene) -> None:
    body = scene.as_ordered()
    await scene.tell(body)
    body["lines"][0]["accepted_quantity"] = "9"
    await scene.tell(body)
    assert await ledger(session) == [("delivery_matched", 2), ("delivery_matched", -2)]
    await scene.decide("rep")
    assert await balance(session) == {"delivery_mismatch": -5}
    body["lines"][0]["accepted_quantity"] = "12"
    # the content of the first message again: its sender has to know what stands
    await scene.tell(body, **{"if-match": '"2"'})
    assert await balance(session) == {"delivery_matched": 2}


async def test_two_deliveries_fill_one_order(session: AsyncSession, scene: Scene) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 12)))
    assert await ledger(session) == []
    await scene.tell(scene.body((scene.wafer, 6, 6)))
    assert await ledger(session) == [("delivery_matched", 2)]


async def test_what_is_left_out_is_concluded_once_the_delivery_date_has_passed(
    app: FastAPI, session: AsyncSession, scene: Scene, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    await scene.tell(scene.body((scene.chocolate, 12, 9)))
    assert await ledger(session) == []
    await conclude_due(database, the_clock, WEDNESDAY)
    the_clock.move_to(WEDNESDAY)
    scene.supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, scene.territory))
    await scene.decide("rep", scene.chocolate)
    assert await balance(session) == {"delivery_mismatch": -5}


async def test_a_correction_after_the_months_close_counts_in_the_open_month_and_names_the_closed_one(
    session: AsyncSession, scene: Scene
) -> None:
    body = scene.as_ordered()
    await scene.tell(body)
    await close_reps(session, [scene.rep.id], date(2026, 11, 1), clock.now())
    body["lines"][0]["accepted_quantity"] = "9"
    await scene.tell(body)
    of_rule = PointsEntry.rule == "delivery_matched"
    columns = select(PointsEntry.points, PointsEntry.month).where(of_rule)
    months = await session.execute(columns.order_by(PointsEntry.id))
    assert [(points, month) for points, month in months] == [(2, date(2026, 11, 1)), (-2, date(2026, 12, 1))]


async def test_an_order_of_nobody_earns_nobody_anything(session: AsyncSession, scene: Scene) -> None:
    scene.order.rep_id = None
    await session.flush()
    await scene.tell(scene.as_ordered())
    assert await ledger(session) == []


async def test_a_delivery_that_never_was_costs_its_rep_nothing_and_the_order_is_undelivered_later(
    session: AsyncSession, scene: Scene, database: SavepointDatabase, the_clock: clock.SetClock
) -> None:
    scene.outlet = await make_outlet(session, scene.territory, terms={"mismatch_answered_by": "rep"})
    scene.order = await make_order(session, scene.outlet, rep=scene.rep, lines=[(scene.chocolate, 12)])
    body = scene.body((scene.chocolate, 9, 9))
    await scene.tell(body)
    assert await balance(session) == {"delivery_mismatch": -5}
    body["lines"][0] |= {"shipped_quantity": "0", "accepted_quantity": "0"}
    assert (await scene.tell(body)).status_code == 200
    assert await balance(session) == {}
    fulfilment = await scene.fulfilment()
    names = ("status", "settled", "deliveries", "on_time", "last_delivered_date")
    assert [fulfilment[name] for name in names] == ["open", False, 0, None, None]
    await conclude_due(database, the_clock, WEDNESDAY)
    assert await session.scalar(select(Fulfilment.status).where(Fulfilment.order_id == scene.order.id)) == "undelivered"
    assert await balance(session) == {}


@pytest.mark.parametrize("change", ["cancelled", "halved"])
async def test_what_the_office_changes_after_the_cutoff_costs_the_rep_nothing_until_somebody_decides(
    session: AsyncSession, scene: Scene, change: str
) -> None:
    scene.outlet = await make_outlet(session, scene.territory, terms={"mismatch_answered_by": "rep"})
    scene.order = await make_order(session, scene.outlet, rep=scene.rep, lines=[(scene.chocolate, 12)])
    await change_order(scene, change)
    await scene.tell(scene.body((scene.chocolate, 12, 12)))
    (line,) = (await scene.fulfilment())["lines"]
    assert line["mismatches"] == ["not_ordered" if change == "cancelled" else "over_shipped"]
    assert (line["answered_by"], line["answered_because"]) == ("open", "changed_after_cutoff")
    assert await balance(session) == {}
    await scene.decide("rep")
    assert await balance(session) == {"delivery_mismatch": -5}


@pytest.mark.parametrize("change", ["cancelled", "halved"])
async def test_what_the_office_changes_before_the_cutoff_is_the_order_that_the_rep_answers_for(
    app: FastAPI, session: AsyncSession, scene: Scene, the_clock: clock.SetClock, change: str
) -> None:
    scene.outlet = await make_outlet(session, scene.territory, terms={"mismatch_answered_by": "rep"})
    scene.order = await make_order(session, scene.outlet, rep=scene.rep, lines=[(scene.chocolate, 12)])
    the_clock.move_to(MONDAY_AFTERNOON)
    scene.supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, scene.territory))
    await change_order(scene, change)
    the_clock.move_to(TUESDAY_NOON)
    await scene.tell(scene.body((scene.chocolate, 12, 12)))
    assert await balance(session) == {"delivery_mismatch": -5}


async def change_order(scene: Scene, change: str) -> None:
    path, headers = f"/v1/orders/{scene.order.id}", scene.supervisor
    if change == "cancelled":
        answer = await scene.api.post(f"{path}/cancel", headers=headers)
    else:
        amendment = {
            "outlet_code": scene.outlet.code,
            "captured_at": "2026-11-23T12:00:00+02:00",
            "delivery_date": "2026-11-24",
            "lines": [{"product_code": scene.chocolate.code, "quantity": "6"}],
        }
        answer = await scene.api.put(path, json=amendment, headers=headers)
    assert answer.status_code == 200, answer.text
