"""Signals as plain values, as they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.field.risk_signals.signals import RiskRule


class SignalStatus(StrEnum):
    """Where a signal stands. What was reviewed stays reviewed, whatever comes later."""

    OPEN = "open"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"


class SignalReviewOutcome(StrEnum):
    """What the reviewer found."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class SignalSorting(StrEnum):
    """Which signals come first: a queue is worked off from the oldest one."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals are asked for, and in which order; business dates from `first` to `last`, both included."""

    territory_code: str | None = None
    rep_code: str | None = None
    rule: RiskRule | None = None
    status: SignalStatus | None = None
    first: date | None = None
    last: date | None = None
    order: SignalSorting = SignalSorting.NEWEST


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """What became of one rule's signals: how many were raised, and where they stand now."""

    rule: RiskRule
    raised: int = 0
    open: int = 0
    withdrawn: int = 0
    confirmed: int = 0
    dismissed: int = 0

    @property
    def reviewed(self) -> int:
        """How many a person has looked at."""
        return self.confirmed + self.dismissed

    @property
    def precision(self) -> Decimal | None:
        """How many of the reviewed ones were confirmed; None where nobody has looked at any."""
        if not self.reviewed:
            return None
        return (Decimal(self.confirmed) / self.reviewed).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class DoubtedRule:
    """How many signals a rule has."""

    rule: RiskRule
    signals: int


@dataclass(frozen=True, slots=True)
class DoubtedRep:
    """How many signals are about a rep; one who has moved is counted in each territory."""

    territory_code: str
    rep_code: str
    rep_name: str
    signals: int


@dataclass(frozen=True, slots=True)
class DoubtedDay:
    """How many signals a business date has."""

    business_date: date
    signals: int


@dataclass(frozen=True, slots=True)
class SignalCounts:
    """Signals by what they are sorted by when they are worked off; what has none is left out."""

    rules: Sequence[DoubtedRule]
    reps: Sequence[DoubtedRep]
    days: Sequence[DoubtedDay]


@dataclass(frozen=True, slots=True)
class SignalSubject:
    """What a signal is about: a check-in, an order or a device, and where its territory, outlet and day are known."""

    type: str
    id: UUID
    territory_id: int
    rep_id: int
    outlet_id: int | None
    business_date: date


@dataclass(frozen=True, slots=True)
class ListedSignal:
    """A signal as the API shows it: masters by code."""

    id: UUID
    rule: str
    subject_type: str
    subject_id: UUID
    territory_code: str
    rep_code: str
    outlet_code: str | None
    outlet_name: str | None
    business_date: date
    evidence: dict[str, Any]
    explanation: str
    raised_at: datetime
    withdrawn_at: datetime | None
    review_outcome: str | None
    review_comment: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None

    @property
    def status(self) -> SignalStatus:
        """Where it stands."""
        if self.reviewed_at is not None:
            return SignalStatus.REVIEWED
        return SignalStatus.OPEN if self.withdrawn_at is None else SignalStatus.WITHDRAWN
