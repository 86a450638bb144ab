"""The mailbox worker: processes the mails, sends the answers, and waits for the next mail.

It may be interrupted anywhere: a mail is processed in one transaction with its orders and its answer, and moved after
the commit. If it was processed but not moved, the database knows it, and it is moved the next time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import structlog
from prometheus_client import Counter

from app.doors.order_inbox.mail import answering
from app.doors.order_inbox.mail.answer_senders import AnswerSender
from app.doors.order_inbox.mail.mail_intake import FetchedMail, MailIntake, Worked
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.mailbox_state import MailboxState
from app.doors.order_inbox.mail.mailboxes import Mailbox, MailboxUnavailable, Waiting
from app.doors.order_inbox.mail.mails_in_hand import ENDED_OTHERS, MailsInHand
from app.doors.order_inbox.mail.records import InboxMessageStatus
from app.doors.order_inbox.mail.sender_limits import PatientReaders
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground import clock
from app.ground.db.session import Database

log = structlog.get_logger()

MAILS_A_BATCH = 40
MOST_MAIL_BYTES = 25 * 1024 * 1024
MOST_BATCH_BYTES = 64 * 1024 * 1024
MOST_FETCHES = 3
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 2.0, 300.0

UNAVAILABLE = Counter("fieldproof_inbox_mailbox_failures", "Times that the mailbox did not answer as it should")
STUCK = Counter(
    "fieldproof_inbox_stuck_messages", "Mails that were worked off and could not be moved, or not worked off"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where mails go: those whose forms were read, and all others, whose reason is in the records."""

    processed: str
    unreadable: str

    def of(self, status: InboxMessageStatus) -> str:
        """The folder for mails of this status."""
        return self.processed if status is InboxMessageStatus.PROCESSED else self.unreadable


