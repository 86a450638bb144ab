"""Use case of the form going out: an outlet's catalogue, prices, must-stock items and suggestion, put together."""

import secrets
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.writing import MOST_PRODUCTS, FormRow, OrderSheet
from app.ground import clock
from app.ground.web.access import Caller
from app.masters.catalogue.rules import price_for
from app.masters.catalogue.service import offers, products_on_sale
from app.masters.outlets.errors import OutletNotFound
from app.masters.outlets.service import language_of, outlets_by_code
from app.masters.territories.calendar import business_date, next_working_day
from app.masters.territories.service import territory_facts
from app.sales.orders.service import suggested_lines


async def order_sheet(session: AsyncSession, caller: Caller, outlet_code: str, order_date: date | None) -> OrderSheet:
    """An outlet's form for the orders of a day (None: today, in its territory's zone), by a fixed number of statements.

    What must be stocked comes first, then what is suggested, then the rest of the catalogue by group and name; the
    delivery date is the next working day. Raises OutletNotFound for one that the caller may not see, or that is not
    served.
    """
    outlet = (await outlets_by_code(session, [outlet_code])).get(outlet_code)
    if outlet is None or not outlet.active or not _in_sight(caller, outlet.territory_id):
        raise OutletNotFound
    territory = await territory_facts(session, outlet.territory_id)
    day = order_date or business_date(territory, clock.now())
    products = await products_on_sale(session, MOST_PRODUCTS)
    trade_channels = [outlet.trade_channel]
    offers_by_code = await offers(
        session, [product.code for product in products], outlet_ids=[outlet.id], trade_channels=trade_channels
    )
    suggested = {
        line.product_code: line.quantity
        for line in (await suggested_lines(session, [outlet.id], day)).get(outlet.id, ())
    }
    must_stock: dict[str, Decimal] = {item.product_code: item.min_quantity for item in outlet.must_stock}
    rows = [
        FormRow(
            product.code,
            product.name,
            product.group,
            product.unit,
            product.pack_size,
            price_for(offers_by_code[product.code], outlet.id, outlet.trade_channel, day),
            must_stock.get(product.code),
            suggested.get(product.code),
        )
        for product in products
    ]
    rows.sort(key=lambda row: (row.must_stock is None, row.suggested is None))
    delivery_date = next_working_day(territory, day)
    language = await language_of(session, outlet.id)
    head = (new_form_id(), outlet.code, outlet.name, day, delivery_date, outlet.min_order_value)
    return OrderSheet(*head, rows, language)


def new_form_id() -> UUID:
    """A version 7 UUID (RFC 9562): in the order of time, as handhelds make them."""
    millis = int(clock.now().timestamp() * 1000)
    random = secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=(millis & ((1 << 48) - 1)) << 80 | 0x7 << 76 | random)


def _in_sight(caller: Caller, territory_id: int) -> bool:
    """A device sees its rep's territory here, as in the list of outlets."""
    return caller.territory_ids is None or territory_id in caller.territory_ids
