"""The points ledger and its policy."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class PointsEntry(Base):
    """One line of a rep's ledger. Append-only. A rule books a source once; an entry is reversed once."""

    __tablename__ = "points_entries"
    __table_args__ = (
        Index(
            "uq_points_entries_rule_source",
            "source_id",
            "rule",
            "source_type",
            unique=True,
            postgresql_where=text("reverses_id IS NULL"),
        ),
        Index(
            "uq_points_entries_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        Index("ix_points_entries_rep_id_business_date", "rep_id", "business_date"),
        CheckConstraint("(kind = 'REVERSAL') = (reverses_id IS NOT NULL)", name="reversal_reverses"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    rep_id: Mapped[int]
    rule: Mapped[str]
    kind: Mapped[str]
    points: Mapped[int] = mapped_column(SmallInteger)
    source_type: Mapped[str]
    source_id: Mapped[UUID | None]
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    provisional: Mapped[bool]
    policy_version: Mapped[int] = mapped_column(SmallInteger)
    business_date: Mapped[date]
    booked_at: Mapped[datetime]
    note: Mapped[str]


class PenaltyFinalisation(Base):
    """The step that made a provisional penalty final (C4). Append-only."""

    __tablename__ = "penalty_finalisations"

    entry_id: Mapped[int] = mapped_column(ForeignKey("points_entries.id"), primary_key=True)
    because: Mapped[str]
    finalised_at: Mapped[datetime]


class PointsPolicy(Base):
    """What a rule costs or earns, from a day on. Append-only."""

    __tablename__ = "points_policies"
    __table_args__ = (UniqueConstraint("rule", "valid_from"),)

    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
