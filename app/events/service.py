"""Telling the outbox what happened, and reading it in order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.events import queries


async def record(
    session: AsyncSession, event_type: str, territory_id: int | None, payload: Mapping[str, Any], at: datetime
) -> None:
    """Tell the outbox that something happened; readers see it once this transaction has committed.

    `event_type` is dotted and in the past (`cutoff_run.closed`, `device.revoked`). `payload` is small, goes out to
    integrations as it stands, and holds codes and ids, no secrets. `territory_id` None: only admins and clients see it.
    """
    await queries.insert_event(session, event_type, territory_id, payload, at)


async def record_all(
    session: AsyncSession, event_type: str, told: Sequence[tuple[int | None, Mapping[str, Any]]], at: datetime
) -> None:
    """Tell the outbox of several things of one type, (territory, payload) each, by one statement."""
    if told:
        await queries.insert_events(session, event_type, told, at)
