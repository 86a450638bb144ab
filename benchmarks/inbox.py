"""1,000 mails with order forms, worked off from a real mailbox: orders made, answers handed over, mails moved."""

import asyncio
import contextlib
import io
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import uuid4

from openpyxl import load_workbook
from sqlalchemy import text

from app.demo.mail_server import deliver, mail_server
from app.demo.server_starts import unused_port, wait_until_ready
from app.doors.order_inbox.forms.attachments import Attachment
from app.doors.order_inbox.forms.columns import COLUMNS, QUANTITY
from app.doors.order_inbox.forms.writing import FormRow, OrderSheet, xlsx_form
from app.doors.order_inbox.mail.answer_senders import SmtpSender
from app.doors.order_inbox.mail.imap_mailbox import ImapMailbox
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailbox_worker import Folders, MailDoor
from app.doors.order_inbox.mail.rules import AuthenticationPolicy
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground import clock
from app.ground.db.session import Database
from app.ground.mail_servers import Encryption, MailServer

MAILS = 1_000
PRODUCTS, LINES = 100, 12
OURS = "orders@example.test"
_QUANTITY = list(COLUMNS).index(QUANTITY) + 1
_FIRST_ROW = 10

_ADDRESSES = text("""
    UPDATE outlets SET emails = ARRAY['shop' || id || '@example.com'] WHERE active RETURNING code, emails[1]
""")
_PRODUCTS = text("SELECT code, pack_size, list_price FROM products WHERE active ORDER BY code LIMIT :most")


@dataclass(frozen=True, slots=True)
class Worked:
    """How fast the mails were worked off, and how fast their forms alone are read by the same pool."""

    mails_a_second: float
    forms_a_second: float


async def measure(database: Database) -> Worked:
    """Fill a mailbox, then work it off. Raises RuntimeError where not every mail became an order."""
    async with database.transaction() as session:
        shops = [(code, address) for code, address in await session.execute(_ADDRESSES)]
        products = [tuple(row) for row in await session.execute(_PRODUCTS, {"most": PRODUCTS})]
    mails = await asyncio.to_thread(_mails, shops, products)
    with _mail_sink() as port, mail_server(OURS) as places:
        place = places[OURS]
        for mail in mails:
            await asyncio.to_thread(deliver, place, mail.as_bytes())
        async with MailReaders(2) as readers:
            forms_a_second = await _reading_alone(readers, mails[:200])
            door = MailDoor(
                ImapMailbox(place, ("Processed", "Unreadable")),
                SmtpSender(MailServer("127.0.0.1", port, Encryption.NONE), OURS),
                readers,
                DoorPolicy(AuthenticationPolicy.KNOWN_FAIL, None, OURS),
                Folders("Processed", "Unreadable"),
            )
            started = time.perf_counter()
            worked = await door.work_off(database)
            seconds = time.perf_counter() - started
            await door.close()
    await _must_be_whole(database, worked)
    return Worked(worked / seconds, forms_a_second)


async def _must_be_whole(database: Database, worked: int) -> None:
    async with database.read_only() as session:
        orders = await session.scalar(text("SELECT count(*) FROM orders WHERE channel = 'EMAIL'"))
        sent = await session.scalar(text("SELECT count(*) FROM inbox_answers WHERE sent_at IS NOT NULL"))
    if (worked, orders, sent) != (MAILS, MAILS, MAILS):
        raise RuntimeError(f"{worked} mails worked off, {orders} orders, {sent} answers of {MAILS}")


async def _reading_alone(readers: MailReaders, mails: list[EmailMessage]) -> float:
    files = [Attachment("order.xlsx", part.get_content()) for mail in mails for part in mail.iter_attachments()]
    await asyncio.gather(*(readers.read(file) for file in files[:4]))
    started = time.perf_counter()
    await asyncio.gather(*(readers.read(file) for file in files))
    return len(files) / (time.perf_counter() - started)


def _mails(shops: list[Any], products: list[Any]) -> list[EmailMessage]:
    today = clock.now().date()
    book = load_workbook(io.BytesIO(xlsx_form(_sheet("PLACEHOLDER", today, products))))
    made = []
    for number in range(MAILS):
        outlet_code, address = shops[number % len(shops)]
        made.append(_mail(book, outlet_code, address, number, products))
    return made


def _sheet(outlet_code: str, day: date, products: list[Any]) -> OrderSheet:
    rows = [
        FormRow(code, f"Product {code}", "group", "piece", pack, Decimal(price), None, pack)
        for code, pack, price in products
    ]
    return OrderSheet(uuid4(), outlet_code, "Shop", day, day + timedelta(days=2), None, rows)


def _mail(book: Any, outlet_code: str, address: str, number: int, products: list[Any]) -> EmailMessage:
    sheet = book.active
    sheet["B3"], sheet["B7"] = outlet_code, str(uuid4())
    for line in range(LINES):
        _, pack, _ = products[(number + line) % len(products)]
        sheet.cell(_FIRST_ROW + (number + line) % len(products), _QUANTITY, int(pack) * (1 + number % 5))
    out = io.BytesIO()
    book.save(out)
    for row in range(_FIRST_ROW, _FIRST_ROW + len(products)):
        sheet.cell(row, _QUANTITY).value = None
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = address, OURS, "Our order"
    mail["Message-ID"] = f"<{number}@example.com>"
    mail.set_content("Our order is attached.")
    mail.add_attachment(out.getvalue(), maintype="application", subtype="octet-stream", filename="order.xlsx")
    return mail


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _mail_sink() -> Iterator[int]:
    """The port of an SMTP server in a process of its own, which throws away what it takes."""
    port = unused_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(server, partial(_accepts, port), seconds=15)
        yield port
    finally:
        server.terminate()
        server.wait()
