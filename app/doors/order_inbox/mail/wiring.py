"""From settings to an open door, or to none."""

from pathlib import Path

from app.doors.order_inbox.mail.answer_senders import AnswerSender, FileSender, SmtpSender
from app.doors.order_inbox.mail.imap_mailbox import ImapMailbox
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailbox_worker import Folders, MailDoor
from app.doors.order_inbox.mail.mailboxes import FolderMailbox, Mailbox
from app.doors.order_inbox.mail.rules import AuthenticationPolicy
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground.settings import Settings


def open_door(settings: Settings) -> MailDoor | None:
    """The door that the settings describe; None where they name no mailbox. Connects to nothing yet."""
    mailbox, sender = mailbox_of(settings), sender_of(settings)
    if mailbox is None or sender is None:
        return None
    return MailDoor(
        mailbox,
        sender,
        MailReaders(settings.mail_reader_processes),
        DoorPolicy(
            AuthenticationPolicy(settings.mail_authentication),
            settings.mail_authentication_server,
            settings.mail_from or "",
        ),
        Folders(settings.mail_processed_folder, settings.mail_unreadable_folder),
        poll_seconds=settings.mail_poll_seconds,
    )


def mailbox_of(settings: Settings) -> Mailbox | None:
    """The mailbox that the settings name."""
    place = settings.mailbox
    if place is None or isinstance(place, Path):
        return FolderMailbox(place) if place is not None else None
    return ImapMailbox(place, (settings.mail_processed_folder, settings.mail_unreadable_folder))


def sender_of(settings: Settings) -> AnswerSender | None:
    """The way out that the settings name."""
    place = settings.smtp
    if place is None or isinstance(place, Path):
        return FileSender(place) if place is not None else None
    return SmtpSender(place, settings.mail_from or "")
