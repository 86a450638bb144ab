"""Mails for tests: sound by default, what a test is about by keyword."""

from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count

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
