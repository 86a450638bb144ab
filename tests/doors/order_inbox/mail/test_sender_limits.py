"""Files that were made to cost: what they cost the mailbox is bounded, whoever sends how many."""

import asyncio
from datetime import timedelta

from app.doors.order_inbox.mail.mail_reader import MailReaders
from app.doors.order_inbox.mail.records import ReceivedMail
from app.doors.order_inbox.mail.sender_limits import MOST_COSTLY, NOT_READ, SENDER_COSTLY, PatientReaders
from app.ground import clock
from app.ground.workers.child_processes import ChildLost, ChildProcess
from tests.conftest import MONDAY_NOON
from tests.doors.order_inbox.forms.workbooks import make_workbook
from tests.doors.order_inbox.mail.mails import HAD_AT, SHOP, make_mail, take_apart


class CostlyProcess(ChildProcess):
    """A reading process that survives no file, and counts those that it was given."""

    def __init__(self) -> None:
        super().__init__("never.started")
        self.files = 0

    async def answer(self, request: bytes, seconds: float | None = None) -> bytes:
        """Give others their turn, then give up."""
        self.files += 1
        await asyncio.sleep(0)
        raise ChildLost


def readers_of(process: CostlyProcess) -> PatientReaders:
    """Readers with this one process."""
    readers = MailReaders(1)
    readers._idle.get_nowait()
    readers._idle.put_nowait(process)
    return PatientReaders(readers)


def mail_of(sender: str = SHOP, *, forms: int = 1) -> ReceivedMail:
    files = [make_workbook() + bytes([number]) for number in range(forms)]
    return take_apart(make_mail(*files, sender=sender).as_bytes(), HAD_AT)


def broken_mail() -> ReceivedMail:
    return take_apart(make_mail(*[b"PK\x03\x04 broken"] * 5).as_bytes(), HAD_AT)


async def test_behind_a_file_that_was_made_to_cost_no_other_of_its_mail_is_opened() -> None:
    process = CostlyProcess()
    readings = await readers_of(process).forms_of(mail_of(forms=3))
    assert [reading.problems[0].code for reading in readings] == ["takes_too_long", "not_read", "not_read"]
    assert [(reading.file_name, reading.problems) for reading in readings[1:]] == [
        ("order-2.xlsx", (NOT_READ,)),
        ("order-3.xlsx", (NOT_READ,)),
    ]
    assert process.files == 1


async def test_of_a_hundred_mails_of_one_address_that_were_made_to_cost_three_are_opened_though_all_came_at_once() -> (
    None
):
    process = CostlyProcess()
    readers = readers_of(process)
    readings = await asyncio.gather(*(readers.forms_of(mail_of()) for _ in range(100)))
    assert process.files == MOST_COSTLY
    assert [reading.problems for reading in readings[-1]] == [(SENDER_COSTLY,)]


async def test_an_address_that_cost_too_much_keeps_no_other_from_being_read() -> None:
    process = CostlyProcess()
    readers = readers_of(process)
    for _ in range(5):
        await readers.forms_of(mail_of())
    await readers.forms_of(mail_of("another@example.com"))
    assert process.files == MOST_COSTLY + 1


async def test_an_hour_later_its_files_are_opened_again(the_clock: clock.SetClock) -> None:
    process = CostlyProcess()
    readers = readers_of(process)
    for _ in range(5):
        await readers.forms_of(mail_of())
    the_clock.move_to(MONDAY_NOON + timedelta(hours=1))
    await readers.forms_of(mail_of())
    assert process.files == MOST_COSTLY + 1


async def test_files_that_are_merely_broken_cost_an_address_nothing() -> None:
    async with MailReaders(1) as readers:
        patient = PatientReaders(readers)
        readings = [*await patient.forms_of(broken_mail()), *await patient.forms_of(broken_mail())]
    assert {reading.problems[0].code for reading in readings}.isdisjoint({"not_read", "sender_costly"})
