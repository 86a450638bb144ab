"""Mails made to stop the mailbox, and steps that fail over one: each is set aside, the next one is ordered."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.doors.order_inbox.mail import mail_intake, queries, service
from app.doors.order_inbox.mail.answer_senders import FileSender
from app.doors.order_inbox.mail.mail_parts import MOST_PARTS
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailboxes import FolderMailbox
from app.doors.order_inbox.mail.mails_in_hand import ENDED_OTHERS, MOST_PROCESSES, MailsInHand
from app.doors.order_inbox.mail.models import InboxAnswer, InboxMailInHand, InboxMessage
from app.doors.order_inbox.mail.sender_limits import PatientReaders
from app.ground.db.session import Database
from app.sales.orders.models import Order
from tests.conftest import MONDAY_NOON
from tests.doors.order_inbox.mail.mail_worlds import counts, make_form, make_shops, open_door
from tests.doors.order_inbox.mail.mails import SHOP, make_mail

STRANGER = "evil@example.net"
HONEST = "honest@example.com"
MIB = 1024 * 1024


def headed(sender: str, *fields: bytes, body: bytes = b"hello") -> bytes:
    return b"\r\n".join((b"From: " + sender.encode(), *fields, b"", body))


def nested(sender: str, depth: int, kind: bytes = b"message/rfc822") -> bytes:
    return headed(sender, b"Content-Type: " + kind, body=(b"Content-Type: " + kind + b"\r\n\r\n") * depth)


def nested_boundaries(sender: str) -> bytes:
    levels = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (level, level + 1) for level in range(1_000)
    )
    return headed(sender, b'Content-Type: multipart/mixed; boundary="b0"', body=levels + b"x\r\n" * 5_000)


def many_parts(sender: str) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return headed(sender, b'Content-Type: multipart/mixed; boundary="b"', body=part * 20_000)


def with_file(sender: str, *fields: bytes) -> bytes:
    head = b"\r\n".join((b"Content-Type: application/octet-stream", *fields))
    return headed(
        sender, b'Content-Type: multipart/mixed; boundary="b"', body=b"--b\r\n" + head + b"\r\n\r\nx\r\n--b--"
    )


STOPPERS: dict[str, Callable[[str], bytes]] = {
    "a thousand forwarded mails within each other": lambda sender: nested(sender, 1_000),
    "a thousand parts within each other": nested_boundaries,
    "digests within each other": lambda sender: nested(sender, 1_000, b"multipart/digest"),
    "twenty thousand parts": many_parts,
    "a subject of 1.6 MiB": lambda sender: headed(sender, b"Subject: " + b"x" * (1_600 * 1024)),
    "a subject of encoded words": lambda sender: headed(sender, b"Subject: " + b"=?utf-8?Q?=00?= " * 100_000),
    "a subject of lines": lambda sender: headed(sender, b"Subject: x" + b"\r\n x" * 200_000),
    "a subject that no database takes": lambda sender: headed(sender, b"Subject: =?utf-16?B?ANgA?= =?utf-8?Q?=00?="),
    "a sender in brackets without an end": lambda sender: headed(sender + " " + "(<\"'," * 100_000),
    "a hundred thousand senders": lambda sender: headed(", ".join([sender, "a@example.net"] * 50_000)),
    "a sender within comments": lambda sender: headed("(" * 3_000 + ")" * 3_000 + sender),
    "a head without an end": lambda sender: b"From: " + sender.encode() + b"\r\n" + b"X-Junk: x\r\n" * 200_000,
    "a Message-ID of a megabyte": lambda sender: headed(sender, b"Message-ID: <" + b"x" * MIB + b">"),
    "a type of quotes": lambda sender: headed(sender, b"Content-Type: a/b; c=" + b'";' * 20_000),
    "a file name of quotes": lambda sender: with_file(sender, b"Content-Disposition: attachment; " + b'";"' * 10_000),
    "a file name of encoded words": lambda sender: with_file(
        sender, b'Content-Disposition: attachment; filename="' + b"=?utf-8?Q?=00?= " * 50_000 + b'.xlsx"'
    ),
    "an encoding that is none": lambda sender: with_file(
        sender, b"Content-Transfer-Encoding: base64", b"Content-Type: text/csv; charset=no-such; name*=x'y'%zz.csv"
    ),
    "millions of lines": lambda sender: headed(sender, b"Content-Type: text/plain", body=b"\n" * MIB),
    "nothing at all": lambda _: b"",
    "no head": lambda _: b"\r\n\r\n",
    "zeros": lambda _: bytes(1_000),
}


def put(inbox: Path, name: str, raw: bytes, *, minutes: int) -> None:
    """A mail into the folder, so many minutes after noon."""
    inbox.mkdir(exist_ok=True)
    (inbox / name).write_bytes(raw)
    at = (MONDAY_NOON + timedelta(minutes=minutes)).timestamp()
    os.utime(inbox / name, (at, at))


async def reasons(database: Database) -> dict[str, str | None]:
    """Why each mail was set aside, by its subject."""
    async with database.read_only() as session:
        rows = await session.execute(select(InboxMessage.subject, InboxMessage.reason))
        return {row.subject: row.reason for row in rows}


async def test_no_mail_that_was_made_to_stop_the_mailbox_keeps_the_order_behind_it(
    committed: Database, tmp_path: Path
) -> None:
    _, outlet = await make_shops(committed, SHOP, HONEST)
    inbox = tmp_path / "inbox"
    for number, make in enumerate(STOPPERS.values()):
        for sender in (STRANGER, SHOP):
            put(inbox, f"{number}-{sender}.eml", make(sender), minutes=-60 + number)
    put(inbox, "honest.eml", make_mail(make_form(outlet), sender=HONEST).as_bytes(), minutes=0)
    async with open_door(FolderMailbox(inbox), FileSender(tmp_path / "answers")) as door:
        await door.work_off(committed)
    assert (await counts(committed))["orders"] == 1
    assert list(inbox.glob("*.eml")) == []
    assert [path.name for path in (inbox / "Processed").iterdir()] == ["honest.eml"]
    async with committed.read_only() as session:
        said = set(await session.scalars(select(InboxMessage.reason).where(InboxMessage.status != "processed")))
        in_hand = list(await session.scalars(select(InboxMailInHand.key)))
    assert None not in said
    assert {f"the mail has more than {MOST_PARTS} parts", f"{STRANGER} is not a registered address"} <= said
    assert in_hand == []


async def test_whatever_step_fails_over_a_mail_it_is_set_aside_with_the_reason_and_the_next_is_ordered(
    committed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outlet,) = await make_shops(committed)
    inbox = tmp_path / "inbox"
    steps: list[tuple[Any, str]] = [
        (mail_intake, "read_head"),
        (service, "examine"),
        (MailReaders, "parts_of"),
        (mail_intake, "admission"),
        (PatientReaders, "forms_of"),
        (service, "take_in"),
        (service, "answer_to"),
        (queries, "claim_message"),
        (queries, "queue_answer"),
    ]
    async with open_door(FolderMailbox(inbox), FileSender(tmp_path / "answers")) as door:
        for number, (place, name) in enumerate(steps):
            poison = make_mail(make_form(outlet), Subject=f"poison {number}")
            put(inbox, f"poison-{number}.eml", poison.as_bytes(), minutes=-1)
            put(inbox, f"honest-{number}.eml", make_mail(make_form(outlet)).as_bytes(), minutes=0)
            with monkeypatch.context() as patched:
                patched.setattr(place, name, failing_over_poison(number, getattr(place, name)))
                await door.work_off(committed)
            assert (inbox / "Unreadable" / f"poison-{number}.eml").exists(), name
            assert (inbox / "Processed" / f"honest-{number}.eml").exists(), name
    assert (await counts(committed))["orders"] == len(steps)
    said = await reasons(committed)
    assert len(said) == len(steps) + 1
    set_aside = {subject: reason or "" for subject, reason in said.items() if subject != "Our order"}
    assert {subject: reason for subject, reason in set_aside.items() if "went wrong on our side" not in reason} == {}


def failing_over_poison(number: int, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, which breaks over whatever has to do with the mail whose subject says so."""
    poison = f"poison {number}"

    def call(*args: Any, **kwargs: Any) -> Any:
        if poison in repr(args):
            raise RecursionError("maximum recursion depth exceeded")
        return step(*args, **kwargs)

    return call


