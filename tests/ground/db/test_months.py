"""What refers to another table's rows within its month does so in every month, new ones too, and in no other way.

A foreign key between two partitioned tables is checked in all of their months for each row (decision 63).
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import ForeignKeyConstraint, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.partitions import PARTITIONED_TABLES, WITHIN_MONTHS, ensure_month_partitions
from app.ground.db.retention import ROWS_A_TURN, drop_expired_months
from app.ground.db.session import Database
from app.tables import metadata
from tests.databases import as_owner, by_the_owner, execute, scalars

MONTHS = "SELECT replace(inhrelid::regclass::text, '{0}_', '') FROM pg_inherits WHERE inhparent = '{0}'::regclass"
KEYS = "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
OVER_ALL_MONTHS = """
    SELECT conname FROM pg_constraint
    JOIN pg_class AS own ON own.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid
    WHERE contype = 'f' AND 'p' IN (own.relkind, other.relkind)
"""
FAR = date(2031, 5, 3)
"""A day that has no month of its own yet."""

ORDERS = """
    INSERT INTO orders (business_date, id, territory_id, outlet_id, channel, placed_by, captured_at, received_at,
        corrected_at, skew_ms, trusted, clock_changed, mock, delivery_date, comment, line_count, total_value)
    SELECT day, id, 1, 1, 'OFFICE', 'user:test', now(), now(), now(), 0, true, false, false, day, '', 1, 1
    FROM
"""
ORDER = f"{ORDERS} CAST(:day AS date) AS day, CAST(:id AS uuid) AS id"
LINE = """
    INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price)
    VALUES (:day, CAST(:id AS uuid), 1, 1, 1, 1)
"""
FOREIGN_KEY_VIOLATION = "23503"
ID = "00000000-0000-4000-8000-000000000001"


def keys_within_months() -> list[ForeignKeyConstraint]:
    """Those that the models declare."""
    keys = (key for table in metadata.sorted_tables for key in table.foreign_key_constraints)
    return [key for key in keys if key.info == WITHIN_MONTHS]


def as_sql(key: ForeignKeyConstraint, month: str) -> tuple[str, str]:
    """The table of a month, and its key as PostgreSQL tells it."""
    referred = ", ".join(element.column.name for element in key.elements)
    return (
        f"{key.table.name}_{month}",
        f"FOREIGN KEY ({', '.join(key.column_keys)}) REFERENCES {key.referred_table.name}_{month}({referred})",
    )


async def months_of(session: AsyncSession, table: str) -> set[str]:
    return set(await session.scalars(text(MONTHS.format(table))))


async def test_every_month_and_the_default_has_the_keys_that_the_models_declare(session: AsyncSession) -> None:
    await ensure_month_partitions(session, FAR, FAR)
    keys = {(table, definition) for table, definition in await session.execute(text(KEYS))}
    declared = keys_within_months()
    assert [key.table.name for key in declared] == ["order_lines"]
    for key in declared:
        months = await months_of(session, key.table.name)
        assert {"rest", "y2031m05"} <= months
        assert months == await months_of(session, key.referred_table.name)
        assert {as_sql(key, month) for month in months} - keys == set()


async def test_no_key_reaches_over_all_months_of_a_table(session: AsyncSession) -> None:
    assert list(await session.scalars(text(OVER_ALL_MONTHS))) == []
    between_months = [
        key
        for table in metadata.sorted_tables
        for key in table.foreign_key_constraints
        if PARTITIONED_TABLES.keys() & {table.name, key.referred_table.name}
    ]
    assert between_months == keys_within_months(), "mark it with WITHIN_MONTHS, and let each month have it"


async def refused(session: AsyncSession, statement: str, values: dict[str, Any]) -> bool:
    """Whether a foreign key is in the way."""
    try:
        async with session.begin_nested():
            await session.execute(text(statement), values)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != FOREIGN_KEY_VIOLATION:
            raise
        return True
    return False


async def days(session: AsyncSession) -> list[date]:
    """A day of each month that has partitions, and one of the default partition."""
    months = await months_of(session, "order_lines")
    found = [date(int(month[1:5]), int(month[6:]), 2) for month in months if month != "rest"]
    assert len(found) >= 5
    return [*found, FAR]


async def test_a_line_without_its_order_is_refused_in_every_month(session: AsyncSession) -> None:
    for day in await days(session):
        key = {"day": day, "id": ID}
        assert await refused(session, LINE, key), day
        await session.execute(text(ORDER), key)
        assert not await refused(session, LINE, key), day


async def test_an_order_that_has_lines_stays_in_every_month(session: AsyncSession) -> None:
    async with by_the_owner(session):
        for day in await days(session):
            key = {"day": day, "id": ID}
            await session.execute(text(ORDER), key)
            await session.execute(text(LINE), key)
            assert await refused(session, "DELETE FROM orders WHERE business_date = :day AND id = :id", key), day
            moved = "UPDATE orders SET business_date = business_date + 400 WHERE business_date = :day AND id = :id"
            assert await refused(session, moved, key), day


LOCKED = """
    SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE pid = pg_backend_pid() AND relkind IN ('r', 'p') AND relname ~ '^order'
