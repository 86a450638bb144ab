"""The SQL of the masters in a download: reasons, products, prices, stock and outlets that changed."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Row, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.doors.handheld.download.records import DownloadExtent, Item
from app.ground.web.amounts import decimal_text, money_text
from app.ground.web.fields import wall_time_text
from app.masters.catalogue.models import Price, Product, Stock
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.territories.models import Territory
from app.sales.orders.models import NoOrderReason

ENDED_PRICES_KEPT = timedelta(days=30)
"""How long after its last day a price is still sent to a handheld that is told everything."""

_SINCE = bindparam("since", type_=BigInteger)
_AFTER = bindparam("after", type_=Integer)
_TERRITORY = bindparam("territory_id", type_=Integer)
_LIMIT = bindparam("limit", type_=Integer)

_REASONS = (
    select(NoOrderReason.code, NoOrderReason.label, NoOrderReason.active)
    .where(NoOrderReason.changed_in >= _SINCE, NoOrderReason.code > bindparam("after"))
    .order_by(NoOrderReason.code)
    .limit(_LIMIT)
)

_PRODUCTS = (
    select(
        Product.id,
        Product.code,
        Product.name,
        Product.gtin,
        Product.unit,
        Product.pack_size,
        Product.assortment_group,
        Product.price_segment,
        Product.list_price,
        Product.active,
    )
    .where(Product.changed_in >= _SINCE, Product.id > _AFTER)
    .order_by(Product.id)
    .limit(_LIMIT)
)

# An outlet that came into the territory brings its prices along, unchanged though they are.
_PRICES = (
    select(
        Price.id,
        Product.code.label("product_code"),
        Price.channel,
        Outlet.code.label("outlet_code"),
        Price.price,
        Price.valid_from,
        Price.valid_to,
    )
    .join(Product, Product.id == Price.product_id)
    .outerjoin(Outlet, Outlet.id == Price.outlet_id)
    .where(Price.id > _AFTER)
    .where(or_(Price.outlet_id.is_(None), Outlet.territory_id == _TERRITORY))
    .where(or_(Price.changed_in >= _SINCE, Outlet.changed_in >= _SINCE))
    .where(or_(_SINCE > 0, Price.valid_to.is_(None), Price.valid_to >= bindparam("ended_after", type_=Date)))
    .order_by(Price.id)
    .limit(_LIMIT)
)


def _stock() -> Select[*tuple[Any, ...]]:
    changed = aliased(Stock)
    return (
        select(
            Product.id,
            Product.code.label("product_code"),
            func.sum(Stock.quantity).label("quantity"),
            func.min(Stock.as_of).label("as_of"),
        )
        .join(Product, Product.id == Stock.product_id)
        .join(Territory, Territory.id == _TERRITORY)
        .where(Product.id > _AFTER)
        .where(or_(Territory.warehouse_code.is_(None), Stock.warehouse_code == Territory.warehouse_code))
        .where(
            or_(
                Territory.changed_in >= _SINCE,
                Product.id.in_(select(changed.product_id).where(changed.changed_in >= _SINCE)),
            )
        )
        .group_by(Product.id)
        .order_by(Product.id)
        .limit(_LIMIT)
    )


_STOCK = _stock()
_LOCATION = ("lat", "lon", "radius_m", "fence")
_TERMS = (
    *("order_due_time", "visits_per_week", "min_gap_days", "allowed_weekdays", "visiting_hours", "must_stock"),
    *("min_order_value", "credit_hold", "orders_per_week", "mismatch_answered_by", "service_minutes"),
)
_OUTLETS = (
    select(
        Outlet.id,
        Outlet.code,
        Outlet.name,
        Outlet.address,
        Outlet.phone,
        Outlet.channel,
        Outlet.active,
        OutletLocation.version.label("location_version"),
        *(getattr(OutletLocation, name) for name in _LOCATION),
        OutletTerms.version.label("terms_version"),
        *(getattr(OutletTerms, name) for name in _TERMS),
    )
    .outerjoin(
        OutletLocation,
        and_(OutletLocation.outlet_id == Outlet.id, OutletLocation.version == Outlet.location_version),
    )
    .outerjoin(OutletTerms, and_(OutletTerms.outlet_id == Outlet.id, OutletTerms.version == Outlet.terms_version))
    .where(Outlet.territory_id == _TERRITORY, Outlet.changed_in >= _SINCE, Outlet.id > _AFTER)
    .order_by(Outlet.id)
    .limit(_LIMIT)
)


async def reasons(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    """Why a visit may end without an order."""
    rows = await session.execute(_REASONS, extent.parameters(["since"], limit) | {"after": after or ""})
    return [(row.code, row._asdict()) for row in rows]


async def products(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    """What is sold, and what no longer is."""
    rows = await session.execute(_PRODUCTS, extent.parameters(["since"], limit) | {"after": _number(after)})
    return [
        (
            str(row.id),
            {
                "code": row.code,
                "name": row.name,
                "gtin": row.gtin,
                "unit": row.unit,
                "pack_size": decimal_text(row.pack_size),
                "assortment_group": row.assortment_group,
                "price_segment": row.price_segment,
                "list_price": money_text(row.list_price),
                "active": row.active,
            },
        )
        for row in rows
    ]


async def prices(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    """Prices for every outlet, for a channel, and for the territory's own outlets."""
    parameters = extent.parameters(["since", "territory_id"], limit)
    ended_after = extent.visits_from - ENDED_PRICES_KEPT
    rows = await session.execute(_PRICES, parameters | {"after": _number(after), "ended_after": ended_after})
    return [
        (
            str(row.id),
            {
                "product_code": row.product_code,
                "channel": row.channel,
                "outlet_code": row.outlet_code,
                "price": money_text(row.price),
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
            },
        )
        for row in rows
    ]


