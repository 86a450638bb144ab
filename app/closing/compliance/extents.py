"""Which records a question about compliance covers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

TerritoryDays = Mapping[int, Collection[date]]
"""Days by the id of their territory."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which records a question covers. `rep_id` or `outlet_id` None: all; an id that no record has: none.

    `only` narrows it to some days of each territory. Its conditions spell their values out in the statement. Were they
    parameters, a statement that is asked often would get a plan that fits every extent, and a plan that takes a month
    for a few rows does not end.
    """

    first: date
    last: date
    territory_ids: Collection[int]
    rep_id: int | None = None
    outlet_id: int | None = None
    only: TerritoryDays | None = None

    def holds_day(self, day: ColumnElement[date] | InstrumentedAttribute[date]) -> ColumnElement[bool]:
        """Whether a day lies within the period, and is one of those of any territory."""
        if self.only is None:
            return day.between(spelled(self.first), spelled(self.last))
        return day.in_(spelled_list(sorted(set().union(*self.only.values()))))

    def holds_territory(self, territory_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Whether a territory is one of these."""
        return territory_id.in_(spelled_list(list(self.territory_ids)))

    def holds_day_of(
        self, territory_id: InstrumentedAttribute[int], day: InstrumentedAttribute[date]
    ) -> list[ColumnElement[bool]]:
        """Whether a day of a territory is within, in conditions of which the first two find it by an index."""
        conditions = [self.holds_day(day), self.holds_territory(territory_id)]
        if self.only is not None and len({frozenset(days) for days in self.only.values()}) > 1:
            own = days_relation(self.only, "own_days")
            conditions.append(tuple_(territory_id, day).in_(select(own.c.territory_id, own.c.business_date)))
        return conditions

    def holds_rep(self, rep_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether a rep is the one, where one is asked for."""
        return true() if self.rep_id is None else rep_id == spelled(self.rep_id)

    def holds_outlet(self, outlet_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether an outlet is the one, where one is asked for."""
        return true() if self.outlet_id is None else outlet_id == spelled(self.outlet_id)


def days_relation(days: TerritoryDays, name: str) -> Any:
    """Days of territories as a table of territory_id and business_date."""
    pairs = [(territory_id, day) for territory_id, its in days.items() for day in its]
    rows = func.unnest(
        cast(literal([territory_id for territory_id, _ in pairs], ARRAY(Integer)), ARRAY(Integer)),
        cast(literal([day for _, day in pairs], ARRAY(Date)), ARRAY(Date)),
    ).table_valued(column("territory_id", Integer), column("business_date", Date), name=name)
    return rows.render_derived()


def spelled(value: date | int) -> BindParameter[Any]:
    """A value that stands in the statement itself."""
    return bindparam(None, value, literal_execute=True)


def spelled_list(values: Collection[date] | Collection[int]) -> BindParameter[Any]:
    """Values that stand in the statement itself."""
    return bindparam(None, values, expanding=True, literal_execute=True)
