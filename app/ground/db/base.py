"""The mapped base: naming convention, column types, and the columns that every master record has."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Date, DateTime, FetchedValue, MetaData, Numeric, Text, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CURRENT_XACT = text("current_position()")
"""The position of the running transaction. Readers compare it with the horizon: no change is ever skipped."""


class Base(DeclarativeBase):
    """Every table's parent. Constraint names follow one convention, so that code may rely on them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        date: Date(),
        str: Text(),
        Decimal: Numeric(14, 4),
    }


class Versioned:
    """Columns of a master record: its version (the ETag) and the transaction that changed it last, for sync tokens."""

    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_in: Mapped[int] = mapped_column(
        BigInteger, server_default=CURRENT_XACT, server_onupdate=FetchedValue(), index=True
    )
