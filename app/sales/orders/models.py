"""Orders and their lines, refusals, no-order reports, outlets' turnover (decision 4)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    and_,
    func,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base
from app.ground.db.partitions import WITHIN_MONTHS
from app.ground.db.plans import looked_up
from app.ground.receipts.models import EventReceipt
from app.masters.outlets.models import Positioned
from app.masters.territories.models import Stamped


class Order(Stamped, Positioned, Base):
    """An accepted order as it stands. Partitioned by month of its business date.

    Amending it changes what was ordered (`amended_at`, `version`), never when it came or what proves where (O4); one
    that was cancelled stays, and counts for nothing any more. `read_at`: when a mail's form was read; `received_at` is
    when the mail server had it. `first_received_at`: when the very same form had come before, and was refused; None:
    never. `amended_by`, `cancelled_by` are actors (`device:PAT-R1`, `user:anna`, `client:erp`), `cancelled_by_kind` is
    the kind of caller, of which `device` is the rep's own. `cancelled_at` is when the cancellation was in the system,
    `cancelled_effective_at` from when it counts (`amendment_rules.effective_at`). Whether it stood at an instant, by
    all that is known now: `stood_at`.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_territory_id_business_date", "territory_id", "business_date"),
        Index("ix_orders_outlet_id_business_date", "outlet_id", "business_date"),
        # a rep's day in the order of time, and a rep's fixes likewise: what lies next to an event is looked up (V6)
        Index("ix_orders_rep_id_business_date_corrected_at", "rep_id", "business_date", "corrected_at", "id"),
        # next to nothing for whoever writes an order: what is due on a day is found by it (D2)
        Index("ix_orders_delivery_date", "delivery_date", postgresql_using="brin"),
        Index("ix_orders_fix", "rep_id", "lat", "lon", "corrected_at", "id", postgresql_where=text("lat IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (business_date)"},
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    outlet_id: Mapped[int]
    rep_id: Mapped[int | None]
    device_id: Mapped[UUID | None]
    channel: Mapped[str]
    placed_by: Mapped[str]
    delivery_date: Mapped[date]
    comment: Mapped[str]
    line_count: Mapped[int] = mapped_column(SmallInteger)
    total_value: Mapped[Decimal]
    warnings: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    version: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    amended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    first_received_at: Mapped[datetime | None]
    amended_by: Mapped[str | None]
    cancelled_by: Mapped[str | None]
    cancelled_by_kind: Mapped[str | None]
    cancelled_effective_at: Mapped[datetime | None]
    device_told_until: Mapped[datetime | None]
    lines_digest: Mapped[int | None] = mapped_column(BigInteger)

    @classmethod
    def arrived_at(cls) -> ColumnElement[datetime]:
        """When an order was in the system for the first time (T5, O2): as a form that was refused, or as an order."""
        return func.coalesce(cls.first_received_at, cls.received_at)

    @classmethod
    def stood_at(cls, instant: ColumnElement[datetime]) -> ColumnElement[bool]:
        """Whether an order was in the system at an instant and was not cancelled by then, by the facts known now (O4).

        The same as `reference.stood_at`. Whoever cancelled it: `cancelled_by_kind` says whether that is the
        rep's to answer for.
        """
        cancelled_later = or_(cls.cancelled_effective_at.is_(None), cls.cancelled_effective_at > instant)
        return and_(cls.arrived_at() <= instant, cancelled_later)


class OrderVersion(Base):
    """One version of an order that was amended or cancelled, as it was; the first is written with the second (O4).

    An order that nobody changed has none: what it is stands in `orders` alone. `lines` hold products by their code.
    Who made it: `changed_by` as a name, `changed_by_kind` and `changed_by_id` as the caller's kind and id (of a device
    its own).
    """

    __tablename__ = "order_versions"
    __table_args__ = (
        Index("ix_order_versions_received_at", "received_at", postgresql_using="brin"),
        Index("ix_order_versions_territory_id_business_date", "territory_id", "business_date", "received_at"),
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    territory_id: Mapped[int]
    change: Mapped[str]
    changed_by: Mapped[str]
    reason: Mapped[str]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    corrected_at: Mapped[datetime]
    trusted: Mapped[bool]
    delivery_date: Mapped[date]
    comment: Mapped[str]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    total_value: Mapped[Decimal]
    warnings: Mapped[list[Any]] = mapped_column(JSONB)
    changed_by_kind: Mapped[str]
    changed_by_id: Mapped[str | None]


class OrderLine(Base):
    """One product of an order: the price as the client saw it, and the price list's (None: not on a list).

    A line lies in the month of its order, and refers to that month alone (decision 63).
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        ForeignKeyConstraint(["business_date", "order_id"], ["orders.business_date", "orders.id"], info=WITHIN_MONTHS),
        {"postgresql_partition_by": "RANGE (business_date)"},
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    product_id: Mapped[int]
    quantity: Mapped[Decimal]
    unit_price: Mapped[Decimal]
    list_price: Mapped[Decimal | None]


class OrderRefusal(Base):
    """A form that was refused, as it was (O2): from it the cutoff tells `order_refused` (C3).

    The first refusal is kept of each content (`digest`) that an id had: when that content is accepted after all, it
    counts from then. It *stands* (`stands`) until its id is an order's, whatever the content.
    """

    __tablename__ = "order_refusals"
    __table_args__ = (
        Index("ix_order_refusals_business_date_outlet_id", "business_date", "outlet_id"),
        Index("ix_order_refusals_outlet_id_received_at", "outlet_id", "received_at"),
        Index("ix_order_refusals_received_at", "received_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rep_id: Mapped[int | None]
    outlet_id: Mapped[int]
    business_date: Mapped[date]
    received_at: Mapped[datetime]
    placed_by: Mapped[str]
    problems: Mapped[list[Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    device_id: Mapped[UUID | None]
    channel: Mapped[str | None]
    captured_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    trusted: Mapped[bool | None]
    form: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """Whether the form is still refused: nothing was accepted under its id (O2, C4)."""
        return ~looked_up(EventReceipt, EventReceipt.id == cls.id)


class NoOrderReport(Stamped, Base):
    """A rep's word that a visit ended with no order, and why."""

    __tablename__ = "no_order_reports"
    __table_args__ = (
        Index("ix_no_order_reports_outlet_id_business_date", "outlet_id", "business_date"),
        {"postgresql_partition_by": "RANGE (business_date)"},
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    territory_id: Mapped[int]
    rep_id: Mapped[int]
    device_id: Mapped[UUID | None]
    outlet_id: Mapped[int]
    reason_code: Mapped[str]
    comment: Mapped[str]


class NoOrderReason(Base):
    """A reason that a rep may give."""

    __tablename__ = "no_order_reasons"

    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)


class OutletTurnover(Base):
    """The value that an outlet ordered in the four weeks before `computed_on`: call tasks go by it, biggest first."""

    __tablename__ = "outlet_turnovers"

    outlet_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[Decimal]
    computed_on: Mapped[date]
