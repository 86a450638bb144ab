"""What the server has of each device."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class DeviceSyncState(Base):
    """What the server has of a device: received sequences, the newest claim, the watermark that follows from them."""

    __tablename__ = "device_sync_states"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"), index=True)
    received: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default=text("'{}'"))
    claimed_to: Mapped[int | None] = mapped_column(BigInteger)
    claimed_at: Mapped[datetime | None]
    watermark_at: Mapped[datetime | None]
    last_upload_at: Mapped[datetime | None]
    last_sent_at: Mapped[datetime | None]
    last_boot_id: Mapped[str | None]
    last_skew_ms: Mapped[int | None] = mapped_column(BigInteger)
