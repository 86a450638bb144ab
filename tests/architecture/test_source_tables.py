"""What reads tables out of sources and statements sees every write, and takes nothing else for one."""

import pytest

from tests.architecture.source_tables import Found, tables_in
from tests.architecture.statement_tables import Tables, UnreadableError, tables_of

PRELUDE = """
from typing import Any
import sqlalchemy as sa
from sqlalchemy import Table, column, delete, insert, select, table, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert as put
from sqlalchemy.orm import aliased
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.statements import DirectStatement
from app.ground.db.upserts import upsert_by_code
VISITS = Visit.__table__
_of = aliased(Visit)
"""


def read(planted: str) -> Found:
    """What is found in a module of this text."""
    namespace: dict[str, object] = {}
    exec(PRELUDE + planted, namespace)
    return tables_in(PRELUDE + planted, namespace)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO visits (id) VALUES (1)",
        "insert into visits select * from unnest(:ids)",
        'INSERT INTO "visits" AS stands (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id',
        "INSERT INTO public.visits TABLE orders",
        "INSERT\n    INTO\n    VISITS (id) SELECT id FROM orders",
        "-- of orders\nUPDATE visits SET sequence = 1",
        "UPDATE ONLY visits AS orders SET sequence = 1 FROM reps WHERE reps.id = orders.rep_id",
        "/* UPDATE orders SET a = 1 */ DELETE FROM visits USING orders WHERE orders.id = visits.id",
        "WITH gone AS (DELETE FROM visits RETURNING id) SELECT id FROM gone",
        "WITH a AS (SELECT 1), b AS (UPDATE visits SET id = 1 RETURNING id), c AS (SELECT 2) SELECT * FROM a, c",
        "WITH visits AS (INSERT INTO visits DEFAULT VALUES RETURNING id) SELECT * FROM visits",
        "MERGE INTO visits USING orders ON orders.id = visits.id WHEN MATCHED THEN DELETE",
        "SELECT 1; DELETE FROM visits",
        "SELECT * INTO visits FROM orders",
        "TRUNCATE visits",
        "COPY visits FROM STDIN",
        "ALTER TABLE visits ADD COLUMN a int",
        "DROP TABLE visits",
        "CREATE INDEX a ON visits (id)",
    ],
)
def test_a_statement_that_writes_is_known_by_its_target(statement: str) -> None:
    assert tables_of(statement).written == {"visits"}
    assert read(f"_A = text({statement!r})").written == {"visits"}
    assert read(f"_A = DirectStatement(sa.text({statement!r}).bindparams())").written == {"visits"}


@pytest.mark.parametrize(
    ("statement", "tables_read"),
    [
        ("SELECT 'DELETE FROM orders' FROM visits -- JOIN orders", {"visits"}),
        ("SELECT * FROM visits AS orders JOIN reps ON true", {"visits", "reps"}),
        ("SELECT orders.visits FROM reps AS orders", {"reps"}),
        ("SELECT (SELECT count(*) FROM ONLY visits), EXISTS (SELECT FROM public.reps)", {"visits", "reps"}),
        (
            "SELECT * FROM unnest(:a) AS visits (a), jsonb_to_recordset(:b) AS orders (b int), generate_series(1, 2)",
            set(),
        ),
        ("WITH orders AS (SELECT * FROM visits) SELECT * FROM orders", {"visits"}),
        ("WITH visits AS (SELECT * FROM visits) SELECT * FROM visits", {"visits"}),
        ("WITH RECURSIVE orders AS (SELECT 1 UNION SELECT * FROM orders) SELECT * FROM orders", set()),
        ("WITH a AS (SELECT * FROM orders), orders AS (SELECT 1) SELECT * FROM orders", {"orders"}),
        ("SELECT * FROM (WITH orders AS (SELECT 1) SELECT * FROM orders) a, orders", {"orders"}),
        ("SELECT task.id FROM call_tasks AS task FOR NO KEY UPDATE OF task SKIP LOCKED", {"call_tasks"}),
        ("SELECT * FROM visits CROSS JOIN LATERAL (SELECT * FROM orders OFFSET 0) o", {"visits", "orders"}),
        ("TABLE visits", {"visits"}),
        ("outlet_id = 1 AND EXISTS (SELECT FROM visits)", {"visits"}),
        ("priority DESC", set()),
    ],
)
def test_what_a_statement_reads_is_no_string_no_comment_and_no_alias(statement: str, tables_read: set[str]) -> None:
    assert tables_of(statement) == Tables(frozenset(), frozenset(tables_read))
    assert read(f"_A = text({statement!r})").read == tables_read


