"""Rejected and lost events."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class RejectedEvent(Base):
    """An event that could not be recorded, or a range of numbers that never arrived (`kind`).

    `event_id`, `event_type`, `outlet_code`: as far as they could be read. `hold_before`, `hold_until`: the days that
    it keeps open (`records.Hold`); None: none.
    """

    __tablename__ = "rejected_events"
    __table_args__ = (
        Index("ix_rejected_events_territory_id_received_at", "territory_id", "received_at", "id"),
        Index("ix_rejected_events_rep_id_received_at", "rep_id", "received_at", "id"),
        Index("ix_rejected_events_device_id_received_at", "device_id", "received_at"),
        Index("ix_rejected_events_received_at", "received_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"))
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"))
    territory_id: Mapped[int]
    received_at: Mapped[datetime]
    business_date: Mapped[date]
    event_type: Mapped[str | None]
    event_id: Mapped[str | None]
    first_sequence: Mapped[int | None] = mapped_column(BigInteger)
    last_sequence: Mapped[int | None] = mapped_column(BigInteger)
    outlet_code: Mapped[str | None]
    problems: Mapped[list[Any]] = mapped_column(JSONB)
    can_be_sent_again: Mapped[bool]
    hold_before: Mapped[datetime | None]
    hold_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    settled_by: Mapped[str | None]
