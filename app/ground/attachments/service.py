"""Use cases of attachments: taking a file, attaching it to a record, handing it out, taking it away in time."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.attachments import queries, rules
from app.ground.attachments.errors import (
    AttachmentIdTaken,
    AttachmentNotFound,
    AttachmentStoreAway,
    TooManyAttachments,
    UnfitAttachment,
)
from app.ground.attachments.rules import SentAttachment
from app.ground.attachments.stores import Store
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, Forbidden
from app.ground.web.access import Caller

__all__ = ["SentAttachment", "Sight", "attach", "attached", "content_of", "in_sight", "of_rep", "receive"]

log = structlog.get_logger()

Sight = Callable[[AsyncSession, Caller, UUID], Awaitable[bool]]
"""Whether a caller may see the record with this id. The domain whose records have attachments says so."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent: its name and type are what the sender says."""

    id: UUID
    filename: str
    declared_type: str
    content: bytes


async def receive(
    database: Database, store: Store | None, file: SentFile, caller: Caller, at: datetime
) -> tuple[SentAttachment, bool]:
    """Take the file of a rep's device; answers it, and whether it is new. The same id and content again is the same.

    No transaction is open while the store is written: the row is there before the bytes, and counts once they are
    there, too, so that nothing is left in a store that no row knows of. Raises UnfitAttachment, AttachmentIdTaken,
    TooManyAttachments and AttachmentStoreAway.
    """
    if caller.rep_id is None:
        raise Forbidden("Attachments are sent by reps.")
    values = await to_thread.run_sync(_judged, file)
    values |= {"rep_id": caller.rep_id, "sent_by": caller.actor, "sent_at": at, "kept_until": at + rules.KEPT_ALONE}
    values |= {"in_database": store is None, "stored_at": at if store is None else None, "doomed": False}
    async with database.transaction() as session:
        new = await queries.insert_new(session, values)
        if new and store is None:
            await queries.insert_content(session, file.id, file.content)
        attachment = await queries.attachment_by_id(session, file.id)
        # what did not reach a store that was away does not count, and is looked at when it comes again
        is_to_be_stored = new or (attachment is not None and attachment.stored_at is None)
        if is_to_be_stored and await queries.count_alone(session, caller.rep_id, but=file.id) >= rules.MOST_ALONE:
            raise TooManyAttachments
    if attachment is None or attachment.doomed or not _is_same(attachment, values):
        raise AttachmentIdTaken
    if attachment.stored_at is None and store is not None:
        await store.put(file.id, file.content)
        async with database.transaction() as session:
            await queries.set_stored(session, file.id, at)
    return attachment, new


def _judged(file: SentFile) -> dict[str, object]:
    """What is kept of a file beside its bytes."""
    verdict = rules.judged(file.content, file.declared_type)
    if isinstance(verdict, FieldProblem):
        raise UnfitAttachment(verdict.message, errors=[verdict])
    return {
        "id": file.id,
        "name": rules.safe_name(file.filename, verdict),
        "media_type": verdict.value,
        "size_bytes": len(file.content),
        "sha256": hashlib.sha256(file.content).digest(),
    }


def _is_same(attachment: SentAttachment, values: Mapping[str, object]) -> bool:
    compared = ("rep_id", "name", "media_type", "sha256")
    return all(getattr(attachment, name) == values[name] for name in compared)


async def attach(
    session: AsyncSession, ids: Sequence[UUID], *, rep_id: int, attached_to: str, record_id: UUID, at: datetime
) -> None:
    """Make a rep's own files part of a record, for as long as that is kept. Three statements at the most.

    Raises Invalid with a problem for each that is unknown, not whole yet, or part of another record.
    """
    if not ids:
        return
    attached_ids = await queries.attach(session, rep_id, ids, attached_to, record_id, at, rules.KEPT_ATTACHED)
    if len(attached_ids) < len(set(ids)):
        raise rules.not_attachable(ids, attached_ids, await queries.sent_by_rep(session, rep_id, ids))


async def attached(
    session: AsyncSession, attached_to: str, record_ids: Collection[UUID]
) -> dict[UUID, list[SentAttachment]]:
    """What is attached to records, by their ids, in the order of sending; by one statement."""
    of_records: dict[UUID, list[SentAttachment]] = {}
    for attachment in await queries.attachments_of(session, attached_to, record_ids):
        if attachment.record_id is not None:
            of_records.setdefault(attachment.record_id, []).append(attachment)
    return of_records


async def of_rep(session: AsyncSession, rep_id: int) -> list[SentAttachment]:
    """All that a rep has sent, in the order of sending; by one statement."""
    return await queries.attachments_of_rep(session, rep_id)


async def in_sight(session: AsyncSession, caller: Caller, id_: UUID, sights: Mapping[str, Sight]) -> SentAttachment:
    """An attachment, for whoever sent it and whoever may see what it is attached to. Raises AttachmentNotFound."""
    attachment = await queries.attachment_by_id(session, id_)
    if attachment is None or attachment.doomed or attachment.stored_at is None:
        raise AttachmentNotFound
    if caller.rep_id is not None and caller.rep_id == attachment.rep_id:
        return attachment
    sight = sights.get(attachment.attached_to or "")
    if sight is None or attachment.record_id is None or not await sight(session, caller, attachment.record_id):
        raise AttachmentNotFound
    return attachment


async def content_of(database: Database, store: Store | None, attachment: SentAttachment) -> bytes:
    """An attachment's bytes, as they were sent. Raises AttachmentStoreAway, also where they are others by now."""
    if attachment.in_database:
        async with database.read_only() as session:
            content = await queries.content_in_database(session, attachment.id)
        if content is None:  # taken away in between
            raise AttachmentNotFound
        return content
    if store is None:
        log.error("attachment_store_not_set", attachment_id=str(attachment.id))
        raise AttachmentStoreAway("This attachment was kept elsewhere, and no such store is set.")
    content = await store.get(attachment.id)
    digest = await to_thread.run_sync(lambda: hashlib.sha256(content).digest())
    if digest != attachment.sha256:
        log.error("attachment_altered", attachment_id=str(attachment.id))
        raise AttachmentStoreAway("What the store has is not what was sent.")
    return content
