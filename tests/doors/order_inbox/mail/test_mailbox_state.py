"""What whoever works off the mailbox says of it."""

import pytest

from app.doors.order_inbox.mail.mailbox_state import MailboxState
from app.ground.db.session import Database
from app.ground.mail_servers import MailServer
from tests.conftest import MONDAY_NOON
from tests.doors.order_inbox.mail.mail_worlds import Postbox, imap, make_form, make_shops, open_door, post
from tests.doors.order_inbox.mail.test_mailbox_worker import Faulty


async def test_a_mailbox_that_was_read_says_when_and_what_waits(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    async with open_door(imap(place), postbox.sender) as door:
        assert MailboxState.of(door.state()) == MailboxState()
        await door.work_off(committed)
        assert MailboxState.of(door.state()) == MailboxState(connected=True, read_at=MONDAY_NOON, waiting=0)


async def test_one_that_is_away_says_so_until_it_answers_again(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    away = [False, True, False]
    async with open_door(Faulty(imap(place), waiting=lambda: away.pop(0)), postbox.sender) as door:
        states = []
        for _ in range(3):
            await door.work_off(committed)
            states.append(MailboxState.of(door.state()))
    assert [(state.connected, state.trouble) for state in states] == [
        (True, None),
        (False, "waiting failed"),
        (True, None),
    ]
    assert {state.read_at for state in states} == {MONDAY_NOON}


async def test_mails_that_nobody_can_move_are_told_apart_from_those_that_wait(
    committed: Database, place: MailServer, postbox: Postbox
) -> None:
    (outlet,) = await make_shops(committed)
    post(place, make_form(outlet))
    async with open_door(Faulty(imap(place), move=lambda *_: True), postbox.sender) as door:
        await door.work_off(committed)
        state = MailboxState.of(door.state())
    assert (state.waiting, state.stuck) == (0, 1)


@pytest.mark.parametrize("state", [MailboxState(), MailboxState(False, MONDAY_NOON, 3, 1, "It is away.")])
def test_what_is_told_is_read_alike(state: MailboxState) -> None:
    assert MailboxState.of(state.as_json()) == state


def test_of_a_mailbox_that_nobody_works_off_nothing_is_known() -> None:
    assert MailboxState.of(None) == MailboxState()