async def stock(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    """What the territory's warehouse has; what all of them have where it has none of its own."""
    parameters = extent.parameters(["since", "territory_id"], limit)
    rows = await session.execute(_STOCK, parameters | {"after": _number(after)})
    return [
        (
            str(row.id),
            {"product_code": row.product_code, "quantity": decimal_text(row.quantity), "as_of": row.as_of},
        )
        for row in rows
    ]


async def outlets(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    """The territory's outlets with their location and their terms."""
    parameters = extent.parameters(["since", "territory_id"], limit)
    rows = await session.execute(_OUTLETS, parameters | {"after": _number(after)})
    return [
        (
            str(row.id),
            {
                "code": row.code,
                "name": row.name,
                "address": row.address,
                "phone": row.phone,
                "channel": row.channel,
                "active": row.active,
                "location": _location(row),
                "terms": _terms(row),
            },
        )
        for row in rows
    ]


def _location(row: Row[*tuple[Any, ...]]) -> dict[str, Any] | None:
    if row.location_version is None:
        return None
    if row.fence is not None:
        return {"version": row.location_version, "fence": row.fence}
    return {"version": row.location_version, "lat": row.lat, "lon": row.lon, "radius_m": row.radius_m}


def _terms(row: Row[*tuple[Any, ...]]) -> dict[str, Any] | None:
    if row.terms_version is None:
        return None
    return {
        "order_due_time": wall_time_text(row.order_due_time) if row.order_due_time is not None else None,
        "visits_per_week": decimal_text(row.visits_per_week) if row.visits_per_week is not None else None,
        "min_gap_days": row.min_gap_days,
        "allowed_weekdays": row.allowed_weekdays,
        "visiting_hours": row.visiting_hours,
        "must_stock": row.must_stock,
        "min_order_value": money_text(row.min_order_value) if row.min_order_value is not None else None,
        "credit_hold": row.credit_hold,
        "orders_per_week": decimal_text(row.orders_per_week) if row.orders_per_week is not None else None,
        "mismatch_answered_by": row.mismatch_answered_by,
        "service_minutes": row.service_minutes,
    }


def _number(after: str | None) -> int:
    return int(after) if after else 0
