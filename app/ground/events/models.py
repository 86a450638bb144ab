"""The outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base


class Event(Base):
    """One thing that happened. Readers go by (written_in, id): ids alone are not in the order of commits."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_occurred_at", "occurred_at", postgresql_using="brin"),)

    written_in: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=CURRENT_XACT)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    type: Mapped[str]
    territory_id: Mapped[int | None]
    occurred_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