@pytest.mark.parametrize("ended", [1, MOST_PROCESSES])
async def test_a_mail_over_which_processes_have_ended_comes_last_alone_and_in_the_end_is_not_opened_any_more(
    committed: Database, tmp_path: Path, ended: int
) -> None:
    (outlet,) = await make_shops(committed)
    inbox, answers = tmp_path / "inbox", tmp_path / "answers"
    put(inbox, "killer.eml", make_mail(make_form(outlet), Subject="killer").as_bytes(), minutes=-9)
    mailbox = FolderMailbox(inbox)
    (killer,) = mailbox.waiting()
    for _ in range(ended):
        await MailsInHand().begin(committed, [killer])
    put(inbox, "honest.eml", make_mail(make_form(outlet)).as_bytes(), minutes=0)
    async with open_door(mailbox, FileSender(answers)) as door:
        assert [mail.uid for mail in await first_batch(door, committed)] == ["honest.eml"]
        await door.work_off(committed)
    opened = ended < MOST_PROCESSES
    assert (await counts(committed))["orders"] == 1 + opened
    assert (await reasons(committed))["killer"] == (None if opened else ENDED_OTHERS)
    async with committed.read_only() as session:
        assert len(list(await session.scalars(select(InboxAnswer.recipient)))) == 2
        assert list(await session.scalars(select(InboxMailInHand.key))) == []
        assert await session.scalar(select(Order.channel).limit(1)) == "EMAIL"


async def first_batch(door: Any, database: Database) -> Any:
    """What a door takes first."""
    await door._in_hand.look_up(database)
    return await door._next_batch()
