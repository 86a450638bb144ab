"""The score and who moved it, said of lines one by one (MX1, MX2). Nothing here runs in production.

`sold_queries.sold` adds up in the database, `figures.mix_of` counts in whole numbers; tests hold both to these
functions (tests/motivation/assortment_mix/test_agreement.py, tests/motivation/assortment_mix/test_order_of_arrival.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order as it stands: whose order, at which outlet, of which group of products."""

    order: UUID
    cancelled: bool
    outlet: int
    rep: int | None
    group: str | None
    quantity: Decimal
    unit_price: Decimal


def score(lines: Collection[SoldLine], shares: Mapping[str, Decimal]) -> Fraction | None:
    """1 - 1/2 * the sum of |actual - target| over the groups with a target and all others as one; None without value.

    The targets are taken in proportion to their sum.
    """
    counting = [line for line in lines if not line.cancelled]
    whole = sum((_value(line) for line in counting), Fraction(0))
    if whole == 0:
        return None
    total = sum((Fraction(share) for share in shares.values()), Fraction(0))
    off = Fraction(0)
    for group in [*shares, None]:
        its = [line for line in counting if (line.group if line.group in shares else None) == group]
        target = Fraction(shares[group]) / total if group is not None else Fraction(0)
        off += abs(sum((_value(line) for line in its), Fraction(0)) / whole - target)
    return 1 - off / 2


def effects(
    lines: Sequence[SoldLine], shares: Mapping[str, Decimal], of: Callable[[SoldLine], int | None]
) -> dict[int | None, Fraction]:
    """By how much the score is higher with the lines of each (`of` a line: its outlet, its rep) than without them.

    Whoever has all of the value is left out: without it there is no score.
    """
    with_all = score(lines, shares)
    differences: dict[int | None, Fraction] = {}
    for who in {of(line) for line in lines if not line.cancelled}:
        without = score([line for line in lines if of(line) != who], shares)
        if with_all is not None and without is not None:
            differences[who] = with_all - without
    return differences


def _value(line: SoldLine) -> Fraction:
    return Fraction(line.quantity) * Fraction(line.unit_price)
