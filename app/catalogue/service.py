"""Use cases of the catalogue. `offers` is on the way of every upload: one statement."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue import queries
from app.catalogue.rules import Offer, PriceRow

__all__ = ["Offer", "PriceRow", "offers"]


async def offers(
    session: AsyncSession,
    product_codes: Collection[str],
    *,
    outlet_ids: Collection[int],
    channels: Collection[str | None],
) -> dict[str, Offer]:
    """Those of the products that exist, active or not, with stock and the prices of these outlets and channels."""
    rows = await queries.offer_rows(session, product_codes, outlet_ids, [channel for channel in channels if channel])
    prices: dict[str, list[PriceRow]] = {}
    found: dict[str, Offer] = {}
    for row in rows:
        product, price = row[:7], row[7:]
        code = product[1]
        if code not in found:
            found[code] = Offer(*(*product, ()))
        if price[2] is not None:
            prices.setdefault(code, []).append(PriceRow(*price))
    return {code: replace(offer, prices=tuple(prices.get(code, ()))) for code, offer in found.items()}
