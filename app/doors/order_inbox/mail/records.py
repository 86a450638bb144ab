"""Mails and what becomes of them, as plain values."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.doors.order_inbox.forms.attachments import Attachment


class InboxMessageStatus(StrEnum):
    """What became of a mail. All but the first are filed as unreadable, with a reason."""

    PROCESSED = "processed"
    UNREADABLE = "unreadable"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail, taken apart. `headers`: those that decide, by lower-case name, each in the order of the mail.

    `forms` may be order forms; `left_out` counts the attachments beyond the limit; `foreign` names attachments that are
    none, and those that a person may have meant as one and that nobody can read (`winmail.dat`, an encrypted mail).
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
        """Identifies a mail, whatever folder it is in: by its Message-ID, its sender and its forms.

        The sender chooses the Message-ID: two forms under the same one are still two forms. Without a Message-ID, the
        instant counts at which the mail server received the mail.
        """
        identity = self.message_id or self.had_at.isoformat()
        parts = [identity, *self.senders, self.subject if not self.message_id else "", self.problem or ""]
        digest = hashlib.sha256("\x00".join(parts).encode(errors="replace"))
        for form in self.forms:
            digest.update(form.digest)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class RegisteredSender:
    """Whom an address belongs to: outlets and reps by their code, with territories' ids, time zones, languages."""

    address: str
    outlets: Mapping[str, int] = field(default_factory=dict)
    reps: Mapping[str, int] = field(default_factory=dict)
    zones: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of answers: the sender's own, or UTC where it has several or none."""
        return ZoneInfo(*self.zones) if len(self.zones) == 1 else ZoneInfo("UTC")

    @property
    def language(self) -> str:
        """The language of answers: the sender's own, or English where it has several or none."""
        return next(iter(self.languages)) if len(self.languages) == 1 else "en"

    @property
    def known(self) -> bool:
        """Whether anybody has registered it."""
        return bool(self.outlets or self.reps)


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a mail, and whether an answer to it was queued."""

    status: InboxMessageStatus
    answered: bool = False


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """An answer that is to be sent now. `message_id`: the id, in our records, of the mail that it answers."""

    message_id: UUID
    recipient: str
    content: bytes
