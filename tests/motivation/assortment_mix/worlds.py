"""A territory with outlets and reps, and a quarter of orders, for tests of the mix."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import Order, OrderLine
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

QUARTER = "2026-Q3"
FIRST_DAY = date(2026, 7, 1)


@dataclass
class MixWorld:
    """A territory with a rep, an outlet, and a product at 1.00 for each of a few groups, by group."""

    session: AsyncSession
    territory: Territory
    rep: Rep
    outlet: Outlet
    products: dict[str, Product]

    async def order(self, day: date = FIRST_DAY, **values: int) -> Order:
        """An order of the rep and outlet on a day, of so much value of each group."""
        return await self.order_of(self.rep, self.outlet, day, **values)

    async def order_of(self, rep: Rep | None, outlet: Outlet, day: date = FIRST_DAY, **values: int) -> Order:
        """The same by another rep (None: by none), or of another outlet."""
        lines = [(self.products[group], value) for group, value in values.items()]
        return await make_order(self.session, outlet, rep=rep, lines=lines, business_date=day)

    async def orders(self, count: int, day: date = FIRST_DAY, **values: int) -> Order:
        """So many alike; the first of them. By copying it: a test has thirty orders at once."""
        first = await self.order(day, **values)
        parameters = {"order_id": first.id, "ids": [uuid4() for _ in range(1, count)]}
        for table, key in ((Order, "id"), (OrderLine, "order_id")):
            names = [column.name for column in table.__table__.columns]
            copies = ", ".join("copy" if name == key else f"original.{name}" for name in names)
            await self.session.execute(
                text(
                    f"INSERT INTO {table.__tablename__} ({', '.join(names)}) SELECT {copies}"
                    f" FROM {table.__tablename__} original, unnest(CAST(:ids AS uuid[])) copy"
                    f" WHERE original.{key} = :order_id"
                ),
                parameters,
            )
        return first


async def make_mix_world(session: AsyncSession, *groups: str, **fields: Any) -> MixWorld:
    """The world, in Athens; groups chocolate, biscuits and drinks where none are named."""
    territory = await make_territory(session, **fields)
    products = {
        group: await make_product(session, assortment_group=group, price_segment="standard", list_price=Decimal(1))
        for group in groups or ("chocolate", "biscuits", "drinks")
    }
    rep, outlet = await make_rep(session, territory), await make_outlet(session, territory)
    return MixWorld(session, territory, rep, outlet, products)
