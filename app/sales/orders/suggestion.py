"""What an outlet will probably want: a pure function of what it ordered before."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from app.masters.outlets.service import MustStock
from app.sales.orders.records import PastOrder

MEAN_OF = 4
"""A suggestion is the mean of this many orders."""

_ZERO = Decimal(0)


class SuggestedLine(NamedTuple):
    """A product and how much of it, in whole packs."""

    product_code: str
    quantity: Decimal


def suggest_lines(
    past: Sequence[PastOrder], weekday: int, packs: Mapping[str, Decimal], must_stock: Sequence[MustStock] = ()
) -> tuple[SuggestedLine, ...]:
    """The mean of the last four orders, rounded to whole packs; must-stock items are topped up to their minimum.

    `past`: an outlet's orders, the newest first. Where four of them are of the ISO `weekday`, only that day's count: a
    Friday before the weekend is no Tuesday. Where there are fewer than four at all, the mean is over those. `packs`:
    the pack sizes of the products that are still sold; others are not suggested. By product code.
    """
    of_weekday = [order for order in past if order.business_date.isoweekday() == weekday]
    basis = (of_weekday if len(of_weekday) >= MEAN_OF else past)[:MEAN_OF]
    sums: dict[str, Decimal] = {}
    for order in basis:
        for line in order.lines:
            sums[line.product_code] = sums.get(line.product_code, _ZERO) + line.quantity
    quantities = {
        code: _in_packs(total / len(basis), packs[code], ROUND_HALF_UP) for code, total in sums.items() if code in packs
    }
    for item in must_stock:
        if item.product_code in packs:
            minimum = _in_packs(item.min_quantity, packs[item.product_code], ROUND_CEILING)
            quantities[item.product_code] = max(minimum, quantities.get(item.product_code, _ZERO))
    return tuple(SuggestedLine(code, quantity) for code, quantity in sorted(quantities.items()) if quantity > _ZERO)


def _in_packs(quantity: Decimal, pack_size: Decimal, rounding: str) -> Decimal:
    return (quantity / pack_size).quantize(Decimal(1), rounding) * pack_size
