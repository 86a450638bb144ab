"""A process that is killed while it delivers a parcel: imported once by a fork server."""

import asyncio
from multiprocessing.connection import Connection

from app.ground import outbox
from app.ground.db.session import Database
from tests.ground.outbox.parcels import POLICY, ParcelOutbox


def deliver_for_ever(url: str, begun: "Connection[int, None]") -> None:
    """Tell which parcel is being delivered, and get no further."""
    asyncio.run(_deliver_for_ever(url, begun))


async def _deliver_for_ever(url: str, begun: "Connection[int, None]") -> None:
    async def deliver(number: int) -> None:
        begun.send(number)
        await asyncio.Event().wait()

    await outbox.deliver_due(Database(url, pool_size=1), ParcelOutbox(), deliver, POLICY, asyncio.Event())
