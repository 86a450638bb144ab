"""Deliveries, what they said before, what became of orders, and people's words about who answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base

_BY_MONTH = {"postgresql_partition_by": "RANGE (business_date)"}


class Delivery(Base):
    """A delivery as it stands (D1, decision 67).

    `business_date` is what it is filed under: its order's, or without an order the local day of its first
    `delivered_at`; no correction changes it. `territory_id` and `rep_id` are its order's, or its outlet's territory and
    None. `value`: what was accepted, at the prices charged. `digest`: of the content that stands.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_order_id", "order_id"),
        Index("ix_deliveries_outlet_id_delivered_date_id", "outlet_id", "delivered_date", "id"),
        Index("ix_deliveries_rep_id_delivered_date_id", "rep_id", "delivered_date", "id"),
        Index("ix_deliveries_territory_id_delivered_date_id", "territory_id", "delivered_date", "id"),
        Index("ix_deliveries_delivered_date_id", "delivered_date", "id"),
        Index("ix_deliveries_number", "number"),
        _BY_MONTH,
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    outlet_id: Mapped[int]
    rep_id: Mapped[int | None]
    order_id: Mapped[UUID | None]
    number: Mapped[str]
    delivered_at: Mapped[datetime]
    delivered_date: Mapped[date]
    value: Mapped[Decimal]
    version: Mapped[int] = mapped_column(SmallInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    recorded_by: Mapped[str]
    corrected_at: Mapped[datetime | None]
    corrected_by: Mapped[str | None]


class DeliveryLine(Base):
    """One product of a delivery. `reason_answered_by`: who answered for the reason when the line was recorded."""

    __tablename__ = "delivery_lines"
    __table_args__ = (_BY_MONTH,)

    business_date: Mapped[date] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    product_id: Mapped[int]
    shipped_quantity: Mapped[Decimal]
    accepted_quantity: Mapped[Decimal]
    unit_price: Mapped[Decimal]
    reason_code: Mapped[str | None]
    reason_answered_by: Mapped[str | None]


class DeliveryVersion(Base):
    """What a delivery said until it was corrected. `lines` hold products by their code."""

    __tablename__ = "delivery_versions"
    __table_args__ = (_BY_MONTH,)

    business_date: Mapped[date] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    outlet_code: Mapped[str]
    number: Mapped[str]
    delivered_at: Mapped[datetime]
    value: Mapped[Decimal]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Fulfilment(Base):
    """What became of an order by all its deliveries, as it was concluded last (D2, D3).

    Always made anew from the facts as a whole: the same facts give the same row, in whatever order they came. An order
    without a row is open. `mismatches` are the lines that differ, once it is settled.
    """

    __tablename__ = "fulfilments"
    __table_args__ = (_BY_MONTH,)

    business_date: Mapped[date] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    settled: Mapped[bool]
    on_time: Mapped[bool | None]
    delivery_count: Mapped[int] = mapped_column(SmallInteger)
    last_delivered_date: Mapped[date | None]
    rep_answers_quantity: Mapped[bool]
    rep_answers_price: Mapped[bool]
    mismatches: Mapped[list[Any]] = mapped_column(JSONB)
    concluded_at: Mapped[datetime]


class FulfilmentDecision(Base):
    """A supervisor's word on who answers (D3), for a product of an order, or for the whole of it. Append-only.

    `outlet_id`: the order's; None where the order was gone before that was noted.
    """

    __tablename__ = "fulfilment_decisions"
    __table_args__ = (
        Index("ix_fulfilment_decisions_business_date_order_id", "business_date", "order_id"),
        Index("ix_fulfilment_decisions_outlet_id_decided_at", "outlet_id", "decided_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    business_date: Mapped[date]
    order_id: Mapped[UUID]
    product_id: Mapped[int | None]
    answered_by: Mapped[str]
    comment: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    outlet_id: Mapped[int | None]
