"""New events of a rep's day, and the recorded ones around them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.field.risk_signals.signals import FieldEvent, Position, by_time, moment


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
