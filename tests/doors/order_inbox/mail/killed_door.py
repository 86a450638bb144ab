"""The door as a process that is to be killed: imported once by a fork server, so that each one starts at once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum, auto
from multiprocessing.connection import Connection

from app.doors.order_inbox.forms.attachments import Attachment
from app.doors.order_inbox.forms.records import ReceivedForm
from app.doors.order_inbox.mail.answer_senders import SmtpSender
from app.doors.order_inbox.mail.imap_mailbox import ImapMailbox
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailbox_worker import MailDoor
from app.doors.order_inbox.mail.mailboxes import Waiting
from app.doors.order_inbox.mail.records import DueAnswer
from app.ground.db.session import Database
from app.ground.errors import FieldProblem
from app.ground.mail_servers import MailServer
from tests.doors.order_inbox.mail.mail_worlds import FOLDERS, OURS, POLICY


class Step(StrEnum):
    """What a door does with a mail, in this order."""

    MAILS_KNOWN = auto()
    FORM_READ = auto()
    MOVING = auto()
    ANSWERING = auto()
    IDLE = auto()


Announce = Callable[[Step], None]


class AnnouncedMailbox(ImapMailbox):
    """A mailbox that tells of its steps."""

    def __init__(self, place: MailServer, announce: Announce) -> None:
        super().__init__(place, (FOLDERS.processed, FOLDERS.unreadable))
        self._announce = announce

    def waiting(self) -> list[Waiting]:
        """The mails that wait."""
        mails = super().waiting()
        self._announce(Step.MAILS_KNOWN)
        return mails

    def move(self, uids: Sequence[str], folder: str) -> None:
        """Move mails, after the commit of what they ordered."""
        if uids:
            self._announce(Step.MOVING)
        super().move(uids, folder)

    def wait(self, seconds: float) -> None:
        """Wait for a mail."""
        self._announce(Step.IDLE)
        super().wait(seconds)


class AnnouncedReaders(MailReaders):
    """Readers that tell when a form was read: its order is recorded next."""

    def __init__(self, announce: Announce) -> None:
        super().__init__(1)
        self._announce = announce

    async def read(
        self,
        file: Attachment,
        objection: Callable[[], FieldProblem | None] = lambda: None,
        received: date | None = None,
    ) -> ReceivedForm:
        """What an attachment says."""
        form = await super().read(file, objection, received)
        self._announce(Step.FORM_READ)
        return form


class AnnouncedSender(SmtpSender):
    """A sender that tells when an answer is about to leave."""

    def __init__(self, server: MailServer, announce: Announce) -> None:
        super().__init__(server, OURS)
        self._announce = announce

    async def send(self, answer: DueAnswer) -> None:
        """Send it."""
        self._announce(Step.ANSWERING)
        await super().send(answer)


def work_off_for_ever(url: str, place: MailServer, smtp: MailServer, awaited: Step, announcement: Connection) -> None:
    """Work off the mailbox, as the leader does; close `announcement` at the awaited step.

    When the door is idle at the latest: another one may have sent the answers that it would have sent.
    """

    def announce(step: Step) -> None:
        if step in (awaited, Step.IDLE) and not announcement.closed:
            announcement.close()

    asyncio.run(_work_off_for_ever(url, place, smtp, announce))


async def _work_off_for_ever(url: str, place: MailServer, smtp: MailServer, announce: Announce) -> None:
    database = Database(url, pool_size=6)
    mailbox, sender = AnnouncedMailbox(place, announce), AnnouncedSender(smtp, announce)
    door = MailDoor(mailbox, sender, AnnouncedReaders(announce), POLICY, FOLDERS, poll_seconds=600)
    while True:
        await door.turn(database)
