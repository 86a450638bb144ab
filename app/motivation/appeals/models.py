"""Appeals and their steps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class Appeal(Base):
    """Where an appeal stands. One for an entry. `waiting_since`: when its instance began; `told_at`: when an admin was
    told that this instance has not decided.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'granted', 'rejected')", name="status"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided"),
        Index("ix_appeals_submitted_at_id", "submitted_at", "id"),
        Index("ix_appeals_rep_id", "rep_id"),
        Index("ix_appeals_waiting_since", "waiting_since", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    rep_id: Mapped[int]
    status: Mapped[str]
    instance: Mapped[int] = mapped_column(SmallInteger)
    submitted_at: Mapped[datetime]
    waiting_since: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]


class AppealStep(Base):
    """One thing that happened to an appeal. Append-only; numbered from 1 on."""

    __tablename__ = "appeal_steps"

    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeals.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str]
    instance: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str]
    taken_at: Mapped[datetime]
    taken_by: Mapped[str]
