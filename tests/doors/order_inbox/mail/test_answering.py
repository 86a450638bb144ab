"""The statements by which answers leave: what happens where two processes are at one answer."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.mail import queries
from app.doors.order_inbox.mail.answering import POLICY
from app.doors.order_inbox.mail.models import InboxAnswer
from app.doors.order_inbox.mail.queries import AnswerOutbox
from app.doors.order_inbox.mail.records import DueAnswer, InboxMessageStatus
from app.ground import clock
from app.ground.outbox import ClaimedMessage, Delivered, Failed
from tests.conftest import MONDAY_NOON
from tests.doors.order_inbox.mail.mail_worlds import Postbox
from tests.doors.order_inbox.mail.mails import SHOP, make_mail, take_apart

OUTBOX = AnswerOutbox()


async def queue_answer(session: AsyncSession) -> None:
    mail, message_id = take_apart(make_mail().as_bytes(), MONDAY_NOON), uuid4()
    await queries.claim_message(session, mail, message_id, InboxMessageStatus.PROCESSED, None, MONDAY_NOON)
    await queries.queue_answer(session, message_id, SHOP, b"Subject: Your order\r\n\r\n", MONDAY_NOON)


async def claim(session: AsyncSession) -> ClaimedMessage[DueAnswer] | None:
    return await OUTBOX.claim(session, clock.now(), clock.now() + POLICY.claim_lasts)


async def the_answer(session: AsyncSession) -> InboxAnswer:
    return (await session.scalars(select(InboxAnswer).execution_options(populate_existing=True))).one()


async def test_an_answer_is_one_claimants_until_nobody_can_be_at_it(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await queue_answer(session)
    first = await claim(session)
    assert first is not None
    assert (first.message.recipient, first.attempt) == (SHOP, 1)
    the_clock.move_to(MONDAY_NOON + POLICY.claim_lasts - timedelta(seconds=1))
    assert await claim(session) is None
    the_clock.move_to(MONDAY_NOON + POLICY.claim_lasts)
    second = await claim(session)
    assert second is not None
    assert second.attempt == 2


async def test_a_failure_that_is_told_late_changes_nothing_of_a_later_attempt(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await queue_answer(session)
    first = await claim(session)
    the_clock.move_to(MONDAY_NOON + POLICY.claim_lasts)
    second = await claim(session)
    assert first is not None
    assert second is not None
    await OUTBOX.mark(session, first, Failed("late", None))
    answer = await the_answer(session)
    assert (answer.failure, answer.due_at) == (None, clock.now() + POLICY.claim_lasts)
    await OUTBOX.mark(session, second, Delivered(clock.now()))
    await OUTBOX.mark(session, second, Failed("late", None))
    answer = await the_answer(session)
    assert (answer.sent_at, answer.due_at, answer.failure, answer.attempts) == (clock.now(), None, None, 2)


async def test_an_answer_that_has_left_is_not_sent_again_though_it_was_told_late(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await queue_answer(session)
    first = await claim(session)
    the_clock.move_to(MONDAY_NOON + POLICY.claim_lasts)
    assert await claim(session) is not None
    assert first is not None
    await OUTBOX.mark(session, first, Delivered(clock.now()))
    the_clock.move_to(MONDAY_NOON + 2 * POLICY.claim_lasts)
    assert await claim(session) is None


async def test_a_sending_that_is_broken_off_leaves_its_connection_to_no_other(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, gate = asyncio.Event(), asyncio.Event()

    async def hang(*_: object) -> str:
        reached.set()
        await gate.wait()
        return "550 no such mailbox"

    sender = postbox.sender
    with monkeypatch.context() as patched:
        patched.setattr(postbox, "handle_RCPT", hang)
        sending = asyncio.create_task(sender.send(DueAnswer(uuid4(), SHOP, b"Subject: One\r\n\r\n")))
        await reached.wait()
    sending.cancel()
    await asyncio.wait([sending])
    gate.set()
    await sender.send(DueAnswer(uuid4(), SHOP, b"Subject: Another\r\n\r\n"))
    await sender.close()
    assert [mail["Subject"] for mail in postbox.mails] == ["Another"]
