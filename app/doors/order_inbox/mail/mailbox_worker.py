"""The mailbox worker: processes the mails, sends the answers, and waits for the next mail.

It may be interrupted anywhere: a mail is processed in one transaction with its orders and its answer, and moved after
the commit. If it was processed but not moved, the database knows it, and it is moved the next time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from prometheus_client import Counter

from app.doors.order_inbox.forms.reader_pool import FormReaders
from app.doors.order_inbox.forms.records import ReceivedForm
from app.doors.order_inbox.mail import answering, queries, service
from app.doors.order_inbox.mail.answer_senders import AnswerSender
from app.doors.order_inbox.mail.mail_parts import take_apart, too_large
from app.doors.order_inbox.mail.mailboxes import Mailbox, MailboxUnavailable, Waiting
from app.doors.order_inbox.mail.records import InboxMessageStatus, ReceivedMail
from app.doors.order_inbox.mail.rules import Admission
from app.doors.order_inbox.mail.sender_limits import PatientReaders
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground.db.session import Database
from app.ground.web.problems import is_outage

log = structlog.get_logger()

MAILS_A_BATCH = 40
MOST_MAIL_BYTES = 25 * 1024 * 1024
MOST_BATCH_BYTES = 64 * 1024 * 1024
MOST_FETCHES = 3
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 2.0, 300.0

MESSAGES = Counter("fieldproof_inbox_messages", "Mails that this process has worked off", ["status"])
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
        readers: FormReaders,
        policy: DoorPolicy,
        folders: Folders,
        *,
        poll_seconds: float = 60.0,
    ) -> None:
        self._mailbox, self._sender, self._readers = mailbox, sender, readers
        self._policy, self._folders = policy, folders
        self._poll_seconds = poll_seconds
        self._stopping = asyncio.Event()
        self._delay_seconds = 0.0
        self._stuck: dict[str, str | None] = {}
        """Mails that are skipped but still in the mailbox, with the folder they belong to; None: left for a person."""
        self._failed_fetches: dict[str, int] = {}
        self._patient = PatientReaders(readers)

    async def turn(self, database: Database) -> int:
        """Process what waits, then wait for more. Answers how many mails were processed; a job of the scheduler."""
        count = await self.work_off(database)
        if not self._stopping.is_set():
            await self._wait()
        return count

    async def work_off(self, database: Database) -> int:
        """Process what waits, and send the answers that are due. An unavailable mailbox is tried again later."""
        count = 0
        try:
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
            log.warning("mailbox_unavailable", reason=str(error), next_in_seconds=self._delay_seconds)
        else:
            self._delay_seconds = 0.0
        await self._answer(database)
        return count

    async def check(self) -> list[str]:
        """Log in on both sides; what is there, in words. Raises MailboxUnavailable, NotDelivered."""
        try:
            mailbox = await _in_thread(self._mailbox.describe)
            waiting = await _in_thread(self._mailbox.waiting)
            return [mailbox, f"{len(waiting)} mails wait", await self._sender.check()]
        finally:
            await self.close()

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
        waiting = [mail for mail in await _in_thread(self._mailbox.waiting) if mail.uid not in self._stuck]
        batch: list[Waiting] = []
        uids = {mail.uid for mail in waiting}
        self._failed_fetches = {uid: times for uid, times in self._failed_fetches.items() if uid in uids}
        # after a failed fetch, mails are fetched one by one: a bad mail must not hold up the others
        for mail in waiting[: 1 if self._failed_fetches else MAILS_A_BATCH]:
            if batch and sum(entry.size for entry in batch) + mail.size > MOST_BATCH_BYTES:
                break
            batch.append(mail)
        return batch

    async def _work_off_batch(self, database: Database, batch: Sequence[Waiting]) -> int:
        mails = await self._fetch(batch)
        async with database.read_only() as session:
            statuses = await queries.statuses_of(session, [mail.key for mail in mails.values()])
            new = {uid: mail for uid, mail in mails.items() if mail.key not in statuses}
            admissions = await service.examine(session, list(new.values()), self._policy)
        read = {
            uid: asyncio.create_task(self._read(mail, admission))
            for (uid, mail), admission in zip(new.items(), admissions, strict=True)
        }
        folders: dict[str, str] = {
            uid: self._folders.of(statuses[mail.key]) for uid, mail in mails.items() if uid not in read
        }
        count = 0
        try:
            for uid, reading in read.items():
                if self._stopping.is_set():
                    break
                status = await self._take_in(database, mails[uid], reading)
                if status is not None:
                    folders[uid] = self._folders.of(status)
                    count += 1
                else:
                    self._leave(uid)
        finally:
            for task in read.values():
                task.cancel()
            await asyncio.gather(*read.values(), return_exceptions=True)
        await self._move(folders)
        return count

    async def _fetch(self, batch: Sequence[Waiting]) -> dict[str, ReceivedMail]:
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

    def _mails(self, batch: Sequence[Waiting]) -> dict[str, ReceivedMail]:
        """The mails of a batch, taken apart; of those that are too large, only the headers. In a thread."""
        whole = [mail for mail in batch if mail.size <= MOST_MAIL_BYTES]
        raw = self._mailbox.fetch([mail.uid for mail in whole])
        mails = {mail.uid: take_apart(raw[mail.uid], mail.had_at) for mail in whole if mail.uid in raw}
        for mail in batch:
            if mail.size > MOST_MAIL_BYTES:
                mails[mail.uid] = too_large(self._mailbox.head(mail.uid), mail.had_at, mail.size)
        return mails

    async def _read(self, mail: ReceivedMail, admission: Admission) -> tuple[Admission, list[ReceivedForm]]:
        """Read the forms of a mail; those of strangers are never opened."""
        return admission, await self._patient.forms_of(mail) if admission.admitted else []

    async def _take_in(
        self, database: Database, mail: ReceivedMail, reading: "asyncio.Task[tuple[Admission, list[ReceivedForm]]]"
    ) -> InboxMessageStatus | None:
        """Process one mail; None where not even its failure could be filed."""
        try:
            admission, forms = await reading
            async with database.transaction() as session:
                filed = await service.take_in(session, mail, admission, forms, self._policy)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mail_not_worked_off", message_id=mail.message_id)
            return await self._file_as_broken(database, mail)
        if filed is None:  # by another process, just now
            async with database.read_only() as session:
                return (await queries.statuses_of(session, [mail.key]))[mail.key]
        MESSAGES.labels(filed.status).inc()
        return filed.status

    async def _file_as_broken(self, database: Database, mail: ReceivedMail) -> InboxMessageStatus | None:
        try:
            async with database.transaction() as session:
                filed = await service.file_as_broken(session, mail, self._policy)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mail_not_filed", message_id=mail.message_id)
            return None
        MESSAGES.labels(InboxMessageStatus.UNREADABLE).inc()
        return filed.status if filed is not None else InboxMessageStatus.UNREADABLE

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
