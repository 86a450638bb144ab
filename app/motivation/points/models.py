"""The points ledger and its policy."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class PointsEntry(Base):
    """One line of a rep's ledger. Append-only. A rule books a source once; an entry is reversed once.

    `business_date`: the day that it is about; `month`: the first of the month in whose statement it counts, a later one
    where that day's month was closed when it was booked (P6). `facts`: what it rests on, as it was then, where records
    may say something else later (P8).
    """

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
        # an entry counts in the month of its day or in a later one: by this index days are found, too
        Index("ix_points_entries_rep_id_month_business_date", "rep_id", "month", "business_date"),
        # entries lie in the order of their booking, those of a month side by side
        Index("ix_points_entries_month", "month", postgresql_using="brin", postgresql_with={"pages_per_range": 32}),
        CheckConstraint("(kind = 'REVERSAL') = (reverses_id IS NOT NULL)", name="reversal_reverses"),
        CheckConstraint("extract(day FROM month) = 1", name="month"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    rep_id: Mapped[int]
    rule: Mapped[str]
    kind: Mapped[str]
    points: Mapped[int]
    source_type: Mapped[str]
    source_id: Mapped[UUID | None]
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    provisional: Mapped[bool]
    policy_version: Mapped[int] = mapped_column(SmallInteger)
    business_date: Mapped[date]
    booked_at: Mapped[datetime]
    note: Mapped[str]
    month: Mapped[date]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class PenaltyFinalisation(Base):
    """The step that made a provisional penalty final (C4). Append-only."""

    __tablename__ = "penalty_finalisations"

    entry_id: Mapped[int] = mapped_column(ForeignKey("points_entries.id"), primary_key=True)
    because: Mapped[str]
    finalised_at: Mapped[datetime]


class PointsPardon(Base):
    """What a granted appeal has settled for good: no rule books or reverses anything about the source again (P5)."""

    __tablename__ = "points_pardons"

    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    source_type: Mapped[str] = mapped_column(primary_key=True)
    appeal_id: Mapped[UUID]
    pardoned_at: Mapped[datetime]


class PointsHold(Base):
    """A source whose penalties stay provisional until a person has reviewed a doubt about its proof (P4)."""

    __tablename__ = "points_holds"

    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_type: Mapped[str] = mapped_column(primary_key=True)
    held_at: Mapped[datetime]


class RepClosing(Base):
    """The last month of a rep that was closed (P6), by its first day, and when."""

    __tablename__ = "rep_closings"
    __table_args__ = (
        Index("ix_rep_closings_closed_through", "closed_through"),
        CheckConstraint("extract(day FROM closed_through) = 1", name="month"),
    )

    rep_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    closed_through: Mapped[date]
    closed_at: Mapped[datetime]


class PointsPolicy(Base):
    """What a rule costs or earns, from a day on. Append-only: of one day the version that was written last holds.

    `monthly_cap`: what a rep can earn by it in a month, at most. `rate_limit`: the share that the rule compares with.
    """

    __tablename__ = "points_policies"
    __table_args__ = (
        Index("ix_points_policies_rule_valid_from", "rule", "valid_from", "version"),
        CheckConstraint("monthly_cap > 0", name="monthly_cap"),
        CheckConstraint("rate_limit >= 0 AND rate_limit <= 1", name="rate_limit"),
    )

    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[int]
    valid_from: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    monthly_cap: Mapped[int | None]
    rate_limit: Mapped[Decimal | None] = mapped_column(Numeric(6, 4))
