"""Which records a question about compliance covers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, true
from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True, slots=True)
class Extent:
    """Which records a question covers. `rep_id` or `outlet_id` None: all; an id that no record has: none.

    Its conditions spell their values out in the statement. Were they parameters, a statement that is asked often would
    get a plan that fits every extent, and a plan that takes a month for a few rows does not end.
    """

    first: date
    last: date
    territory_ids: Collection[int]
    rep_id: int | None = None
    outlet_id: int | None = None

    def holds_day(self, day: ColumnElement[date] | InstrumentedAttribute[date]) -> ColumnElement[bool]:
        """Whether a day lies within the period."""
        return day.between(_spelled(self.first), _spelled(self.last))

    def holds_territory(self, territory_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Whether a territory is one of these."""
        return territory_id.in_(bindparam(None, list(self.territory_ids), expanding=True, literal_execute=True))

    def holds_rep(self, rep_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether a rep is the one, where one is asked for."""
        return true() if self.rep_id is None else rep_id == _spelled(self.rep_id)

    def holds_outlet(self, outlet_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether an outlet is the one, where one is asked for."""
        return true() if self.outlet_id is None else outlet_id == _spelled(self.outlet_id)


def _spelled(value: date | int) -> BindParameter[Any]:
    return bindparam(None, value, literal_execute=True)
