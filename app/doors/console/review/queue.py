"""The queue: which doubts are asked for, how they are grouped, and which one comes after another."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

from app.doors.console.api_calls import Json

PATH = "/console/review"
MOST = 100
"""So many are listed at once, and reviewed at once."""

Status = Literal["open", "reviewed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which doubts are asked for, and from where on; business dates from `first` to `last`, both included."""

    status: Status = "open"
    territory_code: str | None = None
    rep_code: str | None = None
    rule: str | None = None
    first: date | None = None
    last: date | None = None
    cursor: str | None = None

    @property
    def query(self) -> dict[str, Any]:
        """It as the parameters of API routes and of our own addresses, without where the list goes on."""
        names = {"first": "from", "last": "to"}
        values = {names.get(field.name, field.name): getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None and name != "cursor"}

    @property
    def day(self) -> date | None:
        """The one day that is asked for, if it is one."""
        return self.first if self.first == self.last else None

    def address(self, signal_id: str | None = None, **changes: Any) -> str:
        """The address of the queue, or of one of its doubts. What is changed lists from the beginning again."""
        asked = replace(self, cursor=None, **changes) if changes else self
        query = asked.query
        if query["status"] == "open":
            del query["status"]
        if asked.cursor is not None:
            query["cursor"] = asked.cursor
        path = PATH if signal_id is None else f"{PATH}/{signal_id}"
        return path + (f"?{urlencode(query)}" if query else "")

    def of_day(self, day: str | None) -> str:
        """The address of the queue of one day; None: of all."""
        return self.address(first=day, last=day)


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """The doubts of one rule about one rep on one day, in the order of the list."""

    rule: str
    rep_code: str
    rep_name: str | None
    business_date: str
    signals: Sequence[Json]


def groups_of(signals: Iterable[Json], rep_names: Mapping[str, str]) -> list[SignalGroup]:
    """Listed doubts by rule, rep and day; groups in the order of their first doubts."""
    groups: dict[tuple[str, str, str], list[Json]] = {}
    for signal in signals:
        groups.setdefault((signal["business_date"], signal["rep_code"], signal["rule"]), []).append(signal)
    return [
        SignalGroup(rule, rep_code, rep_names.get(rep_code), day, members)
        for (day, rep_code, rule), members in groups.items()
    ]


@dataclass(frozen=True, slots=True)
class Queue:
    """What is listed: its groups, and where the list goes on."""

    groups: Sequence[SignalGroup]
    next_cursor: str | None = None

    def __iter__(self) -> Iterator[Json]:
        """Its doubts in the order in which they are shown."""
        return (signal for group in self.groups for signal in group.signals)

    @property
    def first_id(self) -> str | None:
        """The doubt to begin with."""
        return next((signal["id"] for signal in self), None)

    def after(self, reviewed: Collection[str]) -> str | None:
        """The doubt that comes after those that were just reviewed: the next one, else the first that is left."""
        ids = [signal["id"] for signal in self]
        last = max((place for place, id_ in enumerate(ids) if id_ in reviewed), default=-1)
        left = [id_ for id_ in (*ids[last + 1 :], *ids[: last + 1]) if id_ not in reviewed]
        return next(iter(left), None)
