"""Which mails are being worked off, as the database knows it: a mail that ends this process is known to the next one.

No mail should be able to end it; but what nobody has foreseen must not happen again at every start, for ever.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from app.doors.order_inbox.mail import queries
from app.doors.order_inbox.mail.mailboxes import Waiting
from app.ground import clock
from app.ground.db.outages import is_outage
from app.ground.db.session import Database

log = structlog.get_logger()

MOST_PROCESSES = 10
"""So many processes may end over a mail before it is set aside unopened. From the second on each comes to it last, and
to it alone: what else waits is worked off at every start."""
KEPT = timedelta(days=30)
ENDED_OTHERS = "something went wrong on our side, again and again; please phone your rep or the office"


class MailsInHand:
    """Those of this process. What earlier processes left is looked up once."""

    def __init__(self) -> None:
        self._suspects: Mapping[bytes, int] | None = None
        self._keys: set[bytes] = set()

    def is_suspect(self, mail: Waiting) -> bool:
        """Whether an earlier process has begun with a mail, and not ended."""
        return bool(self._suspects) and _key(mail) in (self._suspects or ())

    async def look_up(self, database: Database) -> None:
        """Learn which mails earlier processes have left."""
        if self._suspects is None:
            async with database.read_only() as session:
                self._suspects = await queries.mails_in_hand(session)

    async def begin(self, database: Database, mails: Sequence[Waiting]) -> bool:
        """Take mails in hand, and let go of those before; whether too many processes have ended over one of them.

        Mails that this process has in hand already are not counted again: it has survived them.
        """
        keys = {_key(mail) for mail in mails}
        async with database.transaction() as session:
            begun = await queries.take_in_hand(session, keys - self._keys, self._keys - keys, clock.now())
        self._keys = keys
        return any(processes > MOST_PROCESSES for processes in begun.values())

    async def end(self, database: Database) -> None:
        """Let go of all: this process lives. Where the database is away, they are let go of later."""
        if not self._keys:
            return
        try:
            async with database.transaction() as session:
                await queries.let_go(session, self._keys, clock.now() - KEPT)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("mails_still_in_hand", reason=repr(error))
        else:
            self._keys = set()


def _key(mail: Waiting) -> bytes:
    identity = f"{mail.uid}\x00{mail.had_at.isoformat()}\x00{mail.size}"
    return hashlib.sha256(identity.encode(errors="surrogatepass")).digest()
