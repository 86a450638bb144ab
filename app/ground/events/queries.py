"""All SQL of the outbox."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, column, func, insert, literal, select, table, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, document, insert_rows, records_of
from app.ground.events.models import Event

# By name, as foreign keys across domains are: the outbox stands below the territories.
_territories = table("territories", column("id"), column("code"))

_INSERT_ALL = DirectStatement(insert_rows(Event, ("type", "territory_id", "payload", "occurred_at")))


async def insert_event(
    session: AsyncSession, event_type: str, territory_id: int | None, payload: Mapping[str, Any], at: datetime
) -> None:
    """Write one event, in the running transaction."""
    await session.execute(
        insert(Event).values(type=event_type, territory_id=territory_id, payload=dict(payload), occurred_at=at)
    )


async def insert_events(
    session: AsyncSession, event_type: str, payloads: Sequence[tuple[int | None, Mapping[str, Any]]], at: datetime
) -> None:
    """Write events of one type, each with its territory and payload, by one statement."""
    rows = [
        {"type": event_type, "territory_id": territory_id, "payload": dict(payload), "occurred_at": at}
        for territory_id, payload in payloads
    ]
    await _INSERT_ALL.rows(session, {"rows": document(rows)})


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event as readers get it."""

    written_in: int
    id: int
    type: str
    territory_code: str | None
    occurred_at: datetime
    payload: dict[str, Any]


async def horizon(session: AsyncSession) -> int:
    """The position of the oldest transaction that still runs: all below have ended, for whoever reads from now on."""
    return int((await session.execute(select(func.position_horizon()))).scalar_one())


async def events_between(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    position: tuple[int, int],
    horizon: int,
    limit: int,
) -> list[FeedEvent]:
    """The first `limit` events after `position` of transactions below `horizon`, in order."""
    statement = (
        select(
            Event.written_in,
            Event.id,
            Event.type,
            _territories.c.code.label("territory_code"),
            Event.occurred_at,
            Event.payload,
        )
        .outerjoin(_territories, _territories.c.id == Event.territory_id)
        .where(tuple_(Event.written_in, Event.id) > tuple_(*(literal(part, BigInteger) for part in position)))
        .where(Event.written_in < horizon)
        .order_by(Event.written_in, Event.id)
        .limit(limit)
    )
    if territory_ids is not None:
        statement = statement.where(Event.territory_id.in_(territory_ids))
    return records_of(FeedEvent, await session.execute(statement))
