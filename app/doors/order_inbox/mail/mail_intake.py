"""What becomes of mails that were fetched: each is worked off by itself, and none keeps the next one waiting.

A mail's head is read here, within bounds; whoever may not order is filed by it. The rest is taken apart, and its forms
are read, by processes that a mail may end. Whatever goes wrong with a mail, it is set aside with the reason. That the
database is away is no mail's fault: such a mail is put off, and set aside only where others go through meanwhile.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from app.doors.order_inbox.forms.records import ReceivedForm
from app.doors.order_inbox.mail import queries, service
from app.doors.order_inbox.mail.mail_heads import printable, read_head
from app.doors.order_inbox.mail.mailboxes import Waiting
from app.doors.order_inbox.mail.records import Filed, InboxMessageStatus, ReceivedMail
from app.doors.order_inbox.mail.rules import Admission, SenderStanding, admission, refusal
from app.doors.order_inbox.mail.sender_limits import PatientReaders
from app.doors.order_inbox.mail.service import BROKEN, DoorPolicy
from app.ground import clock
from app.ground.db.outages import is_outage
from app.ground.db.session import Database

log = structlog.get_logger()

MOST_OUTAGES = 2
"""Mails in a row that the database did not take, after which it is taken to be away."""
LONGEST_PUT_OFF = timedelta(hours=1)

MESSAGES = Counter("fieldproof_inbox_messages", "Mails that this process has worked off", ["status"])


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """A mail as the mailbox gave it; `raw`: all of it, or its head alone where `too_large` says so."""

    waiting: Waiting
    raw: bytes
    too_large: bool = False


@dataclass(slots=True)
class Worked:
    """What became of mails, by their uid: `statuses` of those that are recorded; `left`: not even that could be done.

    `put_off`: why the database did not take those. `count`: how many were recorded just now.
    """

    statuses: dict[str, InboxMessageStatus] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    put_off: dict[str, Exception] = field(default_factory=dict)
    count: int = 0

    def add(self, other: "Worked") -> None:
        """What became of other mails, too."""
        self.statuses |= other.statuses
        self.left += other.left
        self.put_off |= other.put_off
        self.count += other.count


@dataclass(frozen=True, slots=True)
class _OpenMail:
    """A mail that is being worked off: its head, then with its attachments, and whom it is from."""

    uid: str
    mail: ReceivedMail
    standing: SenderStanding


class MailIntake:
    """Works off fetched mails. It remembers which ones were put off, and since when."""

    def __init__(self, readers: PatientReaders, policy: DoorPolicy) -> None:
        self._readers, self._policy = readers, policy
        self._put_off: dict[str, datetime] = {}

    async def work_off(self, database: Database, mails: Sequence[FetchedMail], stopping: asyncio.Event) -> Worked:
        """What becomes of the mails. Raises what says that the database is away (`is_outage`)."""
        try:
            return await self._work_off_together(database, mails, stopping)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mails_not_worked_off", mails=len(mails))
            if len(mails) == 1:
                return await self.set_aside(database, mails[0], f"{BROKEN} ({type(error).__name__})")
        worked = Worked()
        for mail in mails:  # one of them has broken the batch, and is to break no other
            worked.add(await self.work_off(database, [mail], stopping))
        return worked

    async def set_aside(self, database: Database, fetched: FetchedMail, reason: str) -> Worked:
        """Record a mail without opening it; its sender is told where its head names one who may order."""
        uid, had_at = fetched.waiting.uid, fetched.waiting.had_at
        try:
            mail = read_head(fetched.raw, had_at)
        except Exception:  # a head that breaks its reader names nobody
            log.exception("head_not_read", uid=uid)
            status = await self._file_unopened(database, uid, had_at, reason)
        else:
            status = await self._file_as_broken(database, _OpenMail(uid, mail, SenderStanding(None)), reason)
        return Worked(left=[uid]) if status is None else Worked({uid: status}, count=1)

    async def _work_off_together(
        self, database: Database, mails: Sequence[FetchedMail], stopping: asyncio.Event
    ) -> Worked:
        opened = await self._open(database, mails)
        async with database.read_only() as session:
            statuses = await queries.statuses_of(session, [mail.mail.key for mail in opened])
        worked = Worked({mail.uid: statuses[mail.mail.key] for mail in opened if mail.mail.key in statuses})
        new = [mail for mail in opened if mail.uid not in worked.statuses]
        reading = {mail.uid: asyncio.create_task(self._read(mail)) for mail in new}
        try:
            await self._take_in_each(database, new, reading, worked, stopping)
        finally:
            for task in reading.values():
                task.cancel()
            await asyncio.gather(*reading.values(), return_exceptions=True)
        return worked

    async def _open(self, database: Database, mails: Sequence[FetchedMail]) -> list[_OpenMail]:
        """The mails with their attachments; those of senders who may not order are not opened."""
        heads = [_head(mail) for mail in mails]
        async with database.read_only() as session:
            standings = await service.examine(session, heads, self._policy)
        opening = [
            self._taken_apart(mail, head, standing)
            for mail, head, standing in zip(mails, heads, standings, strict=True)
        ]
        return list(await asyncio.gather(*opening))

    async def _taken_apart(self, fetched: FetchedMail, head: ReceivedMail, standing: SenderStanding) -> _OpenMail:
        unopened = refusal(head, standing) is not None or head.problem is not None
        mail = head if unopened else await self._readers.taken_apart(head, fetched.raw)
        return _OpenMail(fetched.waiting.uid, mail, standing)

    async def _read(self, opened: _OpenMail) -> tuple[Admission, list[ReceivedForm]]:
        """Read the forms of a mail; those of strangers are never opened."""
        admitted = admission(opened.mail, opened.standing)
        return admitted, await self._readers.forms_of(opened.mail) if admitted.admitted else []

    async def _take_in_each(
        self,
        database: Database,
        mails: Sequence[_OpenMail],
        reading: Mapping[str, "asyncio.Task[tuple[Admission, list[ReceivedForm]]]"],
        worked: Worked,
        stopping: asyncio.Event,
    ) -> None:
        outages = 0
        for mail in mails:
            if stopping.is_set():
                break
            try:
                status = await self._take_in(database, mail, reading[mail.uid])
            except Exception as error:
                outages += 1
                if not is_outage(error) or outages >= MOST_OUTAGES:
                    raise
                status = await self._put_off_or_aside(database, mail, worked, error)
            else:
                outages = 0
                self._put_off.pop(mail.uid, None)
            if status is not None:
                worked.statuses[mail.uid] = status
                worked.count += 1
            elif mail.uid not in worked.put_off:
                worked.left.append(mail.uid)

    async def _put_off_or_aside(
        self, database: Database, mail: _OpenMail, worked: Worked, error: Exception
    ) -> InboxMessageStatus | None:
        """Put off a mail that the database did not take; set it aside after an hour of that, if it takes as much."""
        log.warning("mail_put_off", message_id=mail.mail.message_id, reason=repr(error))
        if clock.now() - self._put_off.setdefault(mail.uid, clock.now()) < LONGEST_PUT_OFF:
            worked.put_off[mail.uid] = error
            return None
        del self._put_off[mail.uid]
        return await self._file_as_broken(database, mail, BROKEN)

    async def _take_in(
        self, database: Database, opened: _OpenMail, reading: "asyncio.Task[tuple[Admission, list[ReceivedForm]]]"
    ) -> InboxMessageStatus | None:
        """Process one mail; None where not even its failure could be filed."""
        mail = opened.mail
        try:
            admitted, forms = await reading
            async with database.transaction() as session:
                filed = await service.take_in(session, mail, admitted, forms, self._policy)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mail_not_worked_off", message_id=mail.message_id)
            return await self._file_as_broken(database, opened, f"{BROKEN} ({type(error).__name__})")
        return await self._status(database, mail, filed)

    async def _file_as_broken(self, database: Database, opened: _OpenMail, reason: str) -> InboxMessageStatus | None:
        """File a mail with its reason; without its sender where that breaks, too. None where nothing can be filed."""
        mail = opened.mail
        try:
            async with database.transaction() as session:
                filed = await service.file_as_broken(session, mail, self._policy, reason)
            return await self._status(database, mail, filed)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mail_not_filed", message_id=mail.message_id)
        return await self._file_unopened(database, opened.uid, mail.had_at, reason)

    async def _file_unopened(
        self, database: Database, uid: str, had_at: datetime, reason: str
    ) -> InboxMessageStatus | None:
        mail = ReceivedMail(had_at, None, (), f"mail {printable(uid)}", {}, problem=reason)
        try:
            async with database.transaction() as session:
                filed = await service.file_unopened(session, mail)
            return await self._status(database, mail, filed)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mail_not_filed_unopened", uid=uid)
            return None

    async def _status(self, database: Database, mail: ReceivedMail, filed: Filed | None) -> InboxMessageStatus:
        if filed is not None:
            MESSAGES.labels(filed.status).inc()
            return filed.status
        async with database.read_only() as session:  # by another process, just now
            return (await queries.statuses_of(session, [mail.key]))[mail.key]


def _head(fetched: FetchedMail) -> ReceivedMail:
    mail = read_head(fetched.raw, fetched.waiting.had_at)
    if not fetched.too_large:
        return mail
    return replace(mail, problem=f"the mail is too large ({fetched.waiting.size / 1024 / 1024:.0f} MiB)")
