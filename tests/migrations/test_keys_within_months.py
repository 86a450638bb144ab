"""Revision of the keys within months: rows come along both ways, and a month that only one table had gets its half."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.ground.db.migrations import downgrade, upgrade
from tests.databases import execute, rows, scalars

BEFORE = "0030"
LINES = (
    "SELECT tableoid::regclass::text, business_date, order_id, line_number, product_id FROM order_lines ORDER BY 3, 4"
)
STRAY = "INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price) VALUES "
OF_NO_ORDER = f"{STRAY} ('{{}}', gen_random_uuid(), 1, 1, 1, 1)"
MOVE = "UPDATE {} SET business_date = '2031-05-03'"
NOT_READ_AGAIN = (
    "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated AND conrelid = '{}'::regclass"
)


async def lines_of(url: str) -> list[str]:
    """Where each line lies, and what it is."""
    return [str(row) for row in await rows(url, LINES)]


async def test_lines_come_along_up_and_down(old_url: str) -> None:
    await upgrade(old_url, BEFORE)
    before = await lines_of(old_url)
    assert before
    await upgrade(old_url)
    assert await lines_of(old_url) == before
    await downgrade(old_url, BEFORE)
    assert await lines_of(old_url) == before
    with pytest.raises(DBAPIError, match="fk_order_lines"):
        await execute(old_url, OF_NO_ORDER.format("2026-11-23"))
    await upgrade(old_url)


async def test_lines_that_the_old_key_checked_are_not_read_again(old_url: str) -> None:
    await upgrade(old_url)
    (month,) = set(await scalars(old_url, "SELECT tableoid::regclass::text FROM order_lines"))
    assert await scalars(old_url, NOT_READ_AGAIN.format(month)) == [1]
    assert await scalars(old_url, NOT_READ_AGAIN.format("order_lines_rest")) == [0]


@pytest.mark.parametrize("made_first", ["orders", "order_lines"])
async def test_a_month_that_only_one_table_had_gets_its_other_half(old_url: str, made_first: str) -> None:
    await upgrade(old_url, BEFORE)
    # a key cannot follow a row into another partition: both tables are moved without one
    await execute(old_url, "ALTER TABLE order_lines DROP CONSTRAINT fk_order_lines_business_date_order_id")
    other = {"orders": "order_lines", "order_lines": "orders"}[made_first]
    await execute(old_url, MOVE.format(other))
    await execute(old_url, f"SELECT ensure_month_partitions('{{{made_first},{other}}}', '2031-05-01', '2031-05-31')")
    await execute(old_url, MOVE.format(made_first))
    await execute(
        old_url,
        "ALTER TABLE order_lines ADD CONSTRAINT fk_order_lines_business_date_order_id"
        " FOREIGN KEY (business_date, order_id) REFERENCES orders (business_date, id)",
    )
    assert await places(old_url) == {made_first: [f"{made_first}_y2031m05"], other: [f"{other}_rest"]}
    (before,) = await rows(old_url, COUNTED)
    await upgrade(old_url)
    assert await places(old_url) == {table: [f"{table}_y2031m05"] for table in (made_first, other)}
    assert await rows(old_url, COUNTED) == [before]
    with pytest.raises(DBAPIError, match="fk_order_lines"):
        await execute(old_url, OF_NO_ORDER.format("2031-05-03"))


COUNTED = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines)"


async def places(url: str) -> dict[str, list[str]]:
    """The partitions that have rows."""
    return {
        table: await scalars(url, f"SELECT DISTINCT tableoid::regclass::text FROM {table}")
        for table in ("orders", "order_lines")
    }
