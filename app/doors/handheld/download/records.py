"""What passes between a download's queries and its service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download.sync_tokens import Epoch


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a download's first statement reads: the epochs, the newest last, what had ended by then and what it sees."""

    epochs: tuple[Epoch, ...]
    oldest_running: int
    seen_to: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DownloadExtent:
    """What a download asks for: whose rows, changed in transactions from `since` on.

    Visits from `visits_from` to `window_to`; those after `visits_to` whether they changed or not.
    """

    rep_id: int
    territory_id: int
    since: int
    visits_from: date
    visits_to: date
    window_to: date

    def parameters(self, names: Sequence[str], limit: int) -> dict[str, Any]:
        """The named values, for a statement."""
        return {name: getattr(self, name) for name in names} | {"limit": limit}


Item = tuple[str, dict[str, Any]]
"""A row's key, as text, and the row, ready for JSON."""

Reader = Callable[[AsyncSession, DownloadExtent, str | None, int], Awaitable[list[Item]]]
"""Reads up to `limit` rows of one kind after a key (None: from the first)."""
