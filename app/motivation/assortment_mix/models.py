"""Targets by quarter, and the statements of closed quarters (MX1, MX3)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class AssortmentTargets(Base):
    """One version of the targets of a quarter, of a territory or of the company (None). Append-only.

    `quarter`: its first day. `shares` by assortment group, decimals as texts; None: taken back, the company's hold.
    `bonus_steps`: `[{"from_score": "0.95", "share": "1"}]`, the highest score first.
    """

    __tablename__ = "assortment_targets"
    __table_args__ = (
        UniqueConstraint(
            "quarter",
            "territory_id",
            "version",
            name="uq_assortment_targets_quarter_territory_id_version",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    quarter: Mapped[date]
    territory_id: Mapped[int | None]
    version: Mapped[int]
    shares: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    bonus_steps: Mapped[list[Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class AssortmentStatement(Base):
    """What a closed quarter of a territory came to (MX3). Written once; it can be voided, once, and stays readable.

    Numbered from 1 on within a territory and the year of its quarter. `content`: the figures (`figures.Mix`), which
    name outlets and reps by id alone. `targets_id`: the version that held.
    """

    __tablename__ = "assortment_statements"
    __table_args__ = (
        UniqueConstraint("territory_id", "year", "number_of_year"),
        Index(
            "uq_assortment_statements_territory_id_quarter",
            "territory_id",
            "quarter",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
        ),
        CheckConstraint("num_nonnulls(voided_at, voided_by, void_reason) IN (0, 3)", name="void"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    territory_id: Mapped[int]
    quarter: Mapped[date]
    year: Mapped[int] = mapped_column(SmallInteger)
    number_of_year: Mapped[int]
    targets_id: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int]
    score: Mapped[Decimal | None] = mapped_column(Numeric)
    bonus_share: Mapped[Decimal] = mapped_column(Numeric)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]
