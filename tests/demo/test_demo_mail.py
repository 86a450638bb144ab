"""The demo's mailbox where there is no Dovecot: files, through the same code."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from app.demo import mail_server
from app.demo.mail import OURS, mailbox
from app.demo.mail_server import NoMailServer
from app.ground.db.session import Database
from tests.conftest import MONDAY_NOON


def no_dovecot() -> tuple[str, str]:
    raise NoMailServer("not here")


async def test_without_dovecot_mails_are_files_and_are_answered(
    committed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_server, "dovecot", no_dovecot)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "kiosk@shops.example", OURS, "Order"
    mail["Message-ID"] = "<one@shops.example>"
    mail.set_content("Good day, our order is attached.")
    async with mailbox(tmp_path) as (office, door):
        office.deliver(mail, MONDAY_NOON)
        await door.work_off(committed)
    assert [path.name for path in (tmp_path / "mail" / "inbox").rglob("*.eml")] == ["one@shops.example.eml"]
    assert not list((tmp_path / "mail" / "inbox").glob("*.eml"))
