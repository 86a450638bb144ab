"""Returns, what they said before, and people's words about who answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base

_BY_MONTH = {"postgresql_partition_by": "RANGE (business_date)"}


class Return(Base):
    """A return as it stands (D4, decision 73).

    `business_date` is what it is filed under: the local day of its first `returned_at`; no correction changes it.
    `territory_id`: its outlet's when that was first told. `delivery_business_date`: what its delivery is filed under.
    `value`: of the lines that were accepted. `digest`: of the content that stands.
    """

    __tablename__ = "returns"
    __table_args__ = (
        Index("ix_returns_delivery_id", "delivery_id"),
        Index("ix_returns_outlet_id_returned_date_id", "outlet_id", "returned_date", "id"),
        Index("ix_returns_territory_id_returned_date_id", "territory_id", "returned_date", "id"),
        Index("ix_returns_returned_date_id", "returned_date", "id"),
        _BY_MONTH,
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    outlet_id: Mapped[int]
    delivery_business_date: Mapped[date | None]
    delivery_id: Mapped[UUID | None]
    returned_at: Mapped[datetime]
    returned_date: Mapped[date]
    value: Mapped[Decimal]
    version: Mapped[int] = mapped_column(SmallInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    recorded_by: Mapped[str]
    corrected_at: Mapped[datetime | None]
    corrected_by: Mapped[str | None]


class ReturnLine(Base):
    """A product that goes back for a reason. `reason_answered_by`: who answered for that when the line was recorded."""

    __tablename__ = "return_lines"
    __table_args__ = (_BY_MONTH,)

    business_date: Mapped[date] = mapped_column(primary_key=True)
    return_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    product_id: Mapped[int]
    quantity: Mapped[Decimal]
    unit_price: Mapped[Decimal]
    reason_code: Mapped[str]
    reason_answered_by: Mapped[str]
    accepted: Mapped[bool]


class ReturnVersion(Base):
    """What a return said until it was corrected. `lines` hold products by their code."""

    __tablename__ = "return_versions"
    __table_args__ = (_BY_MONTH,)

    business_date: Mapped[date] = mapped_column(primary_key=True)
    return_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    outlet_id: Mapped[int]
    outlet_code: Mapped[str]
    delivery_business_date: Mapped[date | None]
    delivery_id: Mapped[UUID | None]
    returned_at: Mapped[datetime]
    returned_date: Mapped[date]
    value: Mapped[Decimal]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ReturnDecision(Base):
    """A supervisor's word on who answers, for a product of a return, or for the whole of it. Append-only.

    `outlet_id`: the return's; None where the return was gone before that was noted.
    """

    __tablename__ = "return_decisions"
    __table_args__ = (
        Index("ix_return_decisions_business_date_return_id", "business_date", "return_id"),
        Index("ix_return_decisions_outlet_id_decided_at", "outlet_id", "decided_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    business_date: Mapped[date]
    return_id: Mapped[UUID]
    product_id: Mapped[int | None]
    answered_by: Mapped[str]
    comment: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    outlet_id: Mapped[int | None]
