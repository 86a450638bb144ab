"""The service's role may do what `stored_tables` says and nothing else; every table has a row there."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.ground.db.session import Database
from app.ground.db.stored_tables import APPENDS, READS, SERVICE_FUNCTIONS, STORED_TABLES
from tests.databases import as_owner, connected, execute, migrate, rows, scalars

TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
"""
PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY relname"
MISSING = (
    "Add a row for it to STORED_TABLES in app/ground/db/stored_tables.py: what the service may do with its rows"
    " (append-only unless rows must change), how long they are kept and why, and what of them is personal."
)
FORBIDDEN_TO_ALL = (
    "TRUNCATE {table}",
    "DROP TABLE {table}",
    "ALTER TABLE {table} ADD COLUMN extra int",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "CREATE INDEX ON {table} ((1))",
)


async def test_every_table_says_what_the_service_may_do_with_it_and_how_long_it_is_kept(cluster_url: str) -> None:
    tables = set(await scalars(as_owner(cluster_url), TABLES))
    assert tables - STORED_TABLES.keys() == set(), MISSING
    assert STORED_TABLES.keys() - tables == set(), "app/ground/db/stored_tables.py has rows of tables that are gone"


async def columns_of(url: str) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {table: [] for table in STORED_TABLES}
    for table, column in await rows(
        url,
        "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid ="
        " attrelid AND relnamespace = 'public'::regnamespace WHERE attnum > 0"
        " AND NOT attisdropped",
    ):
        if table in columns:
            columns[table].append(column)
    return columns


def forbidden(table: str, columns: list[str]) -> Iterator[str]:
    """Statements that the service's role must not be able to run; none would touch a row."""
    rights = STORED_TABLES[table].rights
    if not rights.insert:
        yield f"INSERT INTO {table} SELECT * FROM {table} WHERE false"
    if not rights.delete:
        yield f"DELETE FROM {table} WHERE false"
    updated = columns if rights.update is True else rights.update or ()
    yield from (f'UPDATE {table} SET "{name}" = "{name}" WHERE false' for name in columns if name not in updated)
    yield from (statement.format(table=table) for statement in FORBIDDEN_TO_ALL)


async def refused(url: str, statements: list[str]) -> list[str]:
    """Those that went through, although each was to be refused for want of rights."""
    passed = []
    async with connected(url) as connection:
        for statement in statements:
            try:
                await connection.execute(text(statement))
                passed.append(statement)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != "42501":
                    passed.append(f"{statement}: {error.orig}")
            await connection.rollback()
    return passed


async def test_what_the_service_may_not_do_is_refused_for_every_table(committed_url: str) -> None:
    columns = await columns_of(committed_url)
    statements = [statement for table in STORED_TABLES for statement in forbidden(table, columns[table])]
    partitions = await scalars(committed_url, PARTITIONS)
    statements += [f"DELETE FROM {partition}" for partition in partitions]
    statements += [
        "CREATE TABLE mine ()",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION ensure_month_partitions(text[], date, date) RESET ALL",
        "DROP FUNCTION ensure_month_partitions",
        "SET ROLE fieldproof_owner",
        "SET session_replication_role = replica",
        "ALTER ROLE fieldproof SUPERUSER",
    ]
    assert await refused(committed_url, statements) == []
    wide = (
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = current_user"
    )
    assert await scalars(committed_url, wide) == [False]


async def test_what_the_service_may_do_it_can(committed_url: str) -> None:
    columns = await columns_of(committed_url)
    async with connected(committed_url) as connection:
        for table, row in STORED_TABLES.items():
            await connection.execute(text(f"SELECT FROM {table} LIMIT 1"))
            updated = columns[table] if row.rights.update is True else row.rights.update or ()
            for column in updated:
                await connection.execute(text(f'UPDATE {table} SET "{column}" = "{column}" WHERE false'))
            if row.rights.delete:
                await connection.execute(text(f"DELETE FROM {table} WHERE false"))
            if row.rights.insert:
                await connection.execute(text(f"INSERT INTO {table} SELECT * FROM {table} WHERE false"))


