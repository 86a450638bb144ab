"""Writing the audit trail, and asking it what records were (decision 41)."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit import queries
from app.ground.audit.rules import (
    AT_THE_TERMINAL,
    SYSTEM,
    AuditChannel,
    AuditKind,
    Change,
    ChangeAuthor,
    Values,
    differing,
    earlier,
)
from app.ground.web.access import Caller

PastMembers = tuple[tuple[datetime, Values], ...]
"""When a record was changed, the earliest first, and what each change had found of the members that it changed."""

__all__ = [
    "AT_THE_TERMINAL",
    "SYSTEM",
    "AuditChannel",
    "AuditKind",
    "Change",
    "ChangeAuthor",
    "PastMembers",
    "Values",
    "author_of",
    "earlier_members",
    "past_places",
    "record",
]


def author_of(caller: Caller, channel: AuditChannel = AuditChannel.API) -> ChangeAuthor:
    """The author of what a caller changes."""
    return ChangeAuthor(caller.actor, channel, caller.subject)


async def record(session: AsyncSession, changes: Iterable[Change], author: ChangeAuthor, at: datetime) -> None:
    """Write what changed into the trail, in the running transaction: one statement, none where nothing did.

    Whoever changes records calls this with their locks held. What does not differ is left out; what could log somebody
    in (a password, a secret, and a hash of either) is not to be given.
    """
    # in a thread: an import of 20,000 rows would keep everyone else waiting
    differences = await asyncio.to_thread(_differences, changes)
    if differences:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        await queries.insert_entries(session, differences, author, at, request_id)


def _differences(changes: Iterable[Change]) -> list[Change]:
    return [difference for change in changes if (difference := differing(change)) is not None]


async def earlier_members(
    session: AsyncSession, kind: AuditKind, moments: Collection[tuple[str, datetime]]
) -> dict[tuple[str, datetime], Values | None]:
    """What was otherwise at moments, of records by (code, instant): the members that have changed since, as they were
    then, by their names in the API and as JSON holds them; None for a record that did not exist yet.

    A record that is not in the answer is as it was. What changed at the very instant counts as changed before it. By
    one statement, of an index alone; none without moments.
    """
    if not moments:
        return {}
    changes = await queries.later_changes(session, kind.value, moments)
    return {moment: earlier(befores) for moment, befores in changes.items()}


async def past_places(
    session: AsyncSession, kinds: Collection[AuditKind], since: datetime
) -> dict[tuple[AuditKind, str], PastMembers]:
    """What changes of `active` or `territory_code` after an instant had found, when, in order; by kind and code.

    As JSON holds the members. Records that were not changed, or were made since, are not in the answer. One statement,
    by the time of the changes.
    """
    changes: dict[tuple[AuditKind, str], list[tuple[datetime, Values]]] = {}
    for row in await queries.changes_of_places(session, [kind.value for kind in kinds], since):
        changes.setdefault((AuditKind(row.kind), row.code), []).append((row.at, row.before))
    return {record: tuple(of_record) for record, of_record in changes.items()}
