"""Sync tokens: what a handheld was told, so that the next download begins there. Opaque to clients.

Every row that a handheld is told of carries `changed_in`, the position of the transaction that changed it last
(`app.ground.positions`). A download reads the horizon in its first statement: every transaction below it had ended by
then, and what it committed is visible to this statement and to all that follow. The token keeps that position, and the
next download sends all rows with `changed_in` at or above it. A change that was in flight, or came while the download
was read, has a position at or above it and is sent then, perhaps once more: at least once, never skipped. A time or a
row number could not promise that, for commits do not come in their order.

Positions outlive a restore and a move: a token names its epoch. One of an older epoch goes on where it stood, unless it
saw more than what the database that was restored has (`known_to`): that is answered with everything, like one of an
epoch that this database never had.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

FORMAT = 2
FIRST_TRANSACTION = 0
"""Below the position of any transaction: everything has changed since."""

Origin = str | tuple[int, int, int]
"""The id of an epoch; in tokens of format 1 the system identifier of a cluster, its timeline, the oid of a database."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch of positions, and up to where those below are in this database; of the newest that is no bound."""

    id: str
    database: tuple[int, int, int]
    known_to: int


@dataclass(frozen=True, slots=True)
class SyncToken:
    """Where a download stands.

    It sends what changed in transactions from `since` on, and visits after `visits_to` anew, for those have come within
    its window only now. Once it is complete the next one begins at `begun_at`, which was read when this one began.
    `position`: which kind of rows, and after which key, goes on; None at the beginning. `seen_to`: whatever it was told
    of has a position below it.
    """

    origin: Origin
    territory_id: int
    since: int
    visits_to: date
    begun_at: int
    window_to: date
    seen_to: int
    position: tuple[int, str] | None = None

    def seeing(self, seen_to: int) -> "SyncToken":
        """The token of a download that goes on, by a statement that sees more."""
        return replace(self, seen_to=seen_to)

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
        token.origin,
        token.territory_id,
        token.since,
        token.visits_to.isoformat(),
        token.begun_at,
        token.window_to.isoformat(),
        token.seen_to,
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
    format_, *parts = parts
    origin: Origin
    if format_ == FORMAT:
        origin, territory_id, since, visits_to, begun_at, window_to, seen_to, position = parts
    elif format_ == 1:
        *database, territory_id, since, visits_to, begun_at, window_to, position = parts
        system, timeline, oid = map(_number, database)
        origin, seen_to = (system, timeline, oid), begun_at
    else:
        raise ValueError("not a token of ours")
    if not isinstance(origin, str | tuple):
        raise TypeError("not an origin of ours")
    if position is not None:
        kind, key = position
        if type(kind) is not int or type(key) is not str or "\x00" in key:
            raise ValueError("not a position of ours")
        position = (kind, key)
    return SyncToken(
        origin,
        _number(territory_id),
        _number(since),
        date.fromisoformat(visits_to),
        _number(begun_at),
        date.fromisoformat(window_to),
        _number(seen_to),
        position,
    )


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("not a number of ours")
    return value
