"""What is kept of days that are over, so that a figure need not be counted anew: nothing here is a record of its own.

Whatever stands in these tables follows from the records, and can be thrown away at any time: decision 60.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base

_ZERO = text("0")
NOBODY = 0
"""The rep of records that are no rep's."""


class KeptFigures:
    """Both halves of each KPI that is added up over days, and how many records there are at all.

    The halves of `must_stock_rate` are those of all products, sold or not.
    """

    records: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    strike_rate_made_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    strike_rate_made_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    strike_rate_planned_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    strike_rate_planned_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    verified_rate_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    verified_rate_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    adherence_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    adherence_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    on_time_rate_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    on_time_rate_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    lines_per_productive_call_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    lines_per_productive_call_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    drop_size_numerator: Mapped[Decimal] = mapped_column(server_default=_ZERO)
    drop_size_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    must_stock_rate_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    must_stock_rate_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    time_in_store_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    time_in_store_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    call_recovery_rate_numerator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    call_recovery_rate_denominator: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)


class KeptDay(KeptFigures, Base):
    """A territory's day that is over: its figures as a whole, if they are kept yet.

    `announced_in`: the transaction that said that it is over. `kept_to`: the position below which everything had ended
    when it was counted; None: it has not been. A day that was marked at that position or later (`StaleDay`) is to be
    counted anew. `definition` tells by which statement.
    """

    __tablename__ = "kept_days"

    territory_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    announced_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)
    kept_to: Mapped[int | None] = mapped_column(BigInteger)
    definition: Mapped[int | None] = mapped_column(BigInteger)


class KeptRepDay(KeptFigures, Base):
    """The part of one rep (or of nobody) of a day that is kept.

    `product_codes` are the must-stock products of its orders; beside each, how often it was due and how often it came.
    """

    __tablename__ = "kept_rep_days"

    territory_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    rep_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    products_due: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    products_ordered: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))


class KeptOutlet(Base):
    """On which days of a month a rep had a visit, a planned one, one that was made, or an order at an outlet.

    A day is a bit, the first of the month the lowest. Only those of days that are kept mean anything.
    """

    __tablename__ = "kept_outlets"

    territory_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    rep_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outlet_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    visited_days: Mapped[int]
    planned_days: Mapped[int]
    made_days: Mapped[int]
    ordered_days: Mapped[int]


class KeptProduct(Base):
    """A product that stands in a kept day's `product_codes`."""

    __tablename__ = "kept_products"

    code: Mapped[str] = mapped_column(primary_key=True)


class StaleDay(Base):
    """A transaction's mark that it has changed what a day's figures are made of. Written by triggers alone."""

    __tablename__ = "stale_days"

    territory_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    marked_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT, primary_key=True)
