"""What the server has of each device."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base


class DeviceSyncState(Base):
    """What the server has of a device: received sequences, the newest claim, the watermark that follows from them.

    The rest: `rules.SyncState`. Each upload that brings something writes it: `changed_in` tells who looks at the rep's
    day (decision 80). No index has that column: the row is changed in place.
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
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)


class DeviceDay(Base):
    """How many of a device's events are of a business date, and how many came on that local date (`records.DayCount`).

    Forgotten 35 days later.
    """

    __tablename__ = "device_days"
    __table_args__ = (Index("ix_device_days_business_date", "business_date"), {"postgresql_with": {"fillfactor": 70}})

    rep_id: Mapped[int] = mapped_column(primary_key=True)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(server_default=text("0"))
    received: Mapped[int] = mapped_column(server_default=text("0"))
    timed_events: Mapped[int] = mapped_column(server_default=text("0"))
    first_at: Mapped[datetime | None]
    first_id: Mapped[UUID | None]
    last_at: Mapped[datetime | None]
    last_id: Mapped[UUID | None]


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
