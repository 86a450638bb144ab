"""Monthly partitions of the tables that hold years, by local business day (decision 3)."""

from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

PARTITIONED_TABLES = {
    "visits": "visit_date",
    "check_ins": "business_date",
    "orders": "business_date",
    "order_lines": "business_date",
    "no_order_reports": "business_date",
    "missing_orders": "business_date",
    "deliveries": "business_date",
    "delivery_lines": "business_date",
    "delivery_versions": "business_date",
    "fulfilments": "business_date",
    "returns": "business_date",
    "return_lines": "business_date",
    "return_versions": "business_date",
}
"""Table → the column that it is partitioned by. Parents come before the tables that reference them."""

WITHIN_MONTHS = {"within_months": True}
"""The `info` of a foreign key between two of them: each month has its own, from one partition to the other.

PostgreSQL would check a key between the tables in all months, row by row (decision 63).
"""

PARTITIONS_LOCK = 0x4D4F_4E54
"""The advisory lock of whoever makes or drops months ("MONT"): both lock whole tables, in orders of their own."""


async def hold_partitions(session: AsyncSession) -> None:
    """Keep others from making and dropping months until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(PARTITIONS_LOCK)))


async def ensure_month_partitions(session: AsyncSession, first: date, last: date) -> None:
    """Make the partitions of every month from `first` to `last` that do not stand yet.

    A month that has rows in the default partition (`…_rest`) already stays there: true, only slower to read. So do the
    tables that refer to it (`WITHIN_MONTHS`).
    """
    await hold_partitions(session)
    await session.execute(
        text("SELECT ensure_month_partitions(CAST(:tables AS text[]), :first, :last)"),
        {"tables": list(PARTITIONED_TABLES), "first": first, "last": last},
    )
