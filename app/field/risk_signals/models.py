"""Risk signals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class RiskSignal(Base):
    """One doubt. A rule doubts a subject once; one that facts removed is withdrawn, one that came back stands again."""

    __tablename__ = "risk_signals"
    __table_args__ = (
        UniqueConstraint("rule", "subject_type", "subject_id"),
        Index("ix_risk_signals_territory_id_raised_at", "territory_id", "raised_at", "id"),
        Index("ix_risk_signals_raised_at", "raised_at", postgresql_using="brin"),
        Index("ix_risk_signals_rep_id_business_date_rule", "rep_id", "business_date", "rule"),
        Index("ix_risk_signals_outlet_id_raised_at", "outlet_id", "raised_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    territory_id: Mapped[int]
    rep_id: Mapped[int]
    outlet_id: Mapped[int | None]
    business_date: Mapped[date]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    explanation: Mapped[str]
    raised_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    review_outcome: Mapped[str | None]
    review_comment: Mapped[str | None]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
