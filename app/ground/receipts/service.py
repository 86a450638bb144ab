"""Claiming client-made ids: the constraint of `event_receipts` decides who was first (O3).

A content is known by its digest: equal for contents that mean the same, whatever door they came through.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.receipts import queries
from app.ground.receipts.queries import Filing
from app.ground.values import value

__all__ = [
    "Claim",
    "ClaimStatus",
    "Claimed",
    "Filing",
    "all_filed_under",
    "claim",
    "content_digest",
    "filed_between",
    "filed_under",
    "filings",
    "recall",
]

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


class ClaimStatus(StrEnum):
    """What a receipt says about an id: never seen, seen with this content, seen with another."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@value(frozen=True, slots=True)
class Claim:
    """A client-made id, with the digest of the content that came under it (`content_digest`)."""

    id: UUID
    kind: str
    digest: bytes
    business_date: date


@value(frozen=True, slots=True)
class Claimed:
    """The answer to a claim; `business_date` and `digest` are those of the id's first content."""

    status: ClaimStatus
    business_date: date
    digest: bytes

    def again(self, digest: bytes) -> "Claimed":
        """The answer to one more claim of the same id in the same batch: the first one has won."""
        return _compare(digest, self.digest, self.business_date)


def content_digest(kind: str, owner: str, content: Mapping[str, Any]) -> bytes:
    """SHA-256 (32 bytes) over the canonical form of an event (O3).

    `owner` is who the content belongs to (a rep's code, a client's name): another owner's is another content.
    `content` holds what the event says, not how it travelled (no sequence, no clock readings of the upload). Keys are
    sorted, decimals lose trailing zeros (1.150 is 1.15), instants are told in UTC.
    """
    return hashlib.sha256(orjson.dumps([kind, owner, content], default=_canonical, option=_OPTIONS)).digest()


async def claim(session: AsyncSession, claims: Sequence[Claim], received_at: datetime) -> dict[UUID, Claimed]:
    """Claim ids for their contents, in two statements at the most (one, where all are new).

    NEW ids are the caller's to record in this same transaction: if it rolls back, whoever waits for the id takes over.
    An id that is twice among `claims` is claimed for the first of them; ask `Claimed.again` about the other.
    """
    if not claims:
        return {}
    first_claims = _first_of_each(claims)
    # in the order of the ids: two batches that share ids wait for each other in one direction only
    ids = sorted(first_claims)
    rows = [first_claims[id_] for id_ in ids]
    new = await queries.insert_new(
        session, ids, [c.kind for c in rows], [c.digest for c in rows], [c.business_date for c in rows], received_at
    )
    answers = {id_: Claimed(ClaimStatus.NEW, first_claims[id_].business_date, first_claims[id_].digest) for id_ in new}
    if len(new) < len(first_claims):
        answers |= await recall(session, [row for row in rows if row.id not in new])
    return answers


async def recall(session: AsyncSession, claims: Sequence[Claim]) -> dict[UUID, Claimed]:
    """What receipts say about `claims`, claiming nothing: no entry for an id that has no receipt. One statement.

    For what will not be recorded: a form that is refused today may have been accepted yesterday under this id.
    """
    if not claims:
        return {}
    first_claims = _first_of_each(claims)
    first = await queries.first_contents(session, list(first_claims))
    return {
        id_: _compare(first_claims[id_].digest, content.digest, content.business_date) for id_, content in first.items()
    }


async def filed_under(session: AsyncSession, id_: UUID, kind: str) -> date | None:
    """The business date of the record of this kind and id, None where unknown: by both one partition is read."""
    return (await all_filed_under(session, [id_], kind)).get(id_)


async def all_filed_under(session: AsyncSession, ids: Collection[UUID], kind: str) -> dict[UUID, date]:
    """The business date of each record of this kind among `ids`, by one statement."""
    return await queries.business_dates_of(session, ids, kind)


async def filed_between(session: AsyncSession, first: UUID, last: UUID, kind: str, most: int) -> dict[UUID, date]:
    """The business dates of records of this kind whose ids lie between two, `most` at the most, by one statement."""
    return await queries.business_dates_between(session, first, last, kind, most)


async def filings(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Filing]:
    """What ids are the ids of, and where that is filed; no entry for an id that has no receipt. One statement."""
    return await queries.filings(session, ids) if ids else {}


def _first_of_each(claims: Iterable[Claim]) -> dict[UUID, Claim]:
    first_claims: dict[UUID, Claim] = {}
    for row in claims:
        first_claims.setdefault(row.id, row)
    return first_claims


def _compare(digest: bytes, first_digest: bytes, business_date: date) -> Claimed:
    status = ClaimStatus.DUPLICATE if digest == first_digest else ClaimStatus.CONFLICT
    return Claimed(status, business_date, first_digest)


def _canonical(value: object) -> str:
    if isinstance(value, Decimal):
        text = str(value)
        if "E" in text:
            text = format(value, "f")
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no canonical form")
