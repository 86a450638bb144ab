"""What has changed of reps' days since somebody last asked (decision 80).

For whoever shows them live: ask about once a second, then ask `service.rep_days` for the reps that are named here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.rep_days import change_queries as queries
from app.closing.rep_days.change_queries import KEPT
from app.ground import clock


@dataclass(frozen=True, slots=True)
class ChangesPosition:
    """Up to where somebody has seen changes: a snapshot of the database, in positions (decision 46).

    All below `ended_below` had ended, nothing from `begun_from` on had begun, and of those between `running` had not
    ended. `offset`: that of the epoch; `at`: by the database's clock.
    """

    ended_below: int
    begun_from: int
    running: tuple[int, ...]
    offset: int
    at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        """The position of an answer: its snapshot is written `xmin:xmax:xip_list`."""
        ended_below, begun_from, running = row["snapshot"].split(":")
        offset = row["offset"]
        return cls(
            int(ended_below) + offset,
            int(begun_from) + offset,
            tuple(int(number) + offset for number in running.split(",") if number),
            offset,
            row["at"],
        )


@dataclass(frozen=True, slots=True)
class DayChanges:
    """What has changed since a position, by the database's ids; `position`: from where to go on.

    `reps`: something of their day; `territories`: whatever of their day; `call_tasks`: what became of them.
    """

    position: ChangesPosition
    reps: frozenset[int]
    territories: frozenset[int]
    call_tasks: frozenset[UUID]


async def changes_since(session: AsyncSession, position: ChangesPosition | None) -> DayChanges:
    """What was committed since `position` of today's days, by one statement. None: nothing yet, to begin with.

    A change is told once, also where its transaction had begun long before. A rep is told after each upload, whatever
    came with it. To whom nothing was told for half an hour, or who has a position of another database, every territory
    is told.
    """
    # to begin with: before the snapshot nothing is new
    since = position or ChangesPosition(_LAST, _LAST, (), 0, clock.wall())
    now = clock.now()
    row = await queries.changes(
        session,
        {
            "ended_below": since.ended_below,
            "begun_from": since.begun_from,
            "running": list(since.running),
            "offset": since.offset,
            "at": since.at,
            "now": now,
            "ended_below_number": str((since.ended_below - since.offset) % _NUMBERS),
            "days": [now.date() + timedelta(days=days) for days in (-1, 0, 1)],
        },
    )
    return DayChanges(
        ChangesPosition.of(row),
        frozenset(row["reps"]),
        frozenset(row["territories"] if position else ()),
        frozenset(row["call_tasks"]),
    )


async def forget_changes(session: AsyncSession, _: datetime) -> int:
    """Forget what was told for long enough; answers how many."""
    return await queries.forget(session, KEPT)


_LAST = 2**63 - 1
"""No position comes after it."""
_NUMBERS = 2**32
"""So many numbers transactions have, before they begin anew."""