"""


async def test_a_line_is_checked_in_its_own_month_alone(session: AsyncSession) -> None:
    today = await session.scalar(text("SELECT current_date"))
    key = {"day": today, "id": ID}
    await session.execute(text(ORDER), key)
    await session.execute(text(LINE), key)
    tables = set(await session.scalars(text(LOCKED)))
    month = f"y{today:%Y}m{today:%m}"
    assert tables == {"orders", f"orders_{month}", "order_lines", f"order_lines_{month}"}


@pytest.mark.parametrize("asked", [["orders"], ["order_lines"], ["order_lines", "orders"]])
async def test_a_month_is_made_of_both_tables_whoever_is_asked_for(session: AsyncSession, asked: list[str]) -> None:
    ensure = text("SELECT ensure_month_partitions(:asked, :day, :day)")
    await session.execute(ensure, {"asked": asked, "day": FAR})
    made = "y2031m05" in await months_of(session, "orders")
    assert made == ("orders" in asked)
    assert ("y2031m05" in await months_of(session, "order_lines")) == made


async def test_a_month_whose_orders_lie_in_the_default_partition_takes_lines_there(session: AsyncSession) -> None:
    await session.execute(text(ORDER), {"day": FAR, "id": ID})
    await ensure_month_partitions(session, FAR, FAR)
    assert "y2031m05" not in await months_of(session, "orders") | await months_of(session, "order_lines")
    assert not await refused(session, LINE, {"day": FAR, "id": ID})


EXPIRED = datetime(2026, 11, 23, tzinfo=UTC)
OLD_ORDERS = f"""
    {ORDERS} unnest(ARRAY[date '2000-01-02', (now() - interval '30 months')::date, current_date]) AS day,
        generate_series(1, 3) AS n, LATERAL (SELECT gen_random_uuid() AS id WHERE n > 0) AS made
"""
OLD_LINES = """
    INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price)
    SELECT business_date, id, n, 1, 1, 1 FROM orders, generate_series(1, 4) AS n
"""


async def test_the_oldest_month_is_dropped_with_orders_and_lines(committed: Database) -> None:
    url = as_owner(committed.engine.url.render_as_string())
    month = "(now() - interval '30 months')::date"
    await execute(url, f"SELECT ensure_month_partitions('{{orders}}', {month}, {month})")
    await execute(url, OLD_ORDERS)
    await execute(url, OLD_LINES)
    async with committed.transaction() as session:
        # two partitions, and of the default one three orders with twelve lines
        assert await drop_expired_months(session, EXPIRED) == 2 + 3 + 12
    assert await scalars(url, "SELECT count(*) FROM orders") == [3]
    assert await scalars(url, "SELECT count(*) FROM order_lines") == [12]


async def test_stray_orders_go_after_their_lines_however_few_rows_a_turn_takes(committed: Database) -> None:
    url = as_owner(committed.engine.url.render_as_string())
    await execute(url, OLD_ORDERS.replace("(now() - interval '30 months')::date, current_date", "date '2000-01-03'"))
    await execute(url, OLD_LINES)
    turns = []
    async with committed.transaction() as session:
        while gone := await session.scalar(text("SELECT drop_expired_months(4)")):
            turns.append(gone)
    assert sum(turns) == 6 + 24 < ROWS_A_TURN
    assert max(turns) <= 8