def test_a_table_that_a_statement_writes_and_reads_is_both() -> None:
    found = tables_of("DELETE FROM visits WHERE id IN (SELECT id FROM visits LIMIT 1)")
    assert found == Tables(frozenset({"visits"}), frozenset({"visits"}))


@pytest.mark.parametrize(
    "statement",
    [
        "LOCK TABLE visits",
        "DO $$ BEGIN DELETE FROM visits; END $$",
        "CALL forget()",
        "EXPLAIN DELETE FROM visits",
        "DELETE FROM visits WHERE (",
    ],
)
def test_what_cannot_be_understood_is_not_let_pass(statement: str) -> None:
    with pytest.raises(UnreadableError):
        tables_of(statement)
    assert read(f"_A = text({statement!r})").unreadable


@pytest.mark.parametrize(
    "planted",
    [
        "_A = insert(Visit).values(id=1)",
        "_A = put(VISITS).from_select(['id'], select(_of.id))",
        "_A = postgresql.insert(Visit.__table__)",
        "_A = sa.update(_of).values(id=1)",
        "_A = VISITS.delete()",
        "_A = insert(table('visits', column('id')))",
        "_A = insert(Base.metadata.tables[Visit.__tablename__])",
        "_A = postgresql.Insert(Visit)",
        "_A = text('DELETE ' 'FROM visits')",
        "SQL = 'DELETE FROM visits'\n_A = text(SQL)",
        "async def f(connection):\n    await connection.fetch('  delete from visits')",
        "async def f(connection):\n    await connection.copy_records_to_table('visits', records=[])",
        "def f():\n    rows = VISITS\n    return select(delete(rows).returning(rows.c.id).cte('gone'))",
        "async def f(session):\n    session.add(Visit(id=1))",
        "async def f(session):\n    visits = [Visit(id=id_) for id_ in range(3)]\n    session.add_all(visits)",
        "async def f(session, visit: Visit):\n    await session.delete(visit)",
        "async def f(visit: Visit):\n    visit.sequence = 1",
        "def f(visit: Visit | None):\n    visit.sequence += 1",
        "def f(visit: Visit):\n    setattr(visit, 'sequence', 1)",
        "async def find() -> Visit | None: ...\nasync def f():\n    visit = await find()\n    visit.sequence = 1",
        "async def f(session):\n    visit = await session.get(Visit, 1)\n    visit.sequence = 1",
        "async def f(session):\n    visit = (await session.scalars(select(Visit))).one()\n    visit.sequence = 1",
        "async def f(session):\n    q = select(Visit)\n    visit = await session.scalar(q)\n    visit.sequence = 1",
        "async def f(session):\n    return await upsert_by_code(session, VISITS, [], None)",
        "def f(session):\n    session.bulk_insert_mappings(Visit, [])",
    ],
)
def test_a_write_is_seen_however_it_is_put(planted: str) -> None:
    found = read(planted)
    assert (found.written, found.unreadable) == ({"visits"}, ())


@pytest.mark.parametrize(
    "planted",
    [
        "def f(rows):\n    return insert(rows)",
        "def f():\n    for rows in (VISITS,):\n        delete(rows)",
        "def f():\n    for VISITS in ():\n        delete(VISITS)",
        "def f(name):\n    return text(f'DELETE FROM {name}')",
        "def f(connection, name):\n    return connection.execute(f'DELETE FROM {name}')",
        "def f(name):\n    return text('DELETE FROM ' + name)",
        "def f(sql):\n    return text(sql)",
        "async def f(connection, name):\n    await connection.copy_records_to_table(name, records=[])",
        "async def f(session, visit):\n    await session.delete(visit)",
    ],
)
def test_a_write_of_which_the_table_is_not_said_is_not_let_pass(planted: str) -> None:
    assert read(planted).unreadable


@pytest.mark.parametrize(
    "planted",
    [
        '"""Delete from visits what nobody needs."""',
        "def f():\n    '''Insert into visits.'''",
        "rows = [1]\nrows.insert(0, 2)\nnames = {}\nnames.update(visits=1)",
        "summary = 'Update visits'",
        "async def f(session, row):\n    row.sequence = await session.scalar(select(Visit.sequence))",
        "async def f(session):\n    row = await session.scalar(select(Visit.sequence))\n    row.real = 1",
        "A = select(Visit.id).join(_of, _of.id == Visit.id).with_for_update()",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    id: int\ndef f(a: 'A'):\n    a.id = 1",
    ],
)
def test_what_writes_nothing_is_not_taken_for_a_write(planted: str) -> None:
    assert read(planted) == Found((), ())


def test_a_table_that_is_named_by_a_string_is_read() -> None:
    assert read("_A = table('orders', column('id'))\n_B = Base.metadata.tables['reps']").read == {"orders", "reps"}
