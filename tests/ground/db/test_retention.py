"""What was kept for two years goes, and nothing of what is younger, whoever asks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.ground.db.partitions import PARTITIONED_TABLES
from app.ground.db.retention import drop_expired_months, forget_expired
from app.ground.db.session import Database
from app.ground.db.stored_tables import STORED_TABLES, Keeping
from tests.databases import as_owner, execute, scalars

AT = datetime(2026, 11, 23, tzinfo=UTC)
FUNCTION = "SELECT prosrc FROM pg_proc WHERE proname = '{}'"


def tables(keeping: Keeping) -> set[str]:
    return {name for name, table in STORED_TABLES.items() if table.keeping is keeping}


async def test_every_table_that_is_pruned_by_time_is_pruned(cluster_url: str) -> None:
    (source,) = await scalars(as_owner(cluster_url), FUNCTION.format("forget_expired"))
    left_out = {name for name in tables(Keeping.BY_TIME) if f"'{name}'" not in source and f"FROM {name}" not in source}
    assert left_out == set(), "app/ground/db/stored_tables.py says that they are: a migration has to add them"


async def test_every_table_whose_months_are_dropped_has_months(cluster_url: str) -> None:
    (source,) = await scalars(as_owner(cluster_url), FUNCTION.format("drop_expired_months"))
    assert tables(Keeping.BY_MONTH) == PARTITIONED_TABLES.keys()
    assert [name for name in PARTITIONED_TABLES if f"'{name}'" not in source] == []


ROWS = {
    "events": "(type, occurred_at, payload) VALUES ('x', {at}, '{{}}')",
    "event_receipts": (
        "(id, kind, digest, business_date, received_at) VALUES (gen_random_uuid(), 'order', '', '2020-01-01', {at})"
    ),
    "missing_order_resolutions": (
        "(business_date, visit_id, step, outcome, resolved_at) VALUES ('2020-01-01', gen_random_uuid(), 1, 'x', {at})"
    ),
    "inbox_messages": (
        "(key, id, subject, received_at, read_at, status, territory_ids)"
        " VALUES (CAST(md5(random()::text) AS bytea), gen_random_uuid(), '', {at}, {at}, 'ordered', '{{}}')"
    ),
}


@pytest.mark.parametrize("table", ROWS)
async def test_what_is_older_than_two_years_goes_and_what_is_younger_stays(committed: Database, table: str) -> None:
    url = as_owner(committed.engine.url.render_as_string())
    for age in ("26 months", "23 months", "1 day"):
        values = ROWS[table].format(at=f"now() - interval '{age}'")
        await execute(url, f"INSERT INTO {table} {values}")
    async with committed.transaction() as session:
        assert await forget_expired(session, AT) == 1
        assert await forget_expired(session, AT) == 0
        assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 2


PAGE = Path(__file__).resolve().parents[3] / "docs/privacy.md"


def test_the_page_tells_of_every_table_how_long_it_is_kept_and_what_of_it_is_personal() -> None:
    told = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    rows = STORED_TABLES.items()
    assert told == [f"| `{name}` | {row.keeping} | {row.why} | {row.personal or 'nothing'} |" for name, row in rows]


VISIT = """
    INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, created_at)
    SELECT day, gen_random_uuid(), 1, 1, 1, now()
    FROM unnest(ARRAY[date '2000-01-02', (now() - interval '30 months')::date, current_date]) AS day
"""
PARTITIONS = "SELECT count(*) FROM pg_class WHERE relname ~ '_y[0-9]{4}m[0-9]{2}$' AND relkind = 'r'"


async def test_months_that_are_over_for_two_years_are_dropped_and_stray_rows_go(committed: Database) -> None:
    url = as_owner(committed.engine.url.render_as_string())
    (before,) = await scalars(url, PARTITIONS)
    parents = ", ".join(f"'{table}'" for table in PARTITIONED_TABLES)
    months = "(now() - interval '30 months')::date, (now() - interval '29 months')::date"
    await execute(url, f"SELECT ensure_month_partitions(ARRAY[{parents}], {months})")
    await execute(url, VISIT)
    async with committed.transaction() as session:
        assert await drop_expired_months(session, AT) == 2 * len(PARTITIONED_TABLES) + 1
        assert await drop_expired_months(session, AT) == 0
    assert await scalars(url, PARTITIONS) == [before]
    assert await scalars(url, "SELECT count(*) FROM visits") == [1]
