"""Sync tokens: what a handheld was told, so that the next download begins there. Opaque to clients.

Every row that a handheld is told of carries `changed_in`, the number of the transaction that changed it last. A
download reads `pg_snapshot_xmin` in its first statement: every transaction below it had ended by then, and what it
committed is visible to this statement and to all that follow. The token keeps that number, and the next download sends
all rows with `changed_in` at or above it. A change that was in flight, or came while the download was read, has a
number at or above it and is sent then, perhaps once more: at least once, never skipped. A time or a row number could
not promise that, for commits do not come in their order.

Numbers mean nothing in another database, nor after one was restored to an earlier state: the token names the cluster,
its timeline and the database, and one of another origin is answered with everything.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

FORMAT = 1
FIRST_TRANSACTION = 0
"""Below the number of any transaction: everything has changed since."""

Origin = tuple[int, int, int]
"""The system identifier of the cluster, its timeline, the oid of the database."""


@dataclass(frozen=True, slots=True)
class SyncToken:
    """Where a download stands.

    It sends what changed in transactions from `since` on, and visits after `visits_to` anew, for those have come within
    its window only now. Once it is complete the next one begins at `begun_at`, which was read when this one began.
    `position`: which kind of rows, and after which key, goes on; None at the beginning.
    """

    origin: Origin
    territory_id: int
    since: int
    visits_to: date
    begun_at: int
    window_to: date
    position: tuple[int, str] | None = None

    def continued_at(self, position: tuple[int, str]) -> "SyncToken":
        """The token after a page that is not the last."""
        return replace(self, position=position)

    def completed(self) -> "SyncToken":
        """The token after the last page: what the next download begins with."""
        return replace(self, since=self.begun_at, visits_to=self.window_to, position=None)


def encode(token: SyncToken) -> str:
    """The token as it is handed out."""
    parts = [
        FORMAT,
        *token.origin,
        token.territory_id,
        token.since,
        token.visits_to.isoformat(),
        token.begun_at,
        token.window_to.isoformat(),
        token.position,
    ]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def decode(text: str) -> SyncToken | None:
    """The token within a text; None where it is none of ours."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _token(parts)
    except (ValueError, TypeError):
        return None


def _token(parts: Sequence[Any]) -> SyncToken:
    format_, system, timeline, database, territory_id, since, visits_to, begun_at, window_to, position = parts
    numbers = (system, timeline, database, territory_id, since, begun_at)
    if format_ != FORMAT or not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
        raise ValueError("not a token of ours")
    if position is not None:
        kind, key = position
        if type(kind) is not int or type(key) is not str or "\x00" in key:
            raise ValueError("not a position of ours")
        position = (kind, key)
    return SyncToken(
        (system, timeline, database),
        territory_id,
        since,
        date.fromisoformat(visits_to),
        begun_at,
        date.fromisoformat(window_to),
        position,
    )
