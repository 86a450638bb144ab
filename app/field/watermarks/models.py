"""What the server has of each device."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class DeviceSyncState(Base):
    """What the server has of a device: received sequences, the newest claim, the watermark that follows from them.

    The rest: `rules.SyncState`.
    """

    __tablename__ = "device_sync_states"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"), index=True)
    received: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default=text("'{}'"))
    claimed_to: Mapped[int | None] = mapped_column(BigInteger)
    claimed_at: Mapped[datetime | None]
    watermark_at: Mapped[datetime | None]
    last_upload_at: Mapped[datetime | None]
    given_up: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default=text("'{}'"))
    inherited: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default=text("'{}'"))
    counter_since: Mapped[datetime | None]
    restarted_at: Mapped[datetime | None]


class DeviceBoot(Base):
    """What is known of one boot of a device (`boots.Boot`). Forgotten 90 days after it was last heard of."""

    __tablename__ = "device_boots"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    boot_id: Mapped[str] = mapped_column(primary_key=True)
    first_heard_at: Mapped[datetime]
    heard_at: Mapped[datetime] = mapped_column(index=True)
    anchor_at: Mapped[datetime | None]
    skew_ms: Mapped[int | None] = mapped_column(BigInteger)
    monotonic_ms: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime | None]
    claimed_ms: Mapped[int | None] = mapped_column(BigInteger)
    claimed_to: Mapped[int | None] = mapped_column(BigInteger)