class MailDoor:
    """Processes one mailbox. The leader opens one door at a time; two at once do no harm."""

    def __init__(
        self,
        mailbox: Mailbox,
        sender: AnswerSender,
        readers: MailReaders,
        policy: DoorPolicy,
        folders: Folders,
        *,
        poll_seconds: float = 60.0,
    ) -> None:
        self._mailbox, self._sender, self._readers = mailbox, sender, readers
        self._folders = folders
        self._poll_seconds = poll_seconds
        self._stopping = asyncio.Event()
        self._delay_seconds = 0.0
        self._stuck: dict[str, str | None] = {}
        """Mails that are skipped but still in the mailbox, with the folder they belong to; None: left for a person."""
        self._failed_fetches: dict[str, int] = {}
        self._put_off: dict[str, Exception] = {}
        """Mails that wait for the next turn, and why the database did not take them in this one."""
        self._state = MailboxState()
        self._intake = MailIntake(PatientReaders(readers), policy)
        self._in_hand = MailsInHand()

    async def turn(self, database: Database) -> int:
        """Process what waits, then wait for more. Answers how many mails were processed; a job of the scheduler."""
        count = await self.work_off(database)
        if not self._stopping.is_set():
            await self._wait()
        return count

    async def work_off(self, database: Database) -> int:
        """Process what waits, and send the answers that are due. An unavailable mailbox is tried again later.

        Raises what says that the database is away, or did not take a mail: that is put off until the next turn.
        """
        count = 0
        self._put_off = {}
        try:
            await self._in_hand.look_up(database)
            await self._retry_stuck()
            async with _beside(self._answer, database) as answer:
                while batch := await self._next_batch():
                    count += await self._work_off_batch(database, batch)
                    await answer()
                    if self._stopping.is_set():
                        break
        except MailboxUnavailable as error:
            UNAVAILABLE.inc()
            self._delay_seconds = min(max(self._delay_seconds * 2, FIRST_DELAY_SECONDS), LONGEST_DELAY_SECONDS)
            self._state = replace(self._state, connected=False, trouble=str(error))
            log.warning("mailbox_unavailable", reason=str(error), next_in_seconds=self._delay_seconds)
        else:
            self._delay_seconds = 0.0
        finally:
            await self._in_hand.end(database)
        await self._answer(database)
        for outage in self._put_off.values():
            raise outage
        return count

    async def check(self) -> list[str]:
        """Log in on both sides; what is there, in words. Raises MailboxUnavailable, NotDelivered."""
        try:
            mailbox = await _in_thread(self._mailbox.describe)
            waiting = await _in_thread(self._mailbox.waiting)
            return [mailbox, f"{len(waiting)} mails wait", await self._sender.check()]
        finally:
            await self.close()

    def state(self) -> dict[str, Any]:
        """What is known of the mailbox (`MailboxState`), ready for JSON."""
        return replace(self._state, stuck=len(self._stuck)).as_json()

    def stop(self) -> None:
        """Ask it to end soon: after the current mail, or at once if it waits."""
        self._stopping.set()

    async def close(self) -> None:
        """Let go of everything, at once."""
        self._stopping.set()
        self._mailbox.interrupt()
        self._mailbox.close()
        await self._sender.close()
        await self._readers.close()

    async def _next_batch(self) -> list[Waiting]:
        """The mails that are worked off next; those over which a process has ended come last, one by one."""
        lying = await _in_thread(self._mailbox.waiting)
        self._state = MailboxState(
            connected=True, read_at=clock.now(), waiting=sum(mail.uid not in self._stuck for mail in lying)
        )
        waiting = [mail for mail in lying if mail.uid not in self._stuck and mail.uid not in self._put_off]
        uids = {mail.uid for mail in waiting}
        self._failed_fetches = {uid: times for uid, times in self._failed_fetches.items() if uid in uids}
        sound = [mail for mail in waiting if not self._in_hand.is_suspect(mail)]
        # after a failed fetch, mails are fetched one by one: a bad mail must not hold up the others
        most = 1 if self._failed_fetches or not sound else MAILS_A_BATCH
        batch: list[Waiting] = []
        for mail in (sound or waiting)[:most]:
            if batch and sum(entry.size for entry in batch) + mail.size > MOST_BATCH_BYTES:
                break
            batch.append(mail)
        return batch

    async def _work_off_batch(self, database: Database, batch: Sequence[Waiting]) -> int:
        ended_others = await self._in_hand.begin(database, batch)
        mails = await self._fetch(batch)
        if ended_others:
            worked = Worked()
            for mail in mails:
                worked.add(await self._intake.set_aside(database, mail, ENDED_OTHERS))
        else:
            worked = await self._intake.work_off(database, mails, self._stopping)
        for uid in worked.left:
            self._leave(uid)
        self._put_off |= worked.put_off
        await self._move({uid: self._folders.of(status) for uid, status in worked.statuses.items()})
        return worked.count

    async def _fetch(self, batch: Sequence[Waiting]) -> list[FetchedMail]:
        uids = [mail.uid for mail in batch]
        try:
            mails = await _in_thread(partial(self._mails, batch))
        except MailboxUnavailable:
            self._failed_fetches |= {uid: self._failed_fetches.get(uid, 0) + 1 for uid in uids}
            if len(uids) == 1 and self._failed_fetches[uids[0]] >= MOST_FETCHES:
                self._leave(uids[0])
            raise
        self._failed_fetches = {uid: times for uid, times in self._failed_fetches.items() if uid not in uids}
        return mails

    def _leave(self, uid: str) -> None:
        """Leave a mail where it is, for a person, until this door is opened again."""
        log.error("mail_left_where_it_is", uid=uid)
        STUCK.inc()
        self._stuck[uid] = None

    def _mails(self, batch: Sequence[Waiting]) -> list[FetchedMail]:
        """The mails of a batch; of those that are too large, only the heads. In a thread."""
        raw = self._mailbox.fetch([mail.uid for mail in batch if mail.size <= MOST_MAIL_BYTES])
        return [
            FetchedMail(mail, raw[mail.uid])
            if mail.uid in raw
            else FetchedMail(mail, self._mailbox.head(mail.uid), too_large=True)
            for mail in batch
            if mail.uid in raw or mail.size > MOST_MAIL_BYTES
        ]

    async def _move(self, folders: dict[str, str]) -> None:
        """Move processed mails. Where that fails, they are skipped until it works: the next ones wait."""
        for folder in sorted(set(folders.values())):
            uids = [uid for uid, target in folders.items() if target == folder]
            try:
                await _in_thread(partial(self._mailbox.move, uids, folder))
            except MailboxUnavailable as error:
                log.error("mails_not_moved", folder=folder, mails=len(uids), reason=str(error))  # noqa: TRY400 # in words
                STUCK.inc(sum(uid not in self._stuck for uid in uids))
                self._stuck |= dict.fromkeys(uids, folder)
            else:
                self._stuck = {uid: folder for uid, folder in self._stuck.items() if uid not in uids}

    async def _retry_stuck(self) -> None:
        await self._move({uid: folder for uid, folder in self._stuck.items() if folder is not None})

    async def _answer(self, database: Database) -> None:
        await answering.send_due(database, self._sender, self._stopping)

    async def _wait(self) -> None:
        """Wait until a mail may have come, or `stop`."""
        stopped = asyncio.create_task(self._stopping.wait())
        waiting = asyncio.create_task(self._wait_for_mail())
        try:
            await asyncio.wait({stopped, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not waiting.done():
                self._mailbox.interrupt()
            stopped.cancel()
            waiting.cancel()
            await asyncio.gather(stopped, waiting, return_exceptions=True)

    async def _wait_for_mail(self) -> None:
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
            return
        with contextlib.suppress(MailboxUnavailable):  # the next turn asks for mails, and logs what is wrong
            await _in_thread(partial(self._mailbox.wait, self._poll_seconds))


@asynccontextmanager
async def _beside(
    work: Callable[[Database], Awaitable[None]], database: Database
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Runs `work` beside the block, one turn at a time: each begins once the one before has ended."""
    running: list[asyncio.Task[None]] = []

    async def begin() -> None:
        if running:
            await running.pop()
        running.append(asyncio.ensure_future(work(database)))

    try:
        yield begin
    finally:
        await asyncio.gather(*running)


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)