@pytest.mark.parametrize(
    "table",
    [
        "points_entries",
        "penalty_finalisations",
        "events",
        "check_ins",
        "order_versions",
        "outlet_locations",
        "outlet_terms",
        "missing_order_resolutions",
        "week_plan_versions",
        "points_policies",
    ],
)
def test_what_people_are_paid_and_judged_by_is_append_only(table: str) -> None:
    assert STORED_TABLES[table].rights is APPENDS
    assert STORED_TABLES["alembic_version"].rights is READS


RUN = """
    INSERT INTO cutoff_runs (id, territory_id, business_date, cutoff_at, call_deadline_at, started_at, finished_at,
        planned_visits, missing_orders, call_tasks, penalties, triggered_by)
    VALUES (gen_random_uuid(), 1, '2026-11-23', now(), now(), now(), now(), 0, 0, 0, 0, 'test')
"""
MISSING_ORDER = """
    INSERT INTO missing_orders
        (business_date, visit_id, run_id, territory_id, rep_id, outlet_id, cause, provisional, answers)
    VALUES ('2026-11-23', gen_random_uuid(), gen_random_uuid(), 1, 1, 1, 'not_visited', true, true)
"""


async def test_a_run_gets_its_counts_before_it_is_committed_and_keeps_them(committed: Database) -> None:
    counting = text("UPDATE cutoff_runs SET penalties = penalties + 1")
    async with committed.transaction() as session:
        await session.execute(text(RUN))
        await session.execute(counting)
        async with session.begin_nested():
            await session.execute(counting)
        await session.execute(counting)
    with pytest.raises(DBAPIError, match="cutoff_runs is append-only"):
        async with committed.transaction() as session:
            await session.execute(counting)
    async with committed.read_only() as session:
        assert await session.scalar(text("SELECT penalties FROM cutoff_runs")) == 3


async def test_a_missing_order_is_locked_while_it_is_settled_and_never_changed(committed: Database) -> None:
    async with committed.transaction() as session:
        await session.execute(text(MISSING_ORDER))
    async with committed.transaction() as session:
        assert await session.scalar(text("SELECT provisional FROM missing_orders FOR UPDATE"))
        with pytest.raises(DBAPIError, match=r"missing_orders\w* is append-only"):
            await session.execute(text("UPDATE missing_orders SET provisional = false"))


WITH_THE_OWNERS_RIGHTS = """
    SELECT proname,
        EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0),
        coalesce(array_to_string(proconfig, ';'), '') ~ 'search_path=public, pg_temp'
    FROM pg_proc
    WHERE prosecdef AND pronamespace = 'public'::regnamespace AND proowner = 'fieldproof_owner'::regrole
"""


async def test_what_the_owner_does_for_the_service_is_open_to_nobody_else_and_looks_nowhere_else(
    cluster_url: str,
) -> None:
    functions = await rows(as_owner(cluster_url), WITH_THE_OWNERS_RIGHTS)
    assert {name: found for name, *found in functions} == {name: [False, True] for name in SERVICE_FUNCTIONS}


async def test_months_are_made_by_the_service_only_of_tables_that_have_months_and_few_at_once(
    committed_url: str,
) -> None:
    refusals = {
        "SELECT ensure_month_partitions('{reps}', '2031-01-01', '2031-01-31')": "query returned no rows",
        "SELECT ensure_month_partitions('{visits}', '2031-01-01', '2041-01-31')": "no more than five years",
    }
    async with connected(committed_url) as connection:
        for statement, words in refusals.items():
            with pytest.raises(DBAPIError, match=words):
                await connection.execute(text(statement))
            await connection.rollback()


async def test_migrating_again_takes_back_what_was_granted_beside_it(committed_url: str) -> None:
    for given in ("DELETE ON points_entries", "UPDATE (name) ON outlets", "TRUNCATE ON events"):
        await execute(as_owner(committed_url), f"GRANT {given} TO fieldproof")
    await execute(as_owner(committed_url), "REVOKE INSERT ON events FROM fieldproof")
    await migrate(committed_url)
    held = await scalars(
        as_owner(committed_url),
        "SELECT privilege_type FROM pg_class, aclexplode(relacl) WHERE relname = 'events'"
        " AND grantee = 'fieldproof'::regrole",
    )
    assert sorted(held) == ["INSERT", "SELECT"]
    assert await refused(committed_url, ["DELETE FROM points_entries"]) == []
