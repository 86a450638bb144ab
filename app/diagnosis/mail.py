"""The mailbox: whether it can be logged in to, and whether answers can leave."""

from collections.abc import AsyncIterator

from app.doors.order_inbox.mail.wiring import open_door
from app.ground.errors import Told
from app.ground.findings import Finding, fine, note, wrong
from app.ground.settings import Settings


async def look_at_mail(settings: Settings) -> AsyncIterator[Finding]:
    """What `fieldproof inbox check` tells."""
    door = open_door(settings)
    if door is None:
        yield note("mailbox", "None is set: no orders come by mail.")
        return
    try:
        for line in await door.check():
            yield fine("mailbox", line)
    except Told as error:
        yield wrong("mailbox", str(error))
