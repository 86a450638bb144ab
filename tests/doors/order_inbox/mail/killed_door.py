"""The door as a process that is to be killed: imported once by a fork server, so that each one starts at once."""

import asyncio

from app.doors.order_inbox.mail.answer_senders import SmtpSender
from app.ground.db.session import Database
from app.ground.mail_servers import MailServer
from tests.doors.order_inbox.mail.mail_worlds import OURS, imap, open_door


def work_off_for_ever(url: str, place: MailServer, smtp: MailServer) -> None:
    """Work off the mailbox, as the leader does."""
    asyncio.run(_work_off_for_ever(url, place, smtp))


async def _work_off_for_ever(url: str, place: MailServer, smtp: MailServer) -> None:
    database = Database(url, pool_size=6)
    async with open_door(imap(place), SmtpSender(smtp, OURS), poll_seconds=600) as door:
        while True:
            await door.turn(database)
