"""A company's mail for tests: a real IMAP server, a real SMTP server, shops that order."""

import asyncio
import imaplib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy import func, select

from app.demo.mail_server import deliver
from app.doors.order_inbox.mail.answer_senders import AnswerSender, SmtpSender
from app.doors.order_inbox.mail.imap_mailbox import ImapMailbox
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailbox_worker import Folders, MailDoor
from app.doors.order_inbox.mail.mailboxes import Mailbox
from app.doors.order_inbox.mail.models import InboxAnswer, InboxForm, InboxMessage
from app.doors.order_inbox.mail.rules import AuthenticationPolicy
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground.db.session import Database
from app.ground.mail_servers import Encryption, MailServer
from app.sales.orders.models import Order
from tests.doors.order_inbox.forms.workbooks import make_workbook
from tests.doors.order_inbox.mail.mails import HAD_AT, SHOP, make_mail
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

OURS = "orders@example.test"
FOLDERS = Folders("Processed", "Unreadable")
POLICY = DoorPolicy(AuthenticationPolicy.KNOWN_FAIL, None, OURS)


@dataclass
class Postbox:
    """What an SMTP server has taken; `refusals` are its next answers, in their order, where it refuses."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        """The name is aiosmtpd's."""
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Likewise."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        self.came.set()
        return "250 OK"

    @property
    def sender(self) -> SmtpSender:
        """Sends to it."""
        return SmtpSender(MailServer("127.0.0.1", self.port, Encryption.NONE), OURS)

    def texts(self) -> list[str]:
        """What the mails say."""
        return [str(mail.get_content()) for mail in self.mails]


@asynccontextmanager
async def open_postbox() -> AsyncIterator[Postbox]:
    """An SMTP server on the loopback for as long as the block lasts."""
    box = Postbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop, hostname="example.test"), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await asyncio.sleep(0)  # connections that were just closed are seen so by their protocols


@asynccontextmanager
async def open_door(mailbox: Mailbox, sender: AnswerSender, **how: Any) -> AsyncIterator[MailDoor]:
    """A door with one reading process."""
    door = MailDoor(mailbox, sender, MailReaders(1), POLICY, FOLDERS, **how)
    try:
        yield door
    finally:
        await door.close()


def imap(place: MailServer) -> ImapMailbox:
    """The mailbox as the door knows it."""
    return ImapMailbox(place, (FOLDERS.processed, FOLDERS.unreadable))


async def make_shops(database: Database, *addresses: str) -> list[str]:
    """Outlets of one territory, one for each address, and the product CHO-1 in packs of 6; the outlets' codes."""
    async with database.transaction() as session:
        territory = await make_territory(session)
        await make_product(session, code="CHO-1", name="Dark")
        return [(await make_outlet(session, territory, emails=[address])).code for address in addresses or (SHOP,)]


def make_form(outlet_code: str, quantity: int = 12, *, form_id: UUID | None = None, day: str = "2026-11-24") -> bytes:
    """A workbook that orders CHO-1."""
    head = [("Form id", str(form_id or uuid4())), ("Outlet code", outlet_code), ("Delivery date", day), ()]
    return make_workbook([("CHO-1", quantity, None)], head=head)


def post(place: MailServer, *files: bytes, **how: Any) -> None:
    """A mail with these files into a mailbox, received at HAD_AT unless told otherwise (`received_at`, unix time)."""
    received_at = how.pop("received_at", HAD_AT.timestamp())
    deliver(place, make_mail(*files, **how).as_bytes(), received_at)


def mails_in(place: MailServer, folder: str) -> list[str]:
    """The Message-IDs of a folder, sorted."""
    with imaplib.IMAP4(place.host, place.port) as client:
        client.login(place.username, place.password)
        status, exist = client.select(folder, readonly=True)
        if status != "OK" or exist == [b"0"]:
            return []
        _, told = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        return sorted(part[1].decode().split(":", 1)[1].strip() for part in told if isinstance(part, tuple))


def put_back(place: MailServer, folders: Sequence[str] = (FOLDERS.processed, FOLDERS.unreadable)) -> None:
    """Copy every mail of the folders back into the mailbox, as a restored backup would."""
    with imaplib.IMAP4(place.host, place.port) as client:
        client.login(place.username, place.password)
        for folder in folders:
            status, exist = client.select(folder, readonly=True)
            if status == "OK" and exist != [b"0"]:
                client.copy("1:*", "INBOX")


async def counts(database: Database) -> dict[str, int]:
    """How many orders, mails, forms and answers are recorded."""
    async with database.read_only() as session:
        return {
            model.__tablename__: int(await session.scalar(select(func.count()).select_from(model)) or 0)
            for model in (Order, InboxMessage, InboxForm, InboxAnswer)
        }
