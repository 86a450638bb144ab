"""New events of a rep's day, and the recorded ones around them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.field.risk_signals.signals import FieldEvent, Position, by_time, moment

WITHIN = 100
"""So many recorded check-ins, and orders, may lie between new events that are looked up together; else each is looked
up alone.
"""

_FIRST_ID, _LAST_ID = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(slots=True)
class Stretch:
    """New events of one rep and one business date, by time, and the recorded ones around them.

    `around`: those next to them and within; `places`: by id, how many check-ins lie between it and the new ones, below
    0 before them. `touched`: the orders that they can change, of those; `elsewhere`: of the rest of the day. `ends`:
    where `around` begins to have gaps after them. `crowded`: `around` is not whole.
    """

    rep_id: int
    business_date: date
    events: Sequence[FieldEvent]
    around: list[FieldEvent] = field(default_factory=list)
    places: dict[UUID, int] = field(default_factory=dict)
    touched: set[UUID] = field(default_factory=set)
    elsewhere: list[FieldEvent] = field(default_factory=list)
    ends: list[FieldEvent] = field(default_factory=list)
    crowded: bool = False

    def check_ins_by_place(self) -> dict[UUID, int]:
        """The place of each check-in that is known in the order of time: some that lie far before are left out."""
        new = {event.id for event in self.events}
        line = by_time(
            event
            for event in (*self.events, *self.around)
            if event.kind == "check_in" and (event.id in new or event.id not in self.places)
        )
        last = len(line) - 1
        places = {event.id: place for place, event in enumerate(line)}
        return {id_: near if near < 0 else last + near for id_, near in self.places.items()} | places

    @property
    def later(self) -> list[FieldEvent]:
        """The recorded events after the first new one."""
        first = moment(self.events[0])
        return [event for event in self.around if moment(event) > first]

    @property
    def next(self) -> list[FieldEvent]:
        """Those of `later` that lie before the first gap in `around`."""
        end = min(map(moment, self.ends), default=None)
        return [event for event in self.later if end is None or moment(event) <= end]


@dataclass(slots=True)
class Neighbourhood:
    """What was found around new events; `positions`: (lat, lon) by outlet id; `visited`: outlets of recorded orders
    that have a check-in of their rep on the day, as (rep id, outlet id, business date).
    """

    stretches: list[Stretch]
    positions: dict[int, Position] = field(default_factory=dict)
    visited: set[tuple[int, int, date]] = field(default_factory=set)


def bounds_of(lines: Sequence[Sequence[FieldEvent]]) -> dict[str, list[Any]]:
    """Where new events, each of these lines by time, begin and end among check-ins and among orders; for a statement.

    In one instant check-ins come before orders.
    """
    firsts, lasts = [line[0] for line in lines], [line[-1] for line in lines]
    return {
        "first_ats": [event.corrected_at for event in firsts],
        "first_check_ins": [event.id if event.kind == "check_in" else _LAST_ID for event in firsts],
        "first_orders": [event.id if event.kind == "order" else _FIRST_ID for event in firsts],
        "last_ats": [event.corrected_at for event in lasts],
        "last_check_ins": [event.id if event.kind == "check_in" else _LAST_ID for event in lasts],
        "last_orders": [event.id if event.kind == "order" else _FIRST_ID for event in lasts],
    }


def is_crowded(line: Sequence[FieldEvent], around: Iterable[FieldEvent]) -> bool:
    """Whether more recorded events lie between new ones, by time, than a statement reads (`WITHIN` of each kind)."""
    first, last = moment(line[0]), moment(line[-1])
    within = [event.kind for event in around if first < moment(event) < last]
    return max(within.count("check_in"), within.count("order")) > WITHIN
