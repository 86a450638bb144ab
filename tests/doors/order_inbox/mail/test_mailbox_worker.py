"""The mailbox worked off: a real Dovecot, a real SMTP server, real connections to the database."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.demo.mail_server import deliver
from app.doors.order_inbox.mail import mailbox_worker as door_module
from app.doors.order_inbox.mail.answer_senders import FileSender, SmtpSender
from app.doors.order_inbox.mail.mailboxes import FolderMailbox, Mailbox, MailboxUnavailable, Waiting
from app.doors.order_inbox.mail.models import InboxAnswer, InboxMessage
from app.doors.order_taking import service as order_taking
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database
from app.ground.mail_servers import Encryption, MailServer
from app.masters.outlets.service import outlets_by_code
from app.sales.orders.models import Order
from tests.conftest import MONDAY_NOON
from tests.doors.order_inbox.mail.mail_worlds import (
    OURS,
    Postbox,
    counts,
    imap,
    mails_in,
    make_form,
    make_shops,
    open_door,
    post,
    put_back,
)
from tests.doors.order_inbox.mail.mails import SHOP, make_mail

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


async def test_a_form_by_mail_becomes_an_order_is_answered_and_goes_to_the_processed(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet), Message_ID="<1@shop>")
    async with open_door(imap(place), postbox.sender) as door:
        assert await door.work_off(committed) == 1
    assert await counts(committed) == {"orders": 1, "inbox_messages": 1, "inbox_forms": 1, "inbox_answers": 1}
    assert (mails_in(place, "INBOX"), mails_in(place, "Processed")) == ([], ["<1@shop>"])
    (answer,) = postbox.mails
    assert (answer["To"], answer["In-Reply-To"], answer["Auto-Submitted"]) == (SHOP, "<1@shop>", "auto-replied")
    assert "accepted as order" in postbox.texts()[0]


async def test_a_mail_counts_by_when_the_mail_server_received_it_however_late_it_is_read(
    committed: Database, place: MailServer, postbox: Postbox, the_clock: clock.SetClock
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet), received_at=(CUTOFF - timedelta(seconds=1)).timestamp())
    the_clock.move_to(CUTOFF + timedelta(minutes=3))
    async with open_door(imap(place), postbox.sender) as door:
        await door.work_off(committed)
    async with committed.read_only() as session:
        (order,) = await session.scalars(select(Order))
    assert (order.corrected_at, order.read_at) == (CUTOFF - timedelta(seconds=1), CUTOFF + timedelta(minutes=3))


async def test_what_holds_no_form_goes_to_the_unreadable_with_its_reason(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    await make_shops(committed)
    post(place, Message_ID="<1@shop>")
    post(place, b"PK\x03\x04 broken", Message_ID="<2@shop>")
    async with open_door(imap(place), postbox.sender) as door:
        await door.work_off(committed)
    assert mails_in(place, "Unreadable") == ["<1@shop>", "<2@shop>"]
    async with committed.read_only() as session:
        reasons = set(await session.scalars(select(InboxMessage.reason)))
    assert reasons == {"no order form attached", "no form of it could be read"}


async def test_strangers_forms_are_not_even_opened(
    committed: Database, place: MailServer, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet), sender="stranger@example.com")
    async with open_door(imap(place), postbox.sender) as door:
        monkeypatch.setattr(door._readers, "read", None)
        await door.work_off(committed)
    assert await counts(committed) == {"orders": 0, "inbox_messages": 1, "inbox_forms": 0, "inbox_answers": 0}
    assert postbox.mails == []


async def work_off_all_kinds(database: Database, place: MailServer, postbox: Postbox) -> dict[str, int]:
    (outlet,) = await make_shops(database)
    form = make_form(outlet)
    for number in range(4):
        post(place, make_form(outlet, 6 + 6 * number), make_form(outlet, 7))
    post(place, form)
    post(place, form, Subject="Fwd: Our order")
    post(place, Auto_Submitted="auto-replied")
    post(place, make_form(outlet), sender="stranger@example.com")
    post(place, b"PK\x03\x04 broken")
    async with open_door(imap(place), postbox.sender) as door:
        assert await door.work_off(database) == 9
    assert len(postbox.mails) == 7
    return await counts(database)


async def test_replaying_the_whole_mailbox_changes_nothing(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    before = await work_off_all_kinds(committed, place, postbox)
    processed, unreadable = mails_in(place, "Processed"), mails_in(place, "Unreadable")
    put_back(place)
    async with open_door(imap(place), postbox.sender) as door:
        assert await door.work_off(committed) == 0
    assert await counts(committed) == before
    assert len(postbox.mails) == 7
    assert mails_in(place, "Processed") == sorted(processed * 2)
    assert mails_in(place, "Unreadable") == sorted(unreadable * 2)
    assert mails_in(place, "INBOX") == []


async def test_the_same_mails_in_another_mailbox_change_nothing(
    committed: Database, accounts: Iterator[MailServer], postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    old, new = next(accounts), next(accounts)
    mail = make_mail(make_form(outlet)).as_bytes()
    for place in (old, new):
        deliver(place, mail, MONDAY_NOON.timestamp())
        async with open_door(imap(place), postbox.sender) as door:
            await door.work_off(committed)
    assert await counts(committed) == {"orders": 1, "inbox_messages": 1, "inbox_forms": 1, "inbox_answers": 1}
    assert len(mails_in(new, "Processed")) == 1


async def test_two_doors_at_once_make_each_order_once(committed: Database, place: MailServer, postbox: Postbox) -> None:
    (outlet,) = await make_shops(committed)
    for number in range(12):
        post(place, make_form(outlet, 6 + 6 * number))
    async with open_door(imap(place), postbox.sender) as one, open_door(imap(place), postbox.sender) as other:
        await asyncio.gather(one.work_off(committed), other.work_off(committed))
    assert await counts(committed) == {"orders": 12, "inbox_messages": 12, "inbox_forms": 12, "inbox_answers": 12}
    assert len(postbox.mails) == 12
    # a mail itself may lie there twice: of two simultaneous MOVEs of one mail Dovecot makes two copies
    assert len(set(mails_in(place, "Processed"))) == 12


async def test_a_mail_that_comes_while_the_door_waits_is_answered_at_once(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    async with open_door(imap(place), postbox.sender, poll_seconds=600) as door:
        await door.work_off(committed)
        turn = asyncio.create_task(door.turn(committed))
        await asyncio.sleep(0)
        post(place, make_form(outlet))
        async with asyncio.timeout(30):
            await turn
            await door.work_off(committed)
            await postbox.came.wait()


async def test_a_door_that_waits_ends_when_it_is_told_to(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    async with open_door(imap(place), postbox.sender, poll_seconds=600) as door, asyncio.timeout(30):
        turn = asyncio.create_task(door.turn(committed))
        done, _ = await asyncio.wait({turn}, timeout=0.5)
        assert not done
        door.stop()
        assert await turn == 0


class Faulty:
    """A mailbox whose calls fail where a test wants it."""

    def __init__(self, mailbox: Mailbox, **faults: Callable[..., bool]) -> None:
        self._mailbox, self._faults = mailbox, faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._mailbox, name)

        def call(*args: Any) -> Any:
            if name in self._faults and self._faults[name](*args):
                raise MailboxUnavailable(f"{name} failed")
            return method(*args)

        return call


async def test_mails_that_cannot_be_moved_keep_no_others_and_are_moved_later(
    committed: Database, place: MailServer, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "MAILS_A_BATCH", 2)
    (outlet,) = await make_shops(committed)
    for number in range(5):
        post(place, make_form(outlet, 6 + 6 * number))
    full = [True]
    async with open_door(Faulty(imap(place), move=lambda *_: full[0]), postbox.sender) as door:
        assert await door.work_off(committed) == 5
        assert len(mails_in(place, "INBOX")) == 5
        full[0] = False
        assert await door.work_off(committed) == 0
    assert (len(mails_in(place, "INBOX")), len(mails_in(place, "Processed"))) == (0, 5)
    assert (await counts(committed))["orders"] == 5


async def test_a_mail_that_the_server_cannot_give_keeps_no_others(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    for number in range(3):
        post(place, make_form(outlet, 6 + 6 * number), received_at=MONDAY_NOON.timestamp() + number)
    faulty = Faulty(imap(place), fetch=lambda uids: any(uid.endswith("/2") for uid in uids))
    async with open_door(faulty, postbox.sender) as door:
        for _ in range(4):
            await door.work_off(committed)
    assert (await counts(committed))["orders"] == 2
    assert len(mails_in(place, "INBOX")) == 1


async def test_a_mailbox_that_is_away_is_tried_again_later_each_time(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    away = [True, True, True, False]
    delays = []
    async with open_door(Faulty(imap(place), waiting=lambda: bool(away) and away.pop(0)), postbox.sender) as door:
        for _ in range(4):
            await door.work_off(committed)
            delays.append(door._delay_seconds)
    assert delays == [2.0, 4.0, 8.0, 0.0]
    assert (await counts(committed))["orders"] == 1


async def test_a_mail_over_which_this_program_fails_is_filed_and_its_sender_told_to_phone(
    committed: Database, place: MailServer, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    post(place, make_form(outlet, 24))

    async def fail(*args: Any) -> None:
        raise ZeroDivisionError

    async with open_door(imap(place), postbox.sender) as door:
        monkeypatch.setattr(order_taking, "place_orders", fail)
        assert await door.work_off(committed) == 2
    assert len(mails_in(place, "Unreadable")) == 2
    assert all("please phone your rep" in text for text in postbox.texts())
    assert (await counts(committed))["orders"] == 0


async def test_a_mail_that_is_too_large_is_answered_by_its_headers_alone(
    committed: Database, place: MailServer, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    monkeypatch.setattr(door_module, "MOST_MAIL_BYTES", 1_000)
    async with open_door(Faulty(imap(place), fetch=any), postbox.sender) as door:
        await door.work_off(committed)
    assert "the mail is too large" in postbox.texts()[0]
    assert len(mails_in(place, "Unreadable")) == 1


async def test_an_answer_that_the_server_puts_off_is_sent_later(
    committed: Database, place: MailServer, postbox: Postbox, the_clock: clock.SetClock
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    postbox.refusals = ["451 later"]
    async with open_door(imap(place), postbox.sender) as door:
        await door.work_off(committed)
        await door.work_off(committed)
        assert postbox.mails == []
        the_clock.move_to(MONDAY_NOON + timedelta(minutes=1))
        await door.work_off(committed)
    assert len(postbox.mails) == 1


async def test_an_answer_to_an_address_that_does_not_exist_is_given_up(
    committed: Database, place: MailServer, postbox: Postbox, the_clock: clock.SetClock
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    postbox.refusals = ["550 no such mailbox"]
    async with open_door(imap(place), postbox.sender) as door:
        await door.work_off(committed)
        the_clock.move_to(MONDAY_NOON + timedelta(days=3))
        await door.work_off(committed)
    async with committed.read_only() as session:
        (answer,) = await session.scalars(select(InboxAnswer))
    assert (answer.failure, answer.due_at, answer.sent_at, answer.attempts) == ("550 no such mailbox", None, None, 1)


async def test_answers_wait_for_a_server_that_is_away_and_the_orders_do_not(
    committed: Database, place: MailServer, postbox: Postbox, the_clock: clock.SetClock
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    away = SmtpSender(MailServer("127.0.0.1", 9, Encryption.NONE), OURS)
    async with open_door(imap(place), away) as door:
        await door.work_off(committed)
    assert (await counts(committed))["orders"] == 1
    the_clock.move_to(MONDAY_NOON + timedelta(minutes=1))
    async with open_door(imap(place), postbox.sender) as door:
        await door.work_off(committed)
    assert len(postbox.mails) == 1


async def test_a_folder_of_files_is_worked_off_by_the_same_code(committed: Database, tmp_path: Path) -> None:
    (outlet,) = await make_shops(committed)
    inbox, answers = tmp_path / "inbox", tmp_path / "answers"
    async with open_door(FolderMailbox(inbox), FileSender(answers)) as door:
        assert await door.work_off(committed) == 0
        (inbox / "1.eml").write_bytes(make_mail(make_form(outlet)).as_bytes())
        (inbox / "2.eml").write_bytes(make_mail().as_bytes())
        assert await door.work_off(committed) == 2
    assert [path.name for path in (inbox / "Processed").iterdir()] == ["1.eml"]
    assert [path.name for path in (inbox / "Unreadable").iterdir()] == ["2.eml"]
    assert len(list(answers.glob("*.eml"))) == 2


def test_a_file_is_never_moved_over_another(tmp_path: Path) -> None:
    mailbox = FolderMailbox(tmp_path)
    for content in ("one", "two"):
        (tmp_path / "1.eml").write_text(content)
        mailbox.move(["1.eml"], "Processed")
    assert {path.name: path.read_text() for path in (tmp_path / "Processed").iterdir()} == {
        "1.eml": "one",
        "1-1.eml": "two",
    }


def test_a_move_that_was_killed_half_way_is_ended_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "Processed").mkdir()
    (tmp_path / "1.eml").write_text("one")
    (tmp_path / "Processed" / "1.eml").hardlink_to(tmp_path / "1.eml")
    FolderMailbox(tmp_path).move(["1.eml"], "Processed")
    assert [path.name for path in tmp_path.rglob("*.eml")] == ["1.eml"]


def test_uids_of_a_mailbox_that_was_numbered_anew_move_nothing(place: MailServer) -> None:
    post(place)
    mailbox = imap(place)
    (mail,) = mailbox.waiting()
    mailbox.move([f"0/{mail.uid.partition('/')[2]}"], "Processed")
    assert mailbox.waiting() == [Waiting(mail.uid, mail.had_at, mail.size)]
    mailbox.close()


def test_a_wrong_password_is_told_without_it(place: MailServer) -> None:
    wrong = MailServer(place.host, place.port, place.encryption, place.username, f"wrong-{uuid4()}")
    with pytest.raises(MailboxUnavailable) as told:
        imap(wrong).waiting()
    assert "wrong-" not in str(told.value)


def test_a_mail_that_came_since_the_last_look_is_seen_at_the_next_over_the_same_connection(place: MailServer) -> None:
    mailbox = imap(place)
    assert mailbox.waiting() == []
    post(place)
    assert len(mailbox.waiting()) == 1
    mailbox.close()


async def test_a_mail_whose_territory_is_closed_just_then_is_left_for_the_next_turn(
    committed: Database, committed_url: str, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    impatient = Database(committed_url, pool_size=4, server_settings={"lock_timeout": "100ms"})
    async with open_door(imap(place), postbox.sender) as door:
        async with committed.transaction() as closing:
            (shop,) = (await outlets_by_code(closing, [outlet])).values()
            await barrier.hold_alone(closing, [shop.territory_id])
            with pytest.raises(DBAPIError):
                await door.work_off(impatient)
        assert (await counts(committed))["inbox_messages"] == 0
        assert await door.work_off(impatient) == 1
    await impatient.close()
    assert (await counts(committed))["orders"] == 1


def test_a_folder_that_cannot_be_read_is_a_mailbox_that_is_away(tmp_path: Path) -> None:
    mailbox = FolderMailbox(tmp_path)
    with pytest.raises(MailboxUnavailable):
        mailbox.head("gone.eml")
