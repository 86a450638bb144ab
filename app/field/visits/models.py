"""Visits, planned and ad hoc, and those that plans no longer have."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base


class Visit(Base):
    """One outlet on one day of one rep. Partitioned by month; the id carries the date (`visit_ids`)."""

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("visit_date", "rep_id", "outlet_id", name="uq_visits_visit_date_rep_id_outlet_id"),
        Index("ix_visits_territory_id_visit_date", "territory_id", "visit_date"),
        Index("ix_visits_outlet_id_visit_date", "outlet_id", "visit_date"),
        # excuses are few, and a run asks which came after its cutoff
        Index("ix_visits_excused", "territory_id", "visit_date", postgresql_where=text("excused_at IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (visit_date)"},
    )

    visit_date: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    rep_id: Mapped[int]
    outlet_id: Mapped[int]
    sequence: Mapped[int | None] = mapped_column(SmallInteger)
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    excused_at: Mapped[datetime | None]
    excused_by: Mapped[str | None]
    excuse_reason: Mapped[str | None]
    excuse_comment: Mapped[str | None]
    expected_at: Mapped[datetime | None]
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)

    @property
    def planned(self) -> bool:
        """Whether the visit stands in an approved plan; else it is ad hoc."""
        return self.approved_at is not None


class VisitRemoval(Base):
    """A visit that a plan no longer has: handhelds are told to forget it."""

    __tablename__ = "visit_removals"
    __table_args__ = (Index("ix_visit_removals_rep_id_removed_in", "rep_id", "removed_in"),)

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    rep_id: Mapped[int]
    removed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)
