"""The reads of orders, check-ins and doubts that an entry rests on, each as far as the reader may be told of it."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, Uuid, and_, any_, bindparam, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.explanations.records import ExplainedOutlet, ExplainedProduct, SeenCheckIn, SeenDoubt, SeenOrder
from app.closing.punctuality.timely_orders import DOUBTS_OF_PROOFS
from app.field.check_ins.models import CheckIn
from app.field.check_ins.presence import PRESENCE_LASTS
from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.sight import explanation_in_sight
from app.field.visits.sight import outlet_in_sight, planned_visit_of
from app.ground.db.statements import records_of
from app.ground.web.access import Caller, CallerKind, Scope
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.motivation.earnings.rules import DUMPING
from app.motivation.points.models import RepClosing
from app.sales.orders.models import Order
from app.sales.orders.sight import orders_in_sight

_RULES = [rule.value for rule in (*DOUBTS_OF_PROOFS, *DUMPING)]


def may_read_visits(caller: Caller) -> bool:
    """Whether the caller reads visits and check-ins at all."""
    return caller.kind is not CallerKind.CLIENT or Scope.VISITS_READ in caller.scopes


async def orders_of(session: AsyncSession, caller: Caller, outlet_id: int, day: date, rep_id: int) -> list[SeenOrder]:
    """All orders of an outlet and day, by their arrival; those out of the caller's sight only as being there."""
    return await _orders(session, caller, rep_id, Order.business_date == day, Order.outlet_id == outlet_id)


async def order_with_outlet(
    session: AsyncSession, caller: Caller, order_id: UUID, day: date, rep_id: int
) -> tuple[SeenOrder, ExplainedOutlet] | None:
    """One order and its outlet, by two statements; None where the caller may not read it, or it is no longer kept."""
    orders = await _orders(session, caller, rep_id, Order.business_date == day, Order.id == order_id)
    if not orders or not orders[0].in_sight:
        return None
    outlet = select(Outlet.id, Outlet.code, Outlet.name).join(Order, Order.outlet_id == Outlet.id)
    row = (await session.execute(outlet.where(Order.business_date == day, Order.id == order_id))).one()
    return orders[0], ExplainedOutlet(row.id, row.code, row.name)


async def _orders(
    session: AsyncSession, caller: Caller, rep_id: int, *conditions: ColumnElement[bool]
) -> list[SeenOrder]:
    rows = await session.execute(
        select(
            Order.id,
            and_(true(), *orders_in_sight(caller)).label("in_sight"),
            Order.rep_id,
            Order.channel,
            Order.verdict,
            Order.distance_m,
            Order.trusted,
            Order.corrected_at,
            Order.arrived_at().label("arrived_at"),
            Order.received_at.label("accepted_at"),
            func.coalesce(Order.read_at, Order.received_at).label("known_at"),
            Order.device_told_until.label("told_until"),
            Order.cancelled_at,
            Order.cancelled_effective_at,
            func.coalesce(Order.cancelled_by_kind == CallerKind.DEVICE.value, literal(value=False)).label(
                "cancelled_by_rep"
            ),
            func.coalesce(Order.rep_id == rep_id, literal(value=False)).label("own"),
        )
        .where(*conditions)
        .order_by(Order.received_at, Order.id)
    )
    return [SeenOrder(**row._asdict()) for row in rows]


async def check_ins_of(
    session: AsyncSession, caller: Caller, outlet_id: int, day: date, rep_id: int, orders: Sequence[SeenOrder]
) -> list[SeenCheckIn]:
    """The rep's check-ins at an outlet on a day, and those that may speak for these orders (V7), by time."""
    before_orders = [
        and_(
            CheckIn.rep_id == order.rep_id,
            CheckIn.corrected_at.between(order.corrected_at - PRESENCE_LASTS, order.corrected_at),
        )
        for order in orders
        if order.rep_id is not None
    ]
    at_outlet = and_(CheckIn.rep_id == rep_id, CheckIn.outlet_id == outlet_id)
    rows = await session.execute(
        select(
            CheckIn,
            Outlet.code,
            Outlet.name,
            outlet_in_sight(caller, planned_visit_of(CheckIn)).label("in_sight"),
        )
        .join(Outlet, Outlet.id == CheckIn.outlet_id)
        .where(CheckIn.business_date == day, or_(at_outlet, *before_orders))
        .order_by(CheckIn.corrected_at, CheckIn.id)
    )
    return [
        _check_in(row.CheckIn, ExplainedOutlet(row.CheckIn.outlet_id, row.code, row.name), caller, rep_id, row.in_sight)
        for row in rows
    ]


def _check_in(row: CheckIn, outlet: ExplainedOutlet, caller: Caller, rep_id: int, in_sight: bool) -> SeenCheckIn:  # noqa: FBT001 # a column
    readable = may_read_visits(caller) and caller.may_see(row.territory_id, row.rep_id)
    tellable = in_sight and readable
    return SeenCheckIn(
        id=row.id,
        rep_id=row.rep_id,
        own=row.rep_id == rep_id,
        outlet_id=row.outlet_id,
        outlet=outlet if tellable else None,
        arrival=row.kind == "arrival",
        verdict="NO_OUTLET_LOCATION" if row.location_version == 0 else row.verdict,
        distance_m=row.distance_m if tellable else None,
        trusted=row.trusted,
        corrected_at=row.corrected_at,
        received_at=row.received_at,
        readable=readable,
    )


async def products_named(session: AsyncSession, product_ids: Collection[int]) -> list[ExplainedProduct]:
    """Products by their ids."""
    named = select(Product.id, Product.code, Product.name).where(
        Product.id == any_(bindparam("product_ids", list(product_ids), type_=ARRAY(Integer)))
    )
    return records_of(ExplainedProduct, await session.execute(named.order_by(Product.code)))


async def doubts_about(session: AsyncSession, caller: Caller, subject_ids: Collection[UUID]) -> list[SeenDoubt]:
    """The doubts that points depend on (P4), about these check-ins and orders, oldest first."""
    rows = await session.execute(
        select(
            RiskSignal.id,
            RiskSignal.rule,
            RiskSignal.subject_id,
            explanation_in_sight(caller.territory_ids),
            RiskSignal.raised_at,
            RiskSignal.withdrawn_at,
            RiskSignal.review_outcome.label("outcome"),
            RiskSignal.review_comment.label("comment"),
            RiskSignal.reviewed_by,
            RiskSignal.reviewed_at,
            RepClosing.closed_at.label("rep_closed_at"),
        )
        .outerjoin(
            RepClosing,
            and_(
                RepClosing.rep_id == RiskSignal.rep_id,
                RepClosing.closed_through >= func.date_trunc("month", RiskSignal.business_date),
            ),
        )
        .where(
            RiskSignal.rule.in_(_RULES),
            RiskSignal.subject_type.in_(["check_in", "order"]),
            RiskSignal.subject_id == any_(bindparam("subject_ids", list(subject_ids), type_=ARRAY(Uuid))),
        )
        .order_by(RiskSignal.raised_at, RiskSignal.id)
    )
    return [SeenDoubt(**row._asdict()) for row in rows]
