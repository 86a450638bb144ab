"""Telling the outbox what happened, and reading it in order."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem, Invalid
from app.ground.events import queries
from app.ground.events.queries import FeedEvent
from app.ground.web.pagination import decode_cursor

Position = tuple[int, int]
"""The position of the last event that was read (`app.ground.positions`), and its id."""

LAST = 2**63 - 1


async def record(
    session: AsyncSession, event_type: str, territory_id: int | None, payload: Mapping[str, Any], at: datetime
) -> None:
    """Tell the outbox that something happened; readers see it once this transaction has committed.

    `event_type` is dotted and in the past (`cutoff_run.closed`, `device.revoked`). `payload` is small, goes out to
    integrations as it stands, and holds codes and ids, no secrets and nobody's words: those may be about a person, and
    whoever may read the record reads them there. `territory_id` None: only admins and clients see it.
    """
    await queries.insert_event(session, event_type, territory_id, payload, at)


async def record_all(
    session: AsyncSession, event_type: str, payloads: Sequence[tuple[int | None, Mapping[str, Any]]], at: datetime
) -> None:
    """Tell the outbox of several things of one type, (territory, payload) each, by one statement."""
    if payloads:
        await queries.insert_events(session, event_type, payloads, at)


def read_position(after: str | None) -> Position:
    """A reader's position: its `after`, or the very beginning without one. Raises Invalid for any other `after`."""
    if after is None:
        return 0, 0
    try:
        written_in, event_id = (int(part) for part in decode_cursor(after))
    except (ValueError, Invalid) as error:
        raise _not_a_position() from error
    if not (0 <= written_in <= LAST and 0 <= event_id <= LAST):
        raise _not_a_position()
    return written_in, event_id


async def events_after(
    session: AsyncSession, territory_ids: Collection[int] | None, position: Position, limit: int
) -> tuple[list[FeedEvent], Position]:
    """At most `limit` events of these territories (None: all) in order, and the position to go on from.

    Read are only transactions below the oldest that still runs: what commits later comes after what was read. Where
    nothing is left, the position moves on to that horizon, so that the next reader does not search the same rows again.
    """
    horizon = await queries.horizon(session)
    events = await queries.events_between(session, territory_ids, position, horizon, limit)
    if len(events) == limit:
        return events, (events[-1].written_in, events[-1].id)
    return events, max(position, (horizon, 0))


def _not_a_position() -> Invalid:
    problem = FieldProblem("/query/after", "cursor", "Send the `after` of an earlier answer, unchanged.")
    return Invalid("`after` is not a place in the events.", errors=[problem])
