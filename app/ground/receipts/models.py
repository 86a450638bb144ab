"""Receipts of client-made ids, and idempotency keys (decision 3)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class EventReceipt(Base):
    """The first content that a client-made id had. Unique over all kinds and days: a partitioned table could not."""

    __tablename__ = "event_receipts"
    __table_args__ = (Index("ix_event_receipts_received_at", "received_at", postgresql_using="brin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    business_date: Mapped[date]
    received_at: Mapped[datetime]


class IdempotencyKey(Base):
    """An `Idempotency-Key` with the answer that its first request got."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at", postgresql_using="brin"),)

    caller: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    media_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
