"""Attachments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class KeptAttachment(Base):
    """One file that a rep sent. `kept_until`: a day, or longer once it is attached to a record.

    `in_database`: where its content lies; else in the store that the setting names. `stored_at` is None until the
    content lies there, `doomed` from when it is being taken away.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint("(attached_to IS NULL) = (record_id IS NULL)", name="attached"),
        Index("ix_attachments_kept_until", "kept_until"),
        Index("ix_attachments_record_id", "record_id"),
        Index("ix_attachments_rep_id", "rep_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rep_id: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime]
    sent_by: Mapped[str]
    in_database: Mapped[bool]
    stored_at: Mapped[datetime | None]
    attached_to: Mapped[str | None]
    record_id: Mapped[UUID | None]
    kept_until: Mapped[datetime]
    doomed: Mapped[bool]


class AttachmentContent(Base):
    """The bytes of an attachment, where the database keeps them."""

    __tablename__ = "attachment_contents"

    attachment_id: Mapped[UUID] = mapped_column(ForeignKey("attachments.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
