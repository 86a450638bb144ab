"""Mails and what becomes of them, as plain values."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.ground.errors import FieldProblem


class InboxMessageStatus(StrEnum):
    """What became of a mail. All but the first are filed as unreadable, with a reason."""

    PROCESSED = "processed"
    UNREADABLE = "unreadable"
    IGNORED = "ignored"
    REFUSED = "refused"


class InboxFormStatus(StrEnum):
    """What became of an attachment: an order; a copy of a form that made one; refused; unreadable."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within a mail."""

    file_name: str
    content: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file: the same file is the same form, whatever mail it lies in."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail, taken apart. `headers`: those that decide, by lower-case name, each in the order of the mail.

    `forms` may be order forms; `left_out` counts the attachments beyond the first ones; `foreign` names what a person
    may have taken for a form, and nobody can read (`winmail.dat`, an encrypted mail).
    """

    had_at: datetime
    message_id: str | None
    senders: Sequence[str]
    subject: str
    headers: Mapping[str, Sequence[str]]
    forms: Sequence[Attachment] = ()
    left_out: int = 0
    foreign: Sequence[str] = ()
    problem: str | None = None

    @property
    def key(self) -> bytes:
        """What makes it one and the same mail, wherever it lies: its Message-ID, its sender and what it holds.

        The Message-ID alone is what the sender says: two forms under one of them are two forms all the same. Without a
        Message-ID the moment counts at which the mail server received it.
        """
        told = self.message_id or self.had_at.isoformat()
        parts = [told, *self.senders, self.subject if not self.message_id else "", self.problem or ""]
        digest = hashlib.sha256("\x00".join(parts).encode(errors="replace"))
        for form in self.forms:
            digest.update(form.digest)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class RegisteredSender:
    """Whom an address belongs to: outlets and reps by their code, with their territories' ids and time zones."""

    address: str
    outlets: Mapping[str, int] = field(default_factory=dict)
    reps: Mapping[str, int] = field(default_factory=dict)
    zones: frozenset[str] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        """Whose clock answers go by: where the sender is, unless that is in several zones."""
        return ZoneInfo(*self.zones) if len(self.zones) == 1 else ZoneInfo("UTC")

    @property
    def known(self) -> bool:
        """Whether anybody has registered it."""
        return bool(self.outlets or self.reps)


@dataclass(frozen=True, slots=True)
class FormOutcome:
    """What became of one attachment, with what its answer tells; `cancelled`: a duplicate's order, since."""

    file_name: str
    digest: bytes
    status: InboxFormStatus
    form_id: UUID | None = None
    outlet_code: str | None = None
    order_id: UUID | None = None
    territory_id: int | None = None
    problems: Sequence[FieldProblem] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[Mapping[str, object]] = ()
    total_value: str | None = None
    delivery_date: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a mail belongs now that it was worked off, and whether an answer to it was queued just now."""

    status: InboxMessageStatus
    answered: bool = False


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """An answer that is to be sent now. `message_id`: the id, in our records, of the mail that it answers."""

    message_id: UUID
    recipient: str
    content: bytes
