"""Which tables an SQL statement writes, and which it reads, as PostgreSQL would understand it."""

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Copy, exp.Into, exp.Alter, exp.Create)
_WRITES_SEVERAL = (exp.Drop, exp.TruncateTable)


class UnreadableError(Exception):
    """A statement of which it cannot be said what it writes."""


@dataclass(frozen=True)
class Tables:
    """The tables of a statement by name. One that is written and read as well is in both."""

    written: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()


def tables_of(sql: str) -> Tables:
    """The tables that statements, or a fragment of one, name. Raises UnreadableError where they are not understood."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="postgres") if tree is not None]
    except SqlglotError as error:
        raise UnreadableError(str(error)) from error
    if any(tree.find(exp.Command) for tree in trees):
        raise UnreadableError(f"not understood: {sql.strip()[:60]}")
    targets = [target for tree in trees for target in _targets(tree)]
    ids = {id(target) for target in targets}
    read = [
        table
        for tree in trees
        for table in tree.find_all(exp.Table)
        if id(table) not in ids and _is_table(table) and not _names_a_query(table)
    ]
    return Tables(frozenset(map(_name, targets)), frozenset(map(_name, read)))


def _targets(tree: exp.Expr) -> list[exp.Table]:
    """What the statement and those inside of it write."""
    targets = [statement.this for statement in tree.find_all(*_WRITES)]
    for statement in tree.find_all(*_WRITES_SEVERAL):
        targets += [*statement.expressions, *statement.args.get("tables", ())]
    tables = [target.this if isinstance(target, exp.Schema) else target for target in targets]
    tables = [table.args["table"] if isinstance(table, exp.Index) else table for table in tables]
    return [table for table in tables if isinstance(table, exp.Table)]


def _is_table(table: exp.Table) -> bool:
    """Not a function that gives rows, nor the alias that FOR UPDATE OF names."""
    return isinstance(table.this, exp.Identifier) and table.find_ancestor(exp.Lock) is None


def _name(table: exp.Table) -> str:
    name: exp.Identifier = table.this
    return name.name if name.quoted else name.name.lower()


def _names_a_query(table: exp.Table) -> bool:
    """Whether the name is that of a WITH query in whose sight it stands."""
    node: exp.Expr | None = table
    while node is not None:
        parent = node.parent
        if isinstance(parent, exp.With):
            # within a WITH query the earlier ones are in sight, and itself where it is recursive
            earlier = parent.expressions[: parent.expressions.index(node)]
            if _name(table) in _aliases(parent.expressions if parent.recursive else earlier):
                return True
            node = parent.parent
        else:
            if (
                parent is not None
                and (with_ := parent.args.get("with_"))
                and _name(table) in _aliases(with_.expressions)
            ):
                return True
            node = parent
    return False


def _aliases(queries: list[exp.Expr]) -> set[str]:
    return {query.alias.lower() for query in queries}
