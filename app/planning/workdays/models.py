"""Workdays of territories and of reps."""

from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Identity, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class Workday(Base):
    """What a territory, or a rep, has agreed on by itself. What is null is as one level up.

    An open place has no coordinates; a place that is neither open nor has coordinates is not set.
    """

    __tablename__ = "workdays"
    __table_args__ = (CheckConstraint("(territory_id IS NULL) <> (rep_id IS NULL)", name="of_one"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"), unique=True)
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("reps.id"), unique=True)
    begins: Mapped[time | None]
    ends: Mapped[time | None]
    lunch_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    lunch_earliest: Mapped[time | None]
    lunch_latest: Mapped[time | None]
    start_open: Mapped[bool | None]
    start_lat: Mapped[float | None]
    start_lon: Mapped[float | None]
    end_open: Mapped[bool | None]
    end_lat: Mapped[float | None]
    end_lon: Mapped[float | None]
    service_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    area_type: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
