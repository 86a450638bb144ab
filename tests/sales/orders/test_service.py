from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem
from app.masters.outlets.positions import Fix, GeofenceVerdict, Verdict
from app.sales.orders import service
from app.sales.orders.models import NoOrderReason, NoOrderReport, Order, OrderLine, OrderRefusal, OutletTurnover
from app.sales.orders.records import OrderRecord
from app.sales.orders.rules import OrderWarning
from tests.conftest import MONDAY_NOON, Statements
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order, make_receipt
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.sales.orders.records import MONDAY, no_order_record, order_record, stamp


async def test_orders_are_recorded_with_lines_fix_and_warnings(session: AsyncSession) -> None:
    outlet = await make_outlet(session, await make_territory(session))
    first, second = await make_product(session), await make_product(session)
    warning = OrderWarning("below_min_order", "/lines", "Too small.", {"total_value": "27.60"})
    device_id = uuid4()
    order = order_record(
        outlet,
        first.id,
        second.id,
        warnings=(warning,),
        comment="ring twice",
        stamped=stamp(sequence=8, monotonic_ms=9, boot_id="b", trusted=True, skew_ms=-1204),
        device_id=device_id,
        rep_id=5,
        fix=Fix(38.2, 21.7, 8.5, MONDAY_NOON, "fused"),
        verdict=Verdict(GeofenceVerdict.INSIDE, 0.97, 21.4),
    )
    await service.record_orders(session, [order])
    row = (await session.scalars(select(Order).where(Order.id == order.id))).one()
    assert row.warnings == [warning.as_json()]
    assert (row.line_count, row.total_value, row.comment) == (2, Decimal("27.60"), "ring twice")
    assert (row.device_id, row.rep_id, row.sequence, row.monotonic_ms, row.boot_id) == (device_id, 5, 8, 9, "b")
    assert (row.lat, row.lon, row.accuracy_m, row.fix_at) == (38.2, 21.7, 8.5, MONDAY_NOON)
    assert (row.verdict, row.p_inside, row.distance_m, row.mock) == ("INSIDE", 0.97, 21.4, False)
    assert (row.channel, row.trusted, row.clock_changed, row.skew_ms) == ("API", True, False, -1204)
    lines = (await session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))).all()
    assert {(line.line_number, line.product_id) for line in lines} == {(1, first.id), (2, second.id)}
    assert {(line.quantity, line.unit_price, line.list_price) for line in lines} == {
        (Decimal(12), Decimal("1.15"), Decimal("1.20"))
    }


async def test_any_number_of_orders_is_one_statement(session: AsyncSession, statements: Statements) -> None:
    outlet = await make_outlet(session, await make_territory(session))
    products = [(await make_product(session)).id for _ in range(3)]
    await statements.taken()
    await service.record_orders(session, [order_record(outlet, *products) for _ in range(25)])
    assert len(await statements.taken()) == 1
    assert await session.scalar(select(func.count()).where(OrderLine.product_id.in_(products))) == 75


async def test_nothing_to_record_asks_nothing(session: AsyncSession, statements: Statements) -> None:
    await statements.taken()
    await service.record_orders(session, [])
    await service.record_refusals(session, [])
    await service.record_no_order_reports(session, [])
    assert await statements.taken() == []


async def test_the_first_refusal_of_an_id_is_kept(session: AsyncSession) -> None:
    outlet, id_ = await make_outlet(session, await make_territory(session)), uuid4()

    def refused(code: str) -> OrderRecord:
        return order_record(outlet, id_=id_, problems=(FieldProblem("/lines", code, "a sentence"),))

    await service.record_refusals(session, [refused("no_lines")])
    await service.record_refusals(session, [refused("too_many_lines")])
    row = (await session.scalars(select(OrderRefusal).where(OrderRefusal.id == id_))).one()
    assert row.problems == [{"pointer": "/lines", "code": "no_lines", "message": "a sentence"}]
    assert (row.outlet_id, row.business_date, row.received_at) == (outlet.id, MONDAY, MONDAY_NOON)
    assert (row.placed_by, row.rep_id) == ("client:erp", None)


async def test_each_content_that_was_refused_under_an_id_is_kept_whole_and_stands_until_the_id_is_an_orders(
    session: AsyncSession,
) -> None:
    outlet, id_ = await make_outlet(session, await make_territory(session)), uuid4()
    problem = (FieldProblem("/lines", "no_lines", "a sentence"),)
    for content in (b"first", b"second", b"first"):
        record = order_record(outlet, id_=id_, problems=problem, comment=content.decode(), digest=content)
        await service.record_refusals(session, [record])
    standing = select(OrderRefusal).where(OrderRefusal.outlet_id == outlet.id, OrderRefusal.stands())
    rows = (await session.scalars(standing.order_by(OrderRefusal.digest))).all()
    assert [(row.digest, row.channel, row.corrected_at, row.form and row.form["comment"]) for row in rows] == [
        (b"first", "API", MONDAY_NOON, "first"),
        (b"second", "API", MONDAY_NOON, "second"),
    ]
    await make_receipt(session, "order", id_, MONDAY, MONDAY_NOON)
    assert (await session.scalars(standing)).all() == []


