"""What the ledger says: which rules there are, which entries count, what may still change (P1, P2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

PROVISIONAL_FOR = timedelta(hours=72)
"""A penalty is final at the latest this long after the cutoff of its day (C4)."""


class PointsRule(StrEnum):
    """What is booked. The policy of a day says for how many points, `BOOKINGS` as what."""

    MISSED_ORDER = "missed_order"
    LATE_ORDER = "late_order"
    PAST_DUE_ORDER = "past_due_order"
    ORDER_ON_TIME = "order_on_time"
    DELIVERY_MATCHED = "delivery_matched"
    DELIVERY_MISMATCH = "delivery_mismatch"
    PRICE_MISMATCH = "price_mismatch"
    RETURNS_WITHIN_LIMIT = "returns_within_limit"
    RETURNS_OVER_LIMIT = "returns_over_limit"
    DUMPED_ORDER = "dumped_order"
    OVER_MONTHLY_CAP = "over_monthly_cap"


class PointsEntryKind(StrEnum):
    """What an entry does to the balance."""

    AWARD = "AWARD"
    PENALTY = "PENALTY"
    REVERSAL = "REVERSAL"


class SourceType(StrEnum):
    """What an entry is about."""

    VISIT = "visit"
    ORDER = "order"
    MONTH = "month"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Booking:
    """As what a rule is booked, and about what: it books a source once."""

    kind: PointsEntryKind
    source_type: SourceType


_AWARD, _PENALTY = PointsEntryKind.AWARD, PointsEntryKind.PENALTY

BOOKINGS: Mapping[PointsRule, Booking] = {
    PointsRule.MISSED_ORDER: Booking(_PENALTY, SourceType.VISIT),
    PointsRule.LATE_ORDER: Booking(_PENALTY, SourceType.VISIT),
    PointsRule.PAST_DUE_ORDER: Booking(_PENALTY, SourceType.VISIT),
    PointsRule.ORDER_ON_TIME: Booking(_AWARD, SourceType.VISIT),
    PointsRule.DELIVERY_MATCHED: Booking(_AWARD, SourceType.ORDER),
    PointsRule.DELIVERY_MISMATCH: Booking(_PENALTY, SourceType.ORDER),
    PointsRule.PRICE_MISMATCH: Booking(_PENALTY, SourceType.ORDER),
    PointsRule.DUMPED_ORDER: Booking(_PENALTY, SourceType.ORDER),
    PointsRule.RETURNS_WITHIN_LIMIT: Booking(_AWARD, SourceType.MONTH),
    PointsRule.RETURNS_OVER_LIMIT: Booking(_PENALTY, SourceType.MONTH),
    PointsRule.OVER_MONTHLY_CAP: Booking(_PENALTY, SourceType.MONTH),
}

AWARDS = tuple(rule for rule, booking in BOOKINGS.items() if booking.kind is _AWARD)
"""What earns points, and may have a cap."""

FAMILIES: Mapping[PointsRule, tuple[PointsRule, ...]] = {
    PointsRule.MISSED_ORDER: (PointsRule.MISSED_ORDER, PointsRule.LATE_ORDER),
    PointsRule.LATE_ORDER: (PointsRule.MISSED_ORDER, PointsRule.LATE_ORDER),
}
"""Rules of which one takes the other's place: whoever need not bear one for a visit need not bear the other (P5)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The points of a rule, and the version of the policy that says so.

    `monthly_cap`: what a rep can earn by it in a month at most; `rate_limit`: the share that the rule compares with.
    """

    points: int
    version: int
    monthly_cap: int | None = None
    rate_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a rep's ledger. `provisional`: booked as such; `finalised`: a step has made it final since.

    `held`: a doubt about the proof against it waits for a review (P4). `month`: in whose statement it counts.
    """

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
    month: date
    held: bool = False

    @property
    def corrects_month(self) -> date | None:
        """The closed month that it is about, where it counts in a later one (P6)."""
        about = self.business_date.replace(day=1)
        return about if about != self.month else None


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


@dataclass(frozen=True, slots=True)
class FirstEntry:
    """The entry that a chain began with: what a rule booked for a source."""

    id: int
    rep_id: int
    rule: PointsRule
    kind: PointsEntryKind
    source_type: SourceType
    source_id: UUID
    business_date: date


@dataclass(frozen=True, slots=True)
class PointsFinding:
    """Whether a rule should count for a source, by the facts as they are known; why, where that is news.

    `note`: becomes that of the entry; `facts`: what it rests on (P8). `provisional`: a penalty that facts which are
    still to come may take back. `points`, `policy_version`: where they are not the policy's of the day.
    """

    rule: PointsRule
    source_id: UUID
    rep_id: int
    business_date: date
    counts: bool
    note: str = ""
    facts: Mapping[str, Any] | None = None
    provisional: bool = False
    points: int | None = None
    policy_version: int | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """What an entry is taken back for."""

    note: str
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """What turns what the ledger says into what was found: reversals by entry id, and what is booked anew."""

    reversals: Mapping[int, Reversal]
    bookings: tuple[PointsFinding, ...]


def steps_towards(
    findings: Iterable[PointsFinding], last: Iterable[LastStep], pardoned: Iterable[tuple[PointsRule, UUID]]
) -> Steps:
    """The entries to write so that the ledger says what was found; none where it says so already (P1).

    What counts no longer is reversed, what counts again has its reversal reversed. What an appeal has settled stays as
    it is (P5).
    """
    chains = {(step.rule, step.source_id): step for step in last}
    settled = set(pardoned)
    reversals: dict[int, Reversal] = {}
    bookings: list[PointsFinding] = []
    for finding in findings:
        key = finding.rule, finding.source_id
        step = chains.get(key)
        if key in settled:
            continue
        if step is not None and step.counts != finding.counts:
            reversals[step.entry_id] = Reversal(finding.note, finding.facts)
        elif step is None and finding.counts:
            bookings.append(finding)
    return Steps(reversals, tuple(bookings))


def to_pardon(first: FirstEntry, last: Iterable[LastStep]) -> list[int]:
    """The entries to reverse so that an appeal is granted (P5): what costs still, or what took an award back."""
    costs = first.kind is PointsEntryKind.PENALTY
    return [step.entry_id for step in last if step.counts is costs]


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
    """Whether a penalty is provisional (C4): booked so, in force, made final neither by a watermark nor by 72 h.

    One whose proof waits for a review stays so until then (P4).
    """
    waiting = entry.provisional and not entry.finalised and now <= cutoff_at + PROVISIONAL_FOR
    in_force = entry.kind is PointsEntryKind.PENALTY and entry.id not in reversed_ids
    return in_force and (waiting or entry.held)
