"""Week plans with everything that they ever said, and requests for changes (decision 28)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base


class WeekPlan(Base):
    """One rep's week. `version` counts everything that happened to it; `content_version` has what it says now."""

    __tablename__ = "week_plans"
    __table_args__ = (
        UniqueConstraint("rep_id", "week_date"),
        Index("ix_week_plans_territory_id_week_date", "territory_id", "week_date"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"))
    territory_id: Mapped[int]
    week_date: Mapped[date]
    status: Mapped[str]
    version: Mapped[int]
    content_version: Mapped[int]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    remark: Mapped[str | None]
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)


class WeekPlanVersion(Base):
    """One thing that happened to a plan. `content` None: it said what it had said before. Append-only.

    `outlet_ids`: whose visits it gave, moved or took away, where it changed a plan that was approved.
    """

    __tablename__ = "week_plan_versions"
    __table_args__ = (
        Index(
            "ix_week_plan_versions_outlet_ids",
            "outlet_ids",
            postgresql_using="gin",
            postgresql_where=text("outlet_ids IS NOT NULL"),
        ),
    )

    plan_id: Mapped[int] = mapped_column(ForeignKey("week_plans.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    remark: Mapped[str | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    outlet_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))


class PlanChangeRequest(Base):
    """A rep's wish to change an approved plan, and what the supervisor said to it."""

    __tablename__ = "plan_change_requests"
    __table_args__ = (
        Index(
            "ix_plan_change_requests_open",
            "territory_id",
            "requested_at",
            postgresql_where=text("decision IS NULL"),
        ),
        Index("ix_plan_change_requests_plan_id", "plan_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("week_plans.id"))
    territory_id: Mapped[int]
    rep_id: Mapped[int]
    changes: Mapped[list[Any]] = mapped_column(JSONB)
    reason_code: Mapped[str]
    comment: Mapped[str]
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision_comment: Mapped[str | None]


class PlanReminder(Base):
    """That a territory was told of plans that are due: once for each week and kind."""

    __tablename__ = "plan_reminders"

    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), primary_key=True)
    week_date: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]


class CalendarLink(Base):
    """A secret address at which a rep's approved visits are read as a calendar. Of the secret only its hash is kept.

    It opens as long as who made it may see the rep; None of links that were made before that was noted.
    """

    __tablename__ = "calendar_links"
    __table_args__ = (Index("ix_calendar_links_rep_id", "rep_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"))
    key_hash: Mapped[bytes]
    label: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    maker_kind: Mapped[str | None]
    maker_subject: Mapped[str | None]
