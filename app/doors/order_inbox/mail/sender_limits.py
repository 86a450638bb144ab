"""Whose files are opened: an address whose files cost too much is skipped for a while, so as not to hold up others."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from app.doors.order_inbox.forms.records import ReceivedForm, unreadable
from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.records import ReceivedMail
from app.ground import clock
from app.ground.errors import FieldProblem

MOST_COSTLY = 3
"""Files of one address within `WINDOW`. A file costs 20 s at the most: the address then costs a minute an hour."""

WINDOW = timedelta(hours=1)
ANY_ZONE = timedelta(days=1)
"""So far behind the day of UTC may a sender's be: what lies before that day is past for everybody."""
COSTLY = frozenset({"takes_too_long", "takes_too_much_memory"})
"""The problems of a file that takes too much."""

MAIL_COSTLY = "the mail takes more time or memory to read than any with an order"

NOT_READ = FieldProblem("", "not_read", "The file was not looked at: one before it was no order form.")
SENDER_COSTLY = FieldProblem(
    "",
    "sender_costly",
    "The file was not looked at: several files from this address took too long to read within the last hour."
    " Send it again in an hour, or phone your rep.",
)


class PatientReaders:
    """Readers that remember, in this process, how often each address cost too much lately."""

    def __init__(self, readers: MailReaders) -> None:
        self._readers = readers
        self._costly: dict[str, list[datetime]] = {}

    async def taken_apart(self, mail: ReceivedMail, raw: bytes) -> ReceivedMail:
        """A mail with one sender, with its attachments, or with the problem that kept it from being taken apart."""
        (address,) = mail.senders
        if (objection := self._objection(address)) is not None:
            return replace(mail, problem=objection.message)
        parts = await self._readers.parts_of(raw)
        if parts is None:
            self._costly[address] = [*self._recently(address), clock.now()]
            return replace(mail, problem=MAIL_COSTLY)
        return replace(mail, forms=parts.forms, left_out=parts.left_out, foreign=parts.foreign, problem=parts.problem)

    async def forms_of(self, mail: ReceivedMail) -> list[ReceivedForm]:
        """The forms of a mail with one sender, read. After a costly file no other of its mail is opened."""
        (address,) = mail.senders
        forms: list[ReceivedForm] = []
        for number, file in enumerate(mail.forms, 1):
            objection = partial(self._objection, address)
            forms.append(await self._readers.read(file, objection, mail.had_at.date() - ANY_ZONE))
            if any(problem.code in COSTLY for problem in forms[-1].problems):
                self._costly[address] = [*self._recently(address), clock.now()]
                return forms + [unreadable(unopened, NOT_READ) for unopened in mail.forms[number:]]
        return forms

    def _objection(self, address: str) -> FieldProblem | None:
        return SENDER_COSTLY if len(self._recently(address)) >= MOST_COSTLY else None

    def _recently(self, address: str) -> list[datetime]:
        return [at for at in self._costly.get(address, ()) if at > clock.now() - WINDOW]
