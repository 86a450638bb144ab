"""All SQL of attachments."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.attachments.models import AttachmentContent, KeptAttachment
from app.ground.attachments.rules import SentAttachment
from app.ground.db.statements import record_of, records_of

_TABLE = cast(Table, KeptAttachment.__table__)
_SENT = [_TABLE.c[field.name] for field in fields(SentAttachment)]
_ALONE = KeptAttachment.attached_to.is_(None) & ~KeptAttachment.doomed


async def insert_new(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert one, unless its id is here already; whether it was new. Waits for whoever inserts the same id just now."""
    statement = insert(KeptAttachment).values(**values).on_conflict_do_nothing().returning(KeptAttachment.id)
    return await session.scalar(statement) is not None


async def insert_content(session: AsyncSession, id_: UUID, content: bytes) -> None:
    """Keep an attachment's bytes in the database."""
    await session.execute(insert(AttachmentContent).values(attachment_id=id_, content=content))


async def attachment_by_id(session: AsyncSession, id_: UUID) -> SentAttachment | None:
    """One attachment."""
    return record_of(SentAttachment, await session.execute(select(*_SENT).where(_TABLE.c.id == id_)))


async def attachments_of(session: AsyncSession, attached_to: str, record_ids: Collection[UUID]) -> list[SentAttachment]:
    """What is attached to these records, in the order of sending, without what is being taken away."""
    rows = select(*_SENT).where(_TABLE.c.attached_to == attached_to, _TABLE.c.record_id.in_(record_ids))
    rows = rows.where(~_TABLE.c.doomed).order_by(_TABLE.c.sent_at, _TABLE.c.id)
    return records_of(SentAttachment, await session.execute(rows))


async def attachments_of_rep(session: AsyncSession, rep_id: int) -> list[SentAttachment]:
    """All that a rep has sent and that is whole, in the order of sending, without what is being taken away."""
    rows = select(*_SENT).where(_TABLE.c.rep_id == rep_id, ~_TABLE.c.doomed, _TABLE.c.stored_at.is_not(None))
    return records_of(SentAttachment, await session.execute(rows.order_by(_TABLE.c.sent_at, _TABLE.c.id)))


async def sent_by_rep(session: AsyncSession, rep_id: int, ids: Collection[UUID]) -> set[UUID]:
    """Which of these the rep has sent, without what is being taken away."""
    rows = select(KeptAttachment.id).where(
        KeptAttachment.id.in_(ids), KeptAttachment.rep_id == rep_id, ~KeptAttachment.doomed
    )
    return set((await session.scalars(rows)).all())


async def content_in_database(session: AsyncSession, id_: UUID) -> bytes | None:
    """The bytes that the database keeps."""
    return await session.scalar(select(AttachmentContent.content).where(AttachmentContent.attachment_id == id_))


async def count_alone(session: AsyncSession, rep_id: int, but: UUID) -> int:
    """How many attachments of a rep lie in their store and are attached to nothing, without the one named."""
    own = (KeptAttachment.rep_id == rep_id, KeptAttachment.id != but, KeptAttachment.stored_at.is_not(None), _ALONE)
    rows = select(func.count()).select_from(KeptAttachment).where(*own)
    return int((await session.execute(rows)).scalar_one())


async def set_stored(session: AsyncSession, id_: UUID, at: datetime) -> None:
    """Note that an attachment's bytes lie in the store."""
    await session.execute(
        update(KeptAttachment).where(KeptAttachment.id == id_, KeptAttachment.stored_at.is_(None)).values(stored_at=at)
    )


async def attach(
    session: AsyncSession,
    rep_id: int,
    ids: Sequence[UUID],
    attached_to: str,
    record_id: UUID,
    at: datetime,
    kept_for: timedelta,
) -> set[UUID]:
    """Attach those of these that are the rep's own, whole, and attached to nothing; which were."""
    statement = (
        update(KeptAttachment)
        .where(
            KeptAttachment.id.in_(ids), KeptAttachment.rep_id == rep_id, KeptAttachment.stored_at.is_not(None), _ALONE
        )
        .values(attached_to=attached_to, record_id=record_id, kept_until=at + kept_for)
        .returning(KeptAttachment.id)
    )
    return set((await session.scalars(statement)).all())


async def doom(session: AsyncSession, at: datetime, most: int) -> None:
    """Say of up to `most` attachments whose time is over that they go. Waits for nobody.

    Nobody can attach or read them from then on.
    """
    over = (
        select(KeptAttachment.id)
        .where(KeptAttachment.kept_until <= at, ~KeptAttachment.doomed)
        .order_by(KeptAttachment.kept_until)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    await session.execute(update(KeptAttachment).where(KeptAttachment.id.in_(over)).values(doomed=True))


async def delete_doomed_in_database(session: AsyncSession, most: int) -> int:
    """Delete up to `most` that go and whose bytes the database has, and these with them; how many."""
    ids = select(KeptAttachment.id).where(KeptAttachment.doomed, KeptAttachment.in_database).limit(most)
    rows = await session.execute(delete(KeptAttachment).where(KeptAttachment.id.in_(ids)).returning(KeptAttachment.id))
    return len(rows.all())


async def doomed_elsewhere(session: AsyncSession, most: int, but: Collection[UUID]) -> list[UUID]:
    """Up to `most` that go and whose bytes a store has, without those named, the longest over first."""
    rows = select(KeptAttachment.id).where(
        KeptAttachment.doomed, ~KeptAttachment.in_database, KeptAttachment.id.not_in(but)
    )
    return list(await session.scalars(rows.order_by(KeptAttachment.kept_until, KeptAttachment.id).limit(most)))


async def delete_doomed(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Delete these, whose bytes are gone from the store."""
    await session.execute(delete(KeptAttachment).where(KeptAttachment.id.in_(ids), KeptAttachment.doomed))
