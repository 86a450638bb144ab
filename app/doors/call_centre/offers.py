"""What the outlet of a call task may be offered: products at its prices, with stock, and what it had before (CT4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.ground.web.access import Caller
from app.masters.catalogue import service as catalogue
from app.masters.catalogue.rules import ProductOnSale, price_for, stock_for
from app.masters.outlets.service import FieldOutlet, outlets_by_id
from app.masters.territories.calendar import next_working_day
from app.masters.territories.service import territory_facts
from app.sales.orders import service as orders

MOST_ITEMS = 1_000
ORDERS_LOOKED_AT = 50
"""In so many of the outlet's last orders it is looked for when a product was ordered last."""


@dataclass(frozen=True, slots=True)
class LastOrdered:
    """When a product was ordered last, and how much of it."""

    business_date: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """A product as it may be offered on the phone. `stock`, `stock_as_of`: None where nobody knows.

    `min_quantity`: of a must-stock item, what the outlet agreed to keep.
    """

    product: ProductOnSale
    price: Decimal
    stock: Decimal | None
    stock_as_of: datetime | None
    min_quantity: Decimal | None
    suggested_quantity: Decimal | None
    last_ordered: LastOrdered | None


@dataclass(frozen=True, slots=True)
class OutletOffer:
    """What an outlet may be offered on a day. `delivery_date`: the next working day. `complete`: this is all of it."""

    outlet: FieldOutlet
    business_date: date
    delivery_date: date
    complete: bool
    items: Sequence[OfferedItem]


@dataclass(frozen=True, slots=True)
class _Past:
    """What is known of an outlet's orders, and of its terms, by product code."""

    minima: Mapping[str, Decimal]
    suggested: Mapping[str, Decimal]
    last_ordered: Mapping[str, LastOrdered]

    def codes(self) -> set[str]:
        """The products that come before all others."""
        return {*self.minima, *self.suggested, *self.last_ordered}

    def rank(self, code: str) -> tuple[bool, bool, bool]:
        """What must be stocked comes first, then what is suggested, then what was ordered before."""
        return code not in self.minima, code not in self.suggested, code not in self.last_ordered


async def offer_of_task(session: AsyncSession, caller: Caller, task_id: UUID, search: str) -> OutletOffer:
    """What the outlet of a task may be offered: what it must stock, will probably want, or had before comes first.

    Active products, the first 1,000 of them, with the prices and the stock by which its order would be judged (O2).
    `search`: only those with this in their code or name. Twelve statements. Raises CallTaskNotFound.
    """
    task = await call_tasks.task_by_id(session, task_id, caller.territory_ids)
    outlet = (await outlets_by_id(session, [task.outlet_id]))[task.outlet_id]
    territory = await territory_facts(session, outlet.territory_id)
    past = await _past(session, outlet, task.business_date)
    products = await catalogue.products_on_sale(session, MOST_ITEMS + 1, first=past.codes(), search=search)
    return OutletOffer(
        outlet,
        task.business_date,
        next_working_day(territory, task.business_date),
        len(products) <= MOST_ITEMS,
        await _items(session, products[:MOST_ITEMS], outlet, past, task.business_date),
    )


async def _past(session: AsyncSession, outlet: FieldOutlet, day: date) -> _Past:
    """Six statements."""
    recent = await orders.recent_orders(session, [outlet.id], most=ORDERS_LOOKED_AT)
    suggested = await orders.suggested_lines(session, [outlet.id], day)
    last: dict[str, LastOrdered] = {}
    for order in recent.get(outlet.id, ()):  # the newest first
        for line in order.lines:
            last.setdefault(line.product_code, LastOrdered(order.business_date, line.quantity))
    return _Past(
        {item.product_code: item.min_quantity for item in outlet.must_stock},
        {line.product_code: line.quantity for line in suggested.get(outlet.id, ())},
        last,
    )


async def _items(
    session: AsyncSession, products: Sequence[ProductOnSale], outlet: FieldOutlet, past: _Past, day: date
) -> list[OfferedItem]:
    """Two statements."""
    codes = [product.code for product in products]
    offers = await catalogue.offers(session, codes, outlet_ids=[outlet.id], trade_channels=[outlet.trade_channel])
    stock_times = await catalogue.stock_times(session, codes, outlet.warehouse_code)
    return [
        OfferedItem(
            product,
            price=price_for(offers[product.code], outlet.id, outlet.trade_channel, day),
            stock=stock_for(offers[product.code], outlet.warehouse_code),
            stock_as_of=stock_times.get(product.code),
            min_quantity=past.minima.get(product.code),
            suggested_quantity=past.suggested.get(product.code),
            last_ordered=past.last_ordered.get(product.code),
        )
        for product in sorted(products, key=lambda product: past.rank(product.code))
    ]
