"""Closed months, and the statements of reps."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class StatementPolicy(Base):
    """When months are closed by themselves, and what a point is worth, from a month on. Append-only.

    `closing_day`: of the next month; None: by hand alone. `point_value`: in `currency`; None: no money is told.
    """

    __tablename__ = "statement_policies"
    __table_args__ = (
        CheckConstraint("closing_day BETWEEN 1 AND 28", name="closing_day"),
        CheckConstraint("(point_value IS NULL) = (currency IS NULL)", name="currency"),
    )

    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    valid_from: Mapped[date]
    closing_day: Mapped[int | None] = mapped_column(SmallInteger)
    point_value: Mapped[Decimal | None]
    currency: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class MonthClosing(Base):
    """One closing of one territory's month (P6), by its first day. The unique key is what makes it happen once.

    It marks the month first (`begun_at`): from then on entries about it count in a later one. Its statements are
    written once whoever was booking meanwhile is done (`closed_at`). One that was reopened stays, and the month may
    have another.
    """

    __tablename__ = "month_closings"
    __table_args__ = (
        Index(
            "uq_month_closings_territory_id_month",
            "territory_id",
            "month",
            unique=True,
            postgresql_where=text("reopened_at IS NULL"),
        ),
        CheckConstraint("extract(day FROM month) = 1", name="month"),
        CheckConstraint("num_nonnulls(reopened_at, reopened_by, reopen_reason) IN (0, 3)", name="reopened"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    month: Mapped[date]
    begun_at: Mapped[datetime]
    begun_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    statements: Mapped[int | None]
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[str | None]
    reopen_reason: Mapped[str | None]


class ClosedRep(Base):
    """A rep of whom a closing has closed the month: those who were in the territory at the month's end."""

    __tablename__ = "closed_reps"

    closing_id: Mapped[UUID] = mapped_column(ForeignKey("month_closings.id"), primary_key=True)
    rep_id: Mapped[int] = mapped_column(primary_key=True)


class RepStatement(Base):
    """What a rep's month came to. Append-only; void where its closing was reopened.

    `lines`: what each rule came to: rule, count (of what counts), points, and of which months these are, where they are
    about closed ones. `opening` + their points = `closing`.
    """

    __tablename__ = "rep_statements"
    __table_args__ = (Index("ix_rep_statements_rep_id_month", "rep_id", "month"),)

    closing_id: Mapped[UUID] = mapped_column(ForeignKey("month_closings.id"), primary_key=True)
    rep_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    month: Mapped[date]
    territory_id: Mapped[int]
    opening: Mapped[int] = mapped_column(BigInteger)
    closing: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    open_appeals: Mapped[int]
    point_value: Mapped[Decimal | None]
    currency: Mapped[str | None]
    issued_at: Mapped[datetime]
