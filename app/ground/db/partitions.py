"""Monthly partitions of the tables that hold years, by local business day (decision 3)."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PARTITIONED_TABLES = {
    "visits": "visit_date",
    "check_ins": "business_date",
    "orders": "business_date",
    "order_lines": "business_date",
    "no_order_reports": "business_date",
    "missing_orders": "business_date",
}
"""Table → the column that it is partitioned by. Parents come before the tables that reference them."""


async def ensure_month_partitions(session: AsyncSession, first: date, last: date) -> None:
    """Make the partitions of every month from `first` to `last` that do not stand yet.

    A month that has rows in the default partition (`…_rest`) already stays there: true, only slower to read.
    """
    await session.execute(
        text("SELECT ensure_month_partitions(CAST(:tables AS text[]), :first, :last)"),
        {"tables": list(PARTITIONED_TABLES), "first": first, "last": last},
    )
