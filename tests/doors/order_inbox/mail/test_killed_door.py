"""The door killed at random points: nothing is lost, nothing is there twice."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from multiprocessing import Pipe

from sqlalchemy import func, select

from app.doors.order_inbox.mail.answering import POLICY
from app.doors.order_inbox.mail.models import InboxAnswer, InboxMessage
from app.ground import clock
from app.ground.db.session import Database
from app.ground.mail_servers import Encryption, MailServer
from app.sales.orders.models import Order
from tests.doors.order_inbox.mail import killed_door
from tests.doors.order_inbox.mail.killed_door import Step
from tests.doors.order_inbox.mail.mail_worlds import (
    Postbox,
    counts,
    imap,
    mails_in,
    make_form,
    make_shops,
    open_door,
    post,
)
from tests.processes import exit_code_of, start_fork

ROUNDS, MAILBOXES = 13, 4
"""Fifty-two kills: in each round the doors of all mailboxes, each at another step."""
MAILS_A_KILL = 2
STEPS = [Step.MAILS_KNOWN, Step.FORM_READ, Step.MOVING, Step.ANSWERING]
START_SECONDS = 60
LONGEST_SECONDS = 0.3
"""From the step at which a door is to be killed to the kill."""


async def test_fifty_kills_lose_nothing_and_double_nothing(
    committed: Database,
    committed_url: str,
    accounts: Iterator[MailServer],
    postbox: Postbox,
    the_clock: clock.SetClock,
) -> None:
    chance = random.Random(20261126)
    places = [next(accounts) for _ in range(MAILBOXES)]
    shops = [f"shop{number}@example.com" for number in range(10)]
    outlets = await make_shops(committed, *shops)
    smtp = MailServer("127.0.0.1", postbox.port, Encryption.NONE)
    day = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 # the processes have the real clock
    sent, states = 0, set()
    for _ in range(ROUNDS):
        for number, place in enumerate(places * MAILS_A_KILL):
            sent += 1
            form = make_form(outlets[sent % 10], 7 if sent % 7 == 0 else 6 * sent, day=day)
            # each mailbox at a second of its own: they were made at once and give the same UIDs, and a mail over which
            # the doors of all four seem to have ended is set aside
            had_at = clock.wall() - timedelta(seconds=number % MAILBOXES)
            post(place, form, sender=shops[sent % 10], received_at=had_at.timestamp())
        killed = [
            start_and_kill(committed_url, place, smtp, step, chance.uniform(0, LONGEST_SECONDS))
            for place, step in zip(places, chance.sample(STEPS, MAILBOXES), strict=True)
        ]
        await asyncio.gather(*killed)
        states.add(await state(committed, places))
    the_clock.move_to(clock.wall() + POLICY.claim_lasts)  # what was being sent is due again
    for place in places:
        async with open_door(imap(place), postbox.sender) as last:
            await last.work_off(committed)

    async with committed.read_only() as session:
        assert set(await session.scalars(select(InboxMessage.reason))) == {None}
    good = sent - sent // 7
    assert await counts(committed) == {
        "orders": good,
        "inbox_messages": sent,
        "inbox_forms": sent,
        "inbox_answers": sent,
    }
    processed = [message_id for place in places for message_id in mails_in(place, "Processed")]
    assert len(processed) == len(set(processed)) == sent
    assert [mails_in(place, folder) for place in places for folder in ("INBOX", "Unreadable")] == [[]] * (2 * MAILBOXES)
    answers = Counter(mail["Message-ID"] for mail in postbox.mails)
    assert len(answers) == sent
    # an answer that was handed over just before the kill comes twice under one Message-ID: SMTP knows no better
    assert sum(answers.values()) - sent <= ROUNDS * MAILBOXES
    assert len(states) == ROUNDS, "the kills came before anything was done, or after everything was"


async def start_and_kill(url: str, place: MailServer, smtp: MailServer, step: Step, seconds: float) -> None:
    """Start a door, and kill it so long after it has come to this step: however busy the machine, it has worked."""
    come, announcement = Pipe(duplex=False)
    door = start_fork(killed_door.work_off_for_ever, url, place, smtp, step, announcement)
    announcement.close()
    assert await asyncio.to_thread(come.poll, START_SECONDS), f"the door did not come to {step}"
    await asyncio.sleep(seconds)
    door.kill()
    assert await exit_code_of(door) == -signal.SIGKILL, "the door ended by itself"


async def state(database: Database, places: Sequence[MailServer]) -> tuple[int, ...]:
    """How far the work has come: orders, mails, answers sent, mails moved."""
    async with database.read_only() as session:
        orders = await session.scalar(select(func.count()).select_from(Order)) or 0
        mails = await session.scalar(select(func.count()).select_from(InboxMessage)) or 0
        answered = await session.scalar(select(func.count()).where(InboxAnswer.sent_at.is_not(None))) or 0
    return orders, mails, answered, *(len(mails_in(place, "Processed")) for place in places)
