"""`fieldproof inbox …`: the mailbox that order forms come to."""

import asyncio

import typer

from app.commands.databases import with_database
from app.doors.order_inbox.mail.mailbox_worker import MailDoor
from app.doors.order_inbox.mail.wiring import open_door
from app.ground.db.address import database_url
from app.ground.db.session import Database
from app.ground.errors import Invalid
from app.ground.settings import Settings
from app.ground.web import logs


def check() -> None:
    """Log in to the mailbox and to the server that sends the answers, and tell what is there. Changes nothing."""
    for line in asyncio.run(_door().check()):
        typer.echo(line)


def work_off() -> None:
    """Work off what waits in the mailbox, once, as the scheduler does all the time."""

    async def work(database: Database) -> int:
        door = _door()
        try:
            return await door.work_off(database)
        finally:
            await door.close()

    typer.echo(f"{with_database(database_url(Settings()), work, pool_size=4)} mails worked off")


def _door() -> MailDoor:
    settings = Settings()
    logs.configure(settings)
    door = open_door(settings)
    if door is None:
        raise Invalid("No mailbox is set: FIELDPROOF_MAILBOX_URL, FIELDPROOF_SMTP_URL, FIELDPROOF_MAIL_FROM.")
    return door
