"""Mails for tests: sound by default, what a test is about by keyword."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count

from app.doors.order_inbox.mail.mail_heads import read_head
from app.doors.order_inbox.mail.mail_parts import parts_of
from app.doors.order_inbox.mail.records import ReceivedMail

HAD_AT = datetime(2026, 11, 23, 9, 59, tzinfo=UTC)
SHOP = "shop@example.com"
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")

_numbers = count(1)


def make_mail(*files: bytes, sender: str = SHOP, **headers: str) -> EmailMessage:
    """A mail from a shop with these files attached as sheets; further headers by name, `_` for `-`."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "orders@example.test"
    mail["Message-ID"] = headers.pop("Message_ID", f"<{next(_numbers)}@example.com>")
    mail["Subject"] = headers.pop("Subject", "Our order")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Good morning, our order is attached.")
    for number, content in enumerate(files, 1):
        mail.add_attachment(content, maintype=XLSX[0], subtype=XLSX[1], filename=f"order-{number}.xlsx")
    return mail


def take_apart(raw: bytes, had_at: datetime = HAD_AT) -> ReceivedMail:
    """What the door makes of a mail, head and attachments, in one process."""
    parts = parts_of(raw)
    return replace(
        read_head(raw, had_at),
        forms=parts.forms,
        left_out=parts.left_out,
        foreign=parts.foreign,
        problem=parts.problem,
    )