async def test_no_order_reports_are_recorded(session: AsyncSession) -> None:
    outlet = await make_outlet(session, await make_territory(session))
    record = no_order_record(outlet, 5, comment="full shelves", stamp=stamp(sequence=4, skew_ms=3000))
    await service.record_no_order_reports(session, [record, no_order_record(outlet, 5)])
    row = (await session.scalars(select(NoOrderReport).where(NoOrderReport.id == record.id))).one()
    assert (row.reason_code, row.comment, row.sequence, row.skew_ms) == ("overstocked", "full shelves", 4, 3000)


async def test_only_active_reasons_may_be_given(session: AsyncSession) -> None:
    session.add_all([NoOrderReason(code="asleep", label="Asleep", active=False), NoOrderReason(code="a", label="A")])
    await session.flush()
    reasons = await service.active_reasons(session)
    assert reasons["overstocked"] == "The outlet has stock enough"
    assert "asleep" not in reasons
    assert list(reasons) == sorted(reasons)


async def test_the_last_orders_of_many_outlets_come_newest_first(session: AsyncSession, statements: Statements) -> None:
    territory = await make_territory(session)
    busy, quiet, new = [await make_outlet(session, territory) for _ in range(3)]
    product = await make_product(session)
    for days in (1, 400, 3, 5, 4, 2):
        await make_order(session, busy, lines=[(product, 6 * days)], business_date=MONDAY - timedelta(days))
    await make_order(session, quiet, lines=[(product, 6)], business_date=MONDAY - timedelta(500))
    await statements.taken()
    recent = await service.recent_orders(session, [busy.id, quiet.id, new.id])
    assert [order.business_date for order in recent[busy.id]] == [MONDAY - timedelta(days) for days in range(1, 6)]
    assert [(line.product_code, line.quantity) for line in recent[busy.id][1].lines] == [(product.code, Decimal(12))]
    assert [order.business_date for order in recent[quiet.id]] == [MONDAY - timedelta(500)]
    assert new.id not in recent
    assert len(await statements.taken()) == 2


async def test_suggestions_for_many_outlets_take_four_statements(session: AsyncSession, statements: Statements) -> None:
    territory = await make_territory(session)
    product, must = await make_product(session), await make_product(session)
    terms = {"must_stock": [{"product_code": must.code, "min_quantity": "7"}]}
    steady, weekly = await make_outlet(session, territory, terms=terms), await make_outlet(session, territory)
    for days in range(1, 6):
        await make_order(session, steady, lines=[(product, 12)], business_date=MONDAY - timedelta(days))
    for weeks in range(1, 6):
        quantity = 60 if weeks < 5 else 6000
        await make_order(session, weekly, lines=[(product, quantity)], business_date=MONDAY - timedelta(7 * weeks))
        await make_order(session, weekly, lines=[(product, 6)], business_date=MONDAY - timedelta(7 * weeks - 1))
    await make_order(session, steady, lines=[(product, 6000)], business_date=MONDAY)
    await statements.taken()
    suggested = await service.suggested_lines(session, [steady.id, weekly.id], MONDAY)
    assert len(await statements.taken()) == 4
    assert suggested == {
        steady.id: ((product.code, Decimal(12)), (must.code, Decimal(12))),
        weekly.id: ((product.code, Decimal(60)),),
    }


async def test_turnovers_are_the_value_of_the_four_weeks_before(session: AsyncSession) -> None:
    territory = await make_territory(session)
    outlet, fallen_asleep = await make_outlet(session, territory), await make_outlet(session, territory)
    today = date(2026, 11, 23)
    session.add(OutletTurnover(outlet_id=fallen_asleep.id, value=Decimal(9), computed_on=today - timedelta(1)))
    for days, value in ((0, 1), (1, 10), (28, 100), (29, 1000)):
        await make_order(session, outlet, business_date=today - timedelta(days), total_value=Decimal(value))
    await session.flush()
    for _ in range(2):  # a job that runs again the same day changes nothing
        await service.refresh_turnovers(session, datetime(2026, 11, 23, 3, 30, tzinfo=UTC))
        rows = await session.execute(select(OutletTurnover.outlet_id, OutletTurnover.value, OutletTurnover.computed_on))
        assert [tuple(row) for row in rows] == [(outlet.id, Decimal(110), today)]


async def test_a_turnover_past_what_its_column_holds_is_the_most_that_it_holds(session: AsyncSession) -> None:
    outlet = await make_outlet(session, await make_territory(session))
    for days in (1, 2):
        day = date(2026, 11, 23) - timedelta(days)
        await make_order(session, outlet, business_date=day, total_value=Decimal("9999999999.9999"))
    await service.refresh_turnovers(session, datetime(2026, 11, 23, 3, 30, tzinfo=UTC))
    assert await session.scalar(select(OutletTurnover.value)) == Decimal("9999999999.9999")
