"""Check-ins with their verdicts, and the versions of the verdict's policy."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base
from app.masters.outlets.models import Positioned
from app.masters.territories.models import Stamped


class CheckIn(Stamped, Positioned, Base):
    """One arrival or departure attempt. Append-only; partitioned by month."""

    __tablename__ = "check_ins"
    __table_args__ = (
        # a rep's day in the order of time, and a rep's fixes likewise: what lies next to an event is looked up (V6)
        Index("ix_check_ins_rep_id_business_date_corrected_at", "rep_id", "business_date", "corrected_at", "id"),
        Index(
            "ix_check_ins_fix", "rep_id", "lat", "lon", "corrected_at", "id", postgresql_where=text("lat IS NOT NULL")
        ),
        Index("ix_check_ins_outlet_id_business_date", "outlet_id", "business_date"),
        Index("ix_check_ins_territory_id_business_date", "territory_id", "business_date"),
        {"postgresql_partition_by": "RANGE (business_date)"},
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    rep_id: Mapped[int]
    device_id: Mapped[UUID | None]
    outlet_id: Mapped[int]
    kind: Mapped[str]
    verdict: Mapped[str] = mapped_column()  # not without one, unlike an order's
    location_version: Mapped[int]
    policy_version: Mapped[int]


class VerdictPolicy(Base):
    """One version of the verdict's parameters (V2). Append-only: stored verdicts name their version."""

    __tablename__ = "verdict_policies"

    version: Mapped[int] = mapped_column(primary_key=True)
    inside_at_least: Mapped[float]
    outside_at_most: Mapped[float]
    accuracy_floor_m: Mapped[float]
    max_accuracy_m: Mapped[float]
    max_fix_age_s: Mapped[float]
    max_fix_lead_s: Mapped[float] = mapped_column(server_default=text("30"))
    any_clock: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
