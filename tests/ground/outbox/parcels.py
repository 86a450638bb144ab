"""An outbox of the tests' own: parcels, which are known by their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.outbox import ClaimedMessage, Delivered, Failed, Outcome, RetryPolicy
from tests.databases import as_owner, execute

POLICY = RetryPolicy(timedelta(minutes=1), timedelta(hours=4), most_attempts=3, longest_delivery=timedelta(seconds=30))

_GRANT = "GRANT SELECT, INSERT, UPDATE ON parcels TO fieldproof"
_TABLE = """
    CREATE TABLE parcels (
        number integer PRIMARY KEY, due_at timestamptz, attempts integer NOT NULL DEFAULT 0,
        delivered_at timestamptz, failure text
    )
"""
_INSERT = text("INSERT INTO parcels (number, due_at) VALUES (:number, :due_at)")
_CLAIM = text("""
    UPDATE parcels SET attempts = attempts + 1, due_at = :until
    WHERE number = (
        SELECT number FROM parcels WHERE due_at <= :at ORDER BY due_at, number LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING number, attempts
""")
_DELIVERED = text("UPDATE parcels SET delivered_at = :at, due_at = NULL, failure = NULL WHERE number = :number")
_FAILED = text("""
    UPDATE parcels SET due_at = :due_at, failure = :reason
    WHERE number = :number AND attempts = :attempt AND delivered_at IS NULL
""")


class ParcelOutbox:
    """The statements of the table `parcels`."""

    async def claim(self, session: AsyncSession, at: datetime, until: datetime) -> ClaimedMessage[int] | None:
        """As `app.ground.outbox.Outbox` has it."""
        row = (await session.execute(_CLAIM, {"at": at, "until": until})).one_or_none()
        return None if row is None else ClaimedMessage(row.number, row.attempts)

    async def mark(self, session: AsyncSession, claimed: ClaimedMessage[int], outcome: Outcome) -> None:
        """Likewise."""
        match outcome:
            case Delivered(at):
                await session.execute(_DELIVERED, {"number": claimed.message, "at": at})
            case Failed(reason, due_at):
                values = {"reason": reason, "due_at": due_at, "number": claimed.message, "attempt": claimed.attempt}
                await session.execute(_FAILED, values)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is known of a parcel."""

    attempts: int
    due_at: datetime | None
    delivered_at: datetime | None
    failure: str | None


async def make_parcels(database: Database, due_at: Sequence[datetime]) -> None:
    """The table, and parcels from 1 on that are due then."""
    url = database.engine.url.render_as_string(hide_password=False)
    for statement in (_TABLE, _GRANT):
        await execute(as_owner(url), statement)
    async with database.transaction() as session:
        rows: list[dict[str, Any]] = [{"number": number, "due_at": at} for number, at in enumerate(due_at, 1)]
        await session.execute(_INSERT, rows)


async def parcels(database: Database) -> list[Parcel]:
    """All of them by number."""
    async with database.read_only() as session:
        rows = await session.execute(
            text("SELECT attempts, due_at, delivered_at, failure FROM parcels ORDER BY number")
        )
        return [Parcel(row.attempts, row.due_at, row.delivered_at, row.failure) for row in rows]
