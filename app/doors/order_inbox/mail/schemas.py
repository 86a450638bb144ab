"""Mails and what became of them, out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.doors.order_inbox.forms.records import InboxFormStatus
from app.doors.order_inbox.mail.models import InboxForm
from app.doors.order_inbox.mail.records import InboxMessageStatus

_PROBLEM: dict[str, Any] = {
    "pointer": "/lines/3/quantity",
    "cell": "I14",
    "code": "not_in_packs",
    "message": "The quantity must be a multiple of the pack size, 6.",
}
_FORM: dict[str, Any] = {
    "file_name": "order-form-PAT-0042-2026-11-23.xlsx",
    "status": "refused",
    "form_id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
    "outlet_code": "PAT-0042",
    "order_id": None,
    "problems": [_PROBLEM],
}
_MESSAGE: dict[str, Any] = {
    "id": "7d1c3b0e-52a7-4a57-9a0b-3f6d0d8c9e21",
    "message_id": "<CAF1@mail.example.com>",
    "sender": "kiosk@example.com",
    "subject": "Our order",
    "received_at": "2026-11-23T14:59:59Z",
    "read_at": "2026-11-23T15:03:02.120000Z",
    "status": "processed",
    "reason": None,
    "forms": [_FORM],
    "answer": {"queued_at": "2026-11-23T15:03:02Z", "sent_at": "2026-11-23T15:03:03Z", "attempts": 1, "failure": None},
}


class FormProblemAnswer(BaseModel):
    """Something that is wrong with a form, and where a person finds it."""

    pointer: str = Field(description="JSON pointer into the form, as `POST /v1/orders` takes it; empty for the file")
    cell: str | None = Field(description="C12 in a sheet, `line 4, quantity` in a CSV file")
    code: str
    message: str


class InboxFormAnswer(BaseModel):
    """An attachment, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    file_name: str
    status: InboxFormStatus
    form_id: UUID | None
    outlet_code: str | None
    order_id: UUID | None = Field(description="the order that it made, or that it is a copy of")
    problems: list[FormProblemAnswer]


class InboxReplyAnswer(BaseModel):
    """The answer to a mail, on its way. Neither sent nor failed for good: it is tried again."""

    queued_at: datetime
    sent_at: datetime | None
    attempts: int
    failure: str | None


class InboxMessageAnswer(BaseModel):
    """A mail of the mailbox. All but `processed` lie in the folder for unreadable ones, for the `reason` given."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MESSAGE]})

    id: UUID
    message_id: str | None = Field(description="as its sender's program made it")
    sender: str | None
    subject: str
    received_at: datetime = Field(description="by the mail server: what its orders count by")
    read_at: datetime
    status: InboxMessageStatus
    reason: str | None
    forms: list[InboxFormAnswer]
    answer: InboxReplyAnswer | None = Field(description="none: machines, strangers and forgers are not answered")

    @classmethod
    def of(cls, row: Any, forms: Sequence[InboxForm]) -> "InboxMessageAnswer":
        """From a row of the list, and the mail's forms within sight."""
        answer = None
        if row.queued_at is not None:
            answer = InboxReplyAnswer(
                queued_at=row.queued_at, sent_at=row.sent_at, attempts=row.attempts, failure=row.failure
            )
        return cls(
            id=row.id,
            message_id=row.message_id,
            sender=row.sender,
            subject=row.subject,
            received_at=row.received_at,
            read_at=row.read_at,
            status=InboxMessageStatus(row.status),
            reason=row.reason,
            forms=[InboxFormAnswer.model_validate(form) for form in forms],
            answer=answer,
        )
