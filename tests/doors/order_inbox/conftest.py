"""The mail server of a test run."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.demo.mail_server import mail_server
from app.ground.mail_servers import MailServer
from tests.doors.order_inbox.mail.mail_worlds import Postbox, open_postbox


@pytest.fixture(scope="session")
def accounts() -> Iterator[Iterator[MailServer]]:
    """Empty mailboxes on one Dovecot."""
    with mail_server(*(f"orders{number}@example.test" for number in range(100))) as places:
        yield iter(places.values())


@pytest.fixture
def place(accounts: Iterator[MailServer]) -> MailServer:
    """An empty mailbox."""
    return next(accounts)


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    """An SMTP server."""
    async with open_postbox() as box:
        yield box
