"""Rejected and lost events as plain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from app.field.watermarks.rules import Range, Ranges
from app.ground.errors import FieldProblem
from app.ground.values import value


class RejectionKind(StrEnum):
    """Whether an event arrived and could not be recorded, or never arrived."""

    REJECTED = "rejected"
    LOST = "lost"


class RejectionOutcome(StrEnum):
    """What became of it: recorded when it was sent again, arrived after all, or given up by a supervisor."""

    RECORDED = "recorded"
    ARRIVED = "arrived"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Hold:
    """The days that an event keeps open: the first closes at `before`, the grace of the last ends at `until`."""

    before: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class KnownRejection:
    """A rejected event of a device that is kept already. `standing`: it has not been settled."""

    id: UUID
    event_id: str | None
    sequence: int | None
    hold: Hold | None
    standing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRejection:
    """An event that could not be recorded. `id` is the same whenever the same content comes again."""

    id: UUID
    business_date: date
    event_type: str | None
    event_id: str | None
    sequence: int | None
    outlet_code: str | None
    problems: Sequence[FieldProblem]
    can_be_sent_again: bool
    hold: Hold | None


def first_cutoff(holds: Iterable[Hold], at: datetime) -> datetime | None:
    """The cutoff of the first day that is kept open; None: none is any more."""
    return min((hold.before for hold in holds if at < hold.until), default=None)


@value(frozen=True, slots=True, kw_only=True)
class DeviceLosses:
    """What an upload tells of a device's rejected and lost events.

    `recorded`: ids of those that are recorded now. `lost`: the ranges of numbers that are waited for; None: as before.
    """

    device_id: UUID
    rep_id: int
    territory_id: int
    business_date: date
    rejected: Sequence[NewRejection] = ()
    recorded: Sequence[UUID] = ()
    lost: Ranges | None = None
    counter_since: datetime | None = None

    @property
    def is_news(self) -> bool:
        """Whether anything is to be written down."""
        return bool(self.rejected or self.recorded) or self.lost is not None

    def lost_id(self, numbers: Range) -> UUID:
        """The id of a range of lost numbers: the same for as long as that range is waited for."""
        return uuid5(self.device_id, f"lost:{self.counter_since}:{numbers[0]}:{numbers[1]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionFilter:
    """Which are asked for: received from the day `first` to `last`, by UTC. `standing`: only what is not settled."""

    territory_code: str | None = None
    rep_code: str | None = None
    kind: RejectionKind | None = None
    first: date | None = None
    last: date | None = None
    standing: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRejection:
    """One as it is told."""

    id: UUID
    kind: str
    device_id: UUID
    rep_id: int
    rep_code: str
    territory_id: int
    territory_code: str
    received_at: datetime
    business_date: date
    event_type: str | None
    event_id: str | None
    first_sequence: int | None
    last_sequence: int | None
    outlet_code: str | None
    problems: list[Any]
    can_be_sent_again: bool
    hold_before: datetime | None
    hold_until: datetime | None
    settled_at: datetime | None
    outcome: str | None
    settled_by: str | None
