"""What may be appealed, who decides, and until when (P5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.motivation.appeals.errors import (
    AdminDecides,
    AppealDecided,
    AppealNotRejected,
    AppealTakenFurther,
    AppealTooLate,
    EntryAppealed,
    EntryReversed,
    NothingToAppeal,
)

APPEAL_WITHIN = timedelta(days=14)
"""From the booking of an entry, or from the rejection that is taken further."""
DECIDE_WITHIN = timedelta(days=7)
"""After that, an admin is told."""
MOST_ATTACHMENTS = 10
FIRST, SECOND = 1, 2


class AppealStatus(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    GRANTED = "granted"
    REJECTED = "rejected"


class AppealOutcome(StrEnum):
    """What is decided."""

    GRANTED = "granted"
    REJECTED = "rejected"


class AppealStepKind(StrEnum):
    """What happened to an appeal."""

    SUBMITTED = "submitted"
    GRANTED = "granted"
    REJECTED = "rejected"
    TAKEN_FURTHER = "taken_further"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class AppealedEntry:
    """An entry of the ledger, as an appeal needs it. `reversal_id`: the entry that reversed it."""

    id: int
    rule: str
    kind: str
    points: int
    business_date: date
    booked_at: datetime
    reversal_id: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an appeal."""

    kind: AppealStepKind
    instance: int
    text: str
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True)
class AppealRecord:
    """An appeal with its entry; the territory is that of the rep by now."""

    id: UUID
    rep_id: int
    rep_code: str
    territory_id: int
    territory_code: str
    entry: AppealedEntry
    status: AppealStatus
    instance: int
    submitted_at: datetime
    waiting_since: datetime
    decided_at: datetime | None

    @property
    def decide_by(self) -> datetime | None:
        """Until when whoever has it should decide; None where it is decided."""
        return self.waiting_since + DECIDE_WITHIN if self.status is AppealStatus.OPEN else None

    @property
    def take_further_by(self) -> datetime | None:
        """Until when the rep may take it to an admin; None where that is not possible."""
        if self.status is not AppealStatus.REJECTED or self.instance == SECOND or self.decided_at is None:
            return None
        return self.decided_at + APPEAL_WITHIN

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been decided by now."""
        return self.decide_by is not None and now >= self.decide_by


def must_be_appealable(entry: AppealedEntry, *, appealed: bool, now: datetime) -> None:
    """Raise the first reason why a rep cannot appeal an entry of its own ledger; `appealed`: it has been before.

    What cost points is a penalty, and a reversal that took points back: of an award, or of an earlier reversal.
    """
    if entry.points >= 0 or entry.kind == "AWARD":
        raise NothingToAppeal
    if appealed:
        raise EntryAppealed
    if entry.reversal_id is not None:
        raise EntryReversed
    until = entry.booked_at + APPEAL_WITHIN
    if now > until:
        raise AppealTooLate(until=until.isoformat())


def is_repeated(
    appeal: AppealRecord, steps: Sequence[Step], outcome: AppealOutcome, reason: str, *, by_admin: bool
) -> bool:
    """Whether this very decision was the last one of the appeal, and is sent again.

    While an admin is to decide, a supervisor can only repeat itself; an admin who says the same decides.
    """
    if appeal.status is AppealStatus.OPEN and by_admin:
        return False
    decisions = [step for step in steps if step.kind in {AppealStepKind.GRANTED, AppealStepKind.REJECTED}]
    return bool(decisions) and (decisions[-1].kind.value, decisions[-1].text) == (outcome.value, reason)


def must_be_decidable(appeal: AppealRecord, *, by_admin: bool) -> None:
    """Raise why an appeal cannot be decided, now or by this caller."""
    if appeal.status is not AppealStatus.OPEN:
        raise AppealDecided(outcome=appeal.status.value)
    if appeal.instance == SECOND and not by_admin:
        raise AdminDecides("This appeal was taken to an admin.")


def is_taken_further_alike(steps: Sequence[Step], text: str) -> bool:
    """Whether the appeal was taken further with these very words."""
    return any(step.kind is AppealStepKind.TAKEN_FURTHER and step.text == text for step in steps)


def must_be_takeable_further(appeal: AppealRecord, now: datetime) -> None:
    """Raise why an appeal cannot be taken to an admin."""
    if appeal.instance == SECOND:
        raise AppealTakenFurther
    until = appeal.take_further_by
    if until is None:
        raise AppealNotRejected
    if now > until:
        raise AppealTooLate(until=until.isoformat())
