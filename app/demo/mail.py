"""The day's order forms by mail: fetched from the API, filled in by the shops, sent to a mailbox, two of them badly."""

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from zipfile import ZipFile

from openpyxl import load_workbook

from app.demo.connection import Connection
from app.demo.mail_server import NoMailServer, deliver, mail_server
from app.demo.shops import Shop, address_of
from app.doors.order_inbox.forms.columns import COLUMNS, PRODUCT_CODE, QUANTITY
from app.doors.order_inbox.mail.answer_senders import FileSender
from app.doors.order_inbox.mail.imap_mailbox import ImapMailbox
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailbox_worker import Folders, MailDoor
from app.doors.order_inbox.mail.mailboxes import FolderMailbox, Mailbox
from app.doors.order_inbox.mail.rules import AuthenticationPolicy
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground.mail_servers import MailServer

OURS = "orders@patras.example"
FOLDERS = Folders("Processed", "Unreadable")
_COLUMN = {name: number for number, name in enumerate(COLUMNS, 1)}


class PostOffice(Protocol):
    """Puts a mail into the company's mailbox, as received at a moment."""

    def deliver(self, mail: EmailMessage, received_at: datetime) -> None:
        """Put it there."""


@dataclass(frozen=True, slots=True)
class _Server:
    place: MailServer

    def deliver(self, mail: EmailMessage, received_at: datetime) -> None:
        deliver(self.place, mail.as_bytes(), received_at.timestamp())


@dataclass(frozen=True, slots=True)
class _Folder:
    folder: Path

    def deliver(self, mail: EmailMessage, received_at: datetime) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / "draft"
        draft.write_bytes(mail.as_bytes())
        os.utime(draft, (received_at.timestamp(), received_at.timestamp()))
        draft.rename(self.folder / f"{mail['Message-ID'].strip('<>')}.eml")


@asynccontextmanager
async def mailbox(home: Path) -> AsyncIterator[tuple[PostOffice, MailDoor]]:
    """A mailbox, and the door that works it off: on a Dovecot of its own, or in files where there is none.

    Answers are files in either case (`mail/answers` in the home folder), for people to read afterwards.
    """
    with contextlib.ExitStack() as stack:
        office: PostOffice
        box: Mailbox
        try:
            places = await asyncio.to_thread(stack.enter_context, mail_server(OURS))
        except NoMailServer:
            folder = home / "mail" / "inbox"
            office, box = _Folder(folder), FolderMailbox(folder)
        else:
            office, box = _Server(places[OURS]), ImapMailbox(places[OURS], (FOLDERS.processed, FOLDERS.unreadable))
        policy = DoorPolicy(AuthenticationPolicy.KNOWN_FAIL, None, f"Patras orders <{OURS}>")
        door = MailDoor(box, FileSender(home / "mail" / "answers"), MailReaders(1), policy, FOLDERS)
        try:
            yield office, door
        finally:
            await door.close()


@dataclass(frozen=True, slots=True)
class MailedOrder:
    """A shop's order by mail: when it is sent, how many packs of what; or how it goes wrong."""

    at: datetime
    shop: Shop
    packs: Mapping[str, int]
    extra_pieces: int = 0
    broken: bool = False


async def write(supervisor: Connection, order: MailedOrder, pack_sizes: dict[str, int]) -> EmailMessage:
    """A shop's mail, with the form that the supervisor has sent it filled in."""
    form = await supervisor.fetch("/v1/order-form.xlsx", outlet_code=order.shop.code)
    content = await asyncio.to_thread(_filled_in, form, order, pack_sizes)
    mail = EmailMessage()
    mail["From"] = f"{order.shop.name} <{address_of(order.shop)}>"
    mail["To"] = OURS
    mail["Date"] = format_datetime(order.at)
    mail["Message-ID"] = f"<{order.shop.code}.{order.at:%Y%m%dT%H%M%S}@shops.example>"
    mail["Subject"] = f"Order of {order.at:%d %B}"
    mail.set_content("Good day, our order is attached.")
    mail.add_attachment(
        content,
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename=f"order-form-{order.shop.code}.xlsx",
    )
    return mail


def _filled_in(form: bytes, order: MailedOrder, pack_sizes: dict[str, int]) -> bytes:
    book = load_workbook(io.BytesIO(form))
    sheet: Any = book.active
    extra = order.extra_pieces
    for row in range(1, sheet.max_row + 1):
        code = sheet.cell(row, _COLUMN[PRODUCT_CODE]).value
        if code in order.packs:
            sheet.cell(row, _COLUMN[QUANTITY], order.packs[code] * pack_sizes[code] + extra)
            extra = 0
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_its_sheet(buffer.getvalue()) if order.broken else buffer.getvalue()


def _without_its_sheet(workbook: bytes) -> bytes:
    """As a file that was cut off on its way."""
    with ZipFile(io.BytesIO(workbook)) as archive:
        return workbook[: archive.infolist()[-1].header_offset]
