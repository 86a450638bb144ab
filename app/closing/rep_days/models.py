"""What has changed of reps' days."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base


class DayChange(Base):
    """That something of a territory's day has changed: of a rep's, a call task, or (both None) of the whole of it.

    Written by triggers, with what it tells of; told for an hour.
    """

    __tablename__ = "day_changes"

    changed_in: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=CURRENT_XACT)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    business_date: Mapped[date]
    territory_id: Mapped[int]
    rep_id: Mapped[int | None]
    call_task_id: Mapped[UUID | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
