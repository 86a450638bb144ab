"""A subquery that names a table of the query around it means that query's row, and does not read the table anew.

SQLAlchemy correlates a subquery with the query right around it alone: what it names of one further out becomes a table
of its own, joined to nothing, and the condition is true as soon as any row fits. `plans.looked_up` correlates with all.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlglot
from sqlalchemy import Select, SelectBase, UpdateBase, column, exists, select, table
from sqlalchemy.dialects import postgresql
from sqlglot import exp

import app
from app.ground.db.statements import DirectStatement

ORDERS, VISITS, REPS = (table(name, column("id"), column("rep_id")) for name in ("orders", "visits", "reps"))


@dataclass(frozen=True)
class KeptStatement:
    """A statement that a module keeps, built and not written as text, by the module's name and its own."""

    name: str
    sql: str


def kept_statements() -> Iterator[KeptStatement]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        for name, value in vars(importlib.import_module(module.name)).items():
            statement = value.statement if isinstance(value, DirectStatement) else value
            if isinstance(statement, UpdateBase | SelectBase):
                sql = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
                yield KeptStatement(f"{module.name}.{name}", str(sql))


def tables_read_anew(sql: str) -> set[str]:
    """The tables that a subquery reads under the very name by which a query around it knows them."""
    return {
        name
        for query in sqlglot.parse_one(sql, dialect="postgres").find_all(exp.Select)
        for around in queries_around(query)
        for name in sources_of(query) & sources_of(around)
    }


def queries_around(query: exp.Select) -> Iterator[exp.Select]:
    """The queries for each of whose rows a subquery is asked. What stands in a FROM or WITH is asked for no row."""
    node: exp.Expr = query
    while node.parent is not None:
        node, below = node.parent, node
        if isinstance(node, exp.CTE | exp.From) or (isinstance(node, exp.Join) and below.arg_key == "this"):
            return
        if isinstance(node, exp.Select):
            yield node


def sources_of(query: exp.Select) -> set[str]:
    """What a query calls the tables that its own FROM reads."""
    joins = [join.this for join in query.args.get("joins") or ()]
    first = query.args.get("from_")
    return {source.alias_or_name for source in [*([first.this] if first else []), *joins]}


def test_no_kept_statement_reads_a_table_anew_that_a_query_around_it_reads() -> None:
    statements = list(kept_statements())
    assert len(statements) > 80
    assert [kept.name for kept in statements if tables_read_anew(kept.sql)] == []


@pytest.mark.parametrize(
    ("statement", "anew"),
    [
        (select(VISITS).where(exists().where(ORDERS.c.rep_id == VISITS.c.rep_id)), set()),
        (
            select(VISITS).where(
                exists().where(
                    REPS.c.id == VISITS.c.rep_id,
                    exists().where(ORDERS.c.rep_id == REPS.c.id, ORDERS.c.id == VISITS.c.id),
                )
            ),
            {"visits"},
        ),
        (select(VISITS).where(VISITS.c.id.in_(select(VISITS.alias("other").c.id))), set()),
        (select(VISITS.c.id).join(select(VISITS.c.rep_id).subquery("drawn"), VISITS.c.id == column("x")), set()),
    ],
)
def test_what_is_read_anew_is_found(statement: Select[int], anew: set[str]) -> None:
    assert tables_read_anew(str(statement)) == anew
