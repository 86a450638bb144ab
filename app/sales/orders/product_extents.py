"""Of how much records are listed by a product: lines have no index by product, for every order would write it."""

from datetime import date, timedelta
from typing import Protocol

from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller

LONGEST_PERIOD = timedelta(days=31)


class ProductFilter(Protocol):
    """Which records are asked for, by their lines' product among others."""

    @property
    def first(self) -> date | None:
        """The first day."""

    @property
    def last(self) -> date | None:
        """The last day."""

    @property
    def outlet_code(self) -> str | None:
        """Of an outlet."""

    @property
    def product_code(self) -> str | None:
        """With a line of a product."""


def must_be_narrow(caller: Caller, filters: ProductFilter, of_whom: str | None = None) -> None:
    """Raise Invalid where a product is asked for among more records than can be looked at.

    Those of an outlet can, or of 31 days of a territory or a rep (`of_whom`: its code), or of who sees some alone.
    """
    if filters.product_code is None or filters.outlet_code is not None:
        return
    is_short = filters.first is not None and filters.last is not None and filters.last - filters.first < LONGEST_PERIOD
    if is_short and (of_whom is not None or caller.territory_ids is not None):
        return
    message = f"Say of which outlet, or of which {LONGEST_PERIOD.days} days and which territory or rep."
    problem = FieldProblem("/query/product_code", "too_much", message)
    raise Invalid("That is too much to look for a product in.", errors=[problem])
