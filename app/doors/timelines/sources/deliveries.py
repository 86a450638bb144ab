"""Items of what came of orders: deliveries, returns, and people's words about who answers."""

from typing import Any

from sqlalchemy import Select, select

from app.doors.timelines.reading import OUTLET_ID, in_order, money, newest, of_span, record, told
from app.masters.catalogue.models import Product
from app.sales.deliveries.models import Delivery, FulfilmentDecision
from app.sales.returns.models import Return, ReturnDecision


def deliveries() -> Select[*tuple[Any, ...]]:
    """Deliveries when they came."""
    records = record(
        Delivery.outlet_id == OUTLET_ID,
        of_span(Delivery.delivered_date),
        at=Delivery.delivered_at,
        title="delivery_recorded",
        id_=Delivery.id,
        business_date=Delivery.delivered_date,
        rep_id=Delivery.rep_id,
        actor=Delivery.recorded_by,
        filed_under=Delivery.business_date,
        order_id=Delivery.order_id,
        number=Delivery.number,
        value=Delivery.value,
        version=Delivery.version,
    )
    rows = newest(records)
    return told(
        rows,
        filed_under=rows.c.filed_under,
        number=rows.c.number,
        order_id=rows.c.order_id,
        value=money(rows.c.value),
        version=rows.c.version,
    )


def fulfilment_decisions() -> Select[*tuple[Any, ...]]:
    """Supervisors' words on who answers for what came otherwise than ordered (D3)."""
    return _decisions(FulfilmentDecision, FulfilmentDecision.order_id, "order_id", "fulfilment_decided")


def return_decisions() -> Select[*tuple[Any, ...]]:
    """The same about what went back (D4)."""
    return _decisions(ReturnDecision, ReturnDecision.return_id, "return_id", "return_decided")


def _decisions(decision: Any, about: Any, name: str, title: str) -> Select[*tuple[Any, ...]]:
    records = record(
        decision.outlet_id == OUTLET_ID,
        at=decision.decided_at,
        title=title,
        id_=decision.id,
        key=in_order(decision.id),
        business_date=decision.business_date,
        actor=decision.decided_by,
        about_id=about,
        product_id=decision.product_id,
        answered_by=decision.answered_by,
    )
    rows = newest(records)
    product_code = select(Product.code).where(Product.id == rows.c.product_id).correlate(rows).scalar_subquery()
    return told(rows, **{name: rows.c.about_id}, product_code=product_code, answered_by=rows.c.answered_by)


def returns() -> Select[*tuple[Any, ...]]:
    """Returns when they went back."""
    records = record(
        Return.outlet_id == OUTLET_ID,
        of_span(Return.returned_date),
        at=Return.returned_at,
        title="return_recorded",
        id_=Return.id,
        business_date=Return.returned_date,
        actor=Return.recorded_by,
        filed_under=Return.business_date,
        delivery_id=Return.delivery_id,
        value=Return.value,
        version=Return.version,
    )
    rows = newest(records)
    return told(
        rows,
        filed_under=rows.c.filed_under,
        delivery_id=rows.c.delivery_id,
        value=money(rows.c.value),
        version=rows.c.version,
    )
