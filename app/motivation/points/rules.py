"""What the ledger says: which entries count, what they come to, and what may still change (M3, C4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

PROVISIONAL_FOR = timedelta(hours=72)
"""A penalty is final at the latest this long after the cutoff of its day (C4)."""


class PointsRule(StrEnum):
    """What is booked. The policy of a day says for how many points, `BOOKINGS` as what."""

    MISSED_ORDER = "missed_order"
    LATE_ORDER = "late_order"


class PointsEntryKind(StrEnum):
    """What an entry does to the balance."""

    AWARD = "AWARD"
    PENALTY = "PENALTY"
    REVERSAL = "REVERSAL"


class SourceType(StrEnum):
    """What an entry is about."""

    VISIT = "visit"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Booking:
    """As what a rule is booked, and about what: it books a source once."""

    kind: PointsEntryKind
    source_type: SourceType


BOOKINGS: Mapping[PointsRule, Booking] = {
    PointsRule.MISSED_ORDER: Booking(PointsEntryKind.PENALTY, SourceType.VISIT),
    PointsRule.LATE_ORDER: Booking(PointsEntryKind.PENALTY, SourceType.VISIT),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The points of a rule, and the version of the policy that says so."""

    points: int
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a rep's ledger. `provisional`: booked as such; `finalised`: a step has made it final since."""

    id: int
    rule: str
    kind: PointsEntryKind
    points: int
    source_type: str
    source_id: UUID | None
    reverses_id: int | None
    provisional: bool
    finalised: bool
    business_date: date
    booked_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class LastStep:
    """The last entry of a chain: what a rule booked for a source, its reversal, the reversal of that, and so on.

    `counts`: whether what was booked counts in the end. `final`: a step has made it final.
    """

    source_id: UUID
    rule: PointsRule
    entry_id: int
    points: int
    counts: bool
    final: bool


def balance(entries: Iterable[Entry]) -> int:
    """The sum: a reversal takes back what it reverses, by its own points."""
    return sum(entry.points for entry in entries)


def reversed_entries(entries: Iterable[Entry]) -> set[int]:
    """The ids of the entries that count no longer. A reversal that was itself reversed takes nothing back."""
    reversed_ids: set[int] = set()
    reversals = sorted((entry for entry in entries if entry.reverses_id is not None), key=lambda entry: -entry.id)
    for reversal in reversals:  # the newest first: whether it counts is known before what it reverses is looked at
        if reversal.id not in reversed_ids and reversal.reverses_id is not None:
            reversed_ids.add(reversal.reverses_id)
    return reversed_ids


def may_still_be_reversed(entry: Entry, reversed_ids: set[int], cutoff_at: datetime, now: datetime) -> bool:
    """Whether a penalty is provisional (C4): booked so, in force, made final neither by a watermark nor by 72 h."""
    open_still = entry.provisional and not entry.finalised and now <= cutoff_at + PROVISIONAL_FOR
    return open_still and entry.kind is PointsEntryKind.PENALTY and entry.id not in reversed_ids
