"""Products for tests."""

from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.catalogue.models import Product

_numbers = count(1)


async def make_product(session: AsyncSession, **fields: Any) -> Product:
    """An active product in packs of 6 at 1.15."""
    number = next(_numbers)
    sound = {
        "code": f"CHO-{number:03}",
        "name": f"Chocolate {number}",
        "unit": "piece",
        "pack_size": Decimal(6),
        "assortment_group": "chocolate",
        "list_price": Decimal("1.15"),
    }
    product = Product(**sound | fields)
    session.add(product)
    await session.flush()
    return product
