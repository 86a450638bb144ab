"""All SQL of the outbox."""

from collections.abc import Mapping
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
