"""What was told of returns, for whoever acts on it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.ground.values import value


@value(frozen=True, slots=True)
class ReturnChange:
    """A return that was recorded, corrected or decided on. `key`: what it is filed under, and its id.

    `event_type`, `payload`: what the outbox is told of it.
    """

    key: tuple[date, UUID]
    territory_id: int
    event_type: str
    payload: Mapping[str, Any]
