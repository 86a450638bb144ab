"""Cutoff runs, their missing orders, and what later orders resolved."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base

BIG_DAY = 20_000
"""Planned visits."""


class CutoffRun(Base):
    """One closing of one territory's day (C1). The unique key is what makes it happen once.

    A run that was voided (C9) stays readable, and the day may have another.
    """

    __tablename__ = "cutoff_runs"
    __table_args__ = (
        Index(
            "uq_cutoff_runs_territory_id_business_date",
            "territory_id",
            "business_date",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
        ),
        Index("ix_cutoff_runs_business_date_territory_id", "business_date", "territory_id"),
        CheckConstraint("num_nonnulls(voided_at, voided_by, void_reason) IN (0, 3)", name="void"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    business_date: Mapped[date]
    cutoff_at: Mapped[datetime]
    call_deadline_at: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    planned_visits: Mapped[int]
    missing_orders: Mapped[int]
    call_tasks: Mapped[int]
    penalties: Mapped[int]
    triggered_by: Mapped[str]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]

    def is_big(self) -> bool:
        """Whether several processes are to read its day: for fewer visits, starting them costs more."""
        return self.planned_visits >= BIG_DAY


class MissingOrder(Base):
    """One planned visit that had no order at the cutoff (C2, C3): a snapshot, never edited. Partitioned by month.

    `supplement`: flagged after the run, which found an order that had been cancelled by the cutoff (O4). `answers`:
    whether its rep could have brought the order at all (decision 19).
    """

    __tablename__ = "missing_orders"
    __table_args__ = (
        Index("ix_missing_orders_run_id_visit_id", "run_id", "visit_id"),
        Index("ix_missing_orders_outlet_id_business_date", "outlet_id", "business_date"),
        {"postgresql_partition_by": "RANGE (business_date)"},
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    rep_id: Mapped[int]
    outlet_id: Mapped[int]
    cause: Mapped[str]
    no_order_reason: Mapped[str | None]
    provisional: Mapped[bool]
    supplement: Mapped[bool] = mapped_column(server_default=false())
    answers: Mapped[bool]


class MissingOrderResolution(Base):
    """One step of what came later changed about a missing order (C4). Append-only: the last step is the present.

    There can be more than one: a late order, then the check-in that proves where it was captured. An excuse has no
    order.
    """

    __tablename__ = "missing_order_resolutions"
    __table_args__ = (Index("ix_missing_order_resolutions_resolved_at", "resolved_at", postgresql_using="brin"),)

    business_date: Mapped[date] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    outcome: Mapped[str]
    order_id: Mapped[UUID | None]
    resolved_at: Mapped[datetime]
