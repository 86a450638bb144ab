"""Generations: plans of a week that are made for many reps, one after the other."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class PlanGeneration(Base):
    """What was asked for: a week's plans for the reps that `plan_generation_reps` has.

    `asked` is the request, to tell its repetition; `territory_ids` are those of its reps.
    """

    __tablename__ = "plan_generations"
    __table_args__ = (
        Index("ix_plan_generations_requested_at", "requested_at"),
        Index("ix_plan_generations_unfinished", "requested_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    week_date: Mapped[date]
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    territory_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]


class PlanGenerationRep(Base):
    """One rep of a generation, and what came of it; `outcome` None: not yet anything."""

    __tablename__ = "plan_generation_reps"
    __table_args__ = (
        Index(
            "ix_plan_generation_reps_waiting",
            "generation_id",
            "rep_id",
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    generation_id: Mapped[UUID] = mapped_column(ForeignKey("plan_generations.id"), primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"), primary_key=True)
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    visits: Mapped[int | None]
    unplanned: Mapped[int | None]
    done_at: Mapped[datetime | None]
