"""All SQL of the outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.events.models import Event


async def insert_event(
    session: AsyncSession, event_type: str, territory_id: int | None, payload: Mapping[str, Any], at: datetime
) -> None:
    """Write one event, in the running transaction."""
    await session.execute(
        insert(Event).values(type=event_type, territory_id=territory_id, payload=dict(payload), occurred_at=at)
    )


async def insert_events(
    session: AsyncSession, event_type: str, told: Sequence[tuple[int | None, Mapping[str, Any]]], at: datetime
) -> None:
    """Write events of one type, each with its territory and payload, by one statement."""
    rows = [
        {"type": event_type, "territory_id": territory_id, "payload": dict(payload), "occurred_at": at}
        for territory_id, payload in told
    ]
    await session.execute(insert(Event), rows)
