"""Tables that a transaction keeps for itself: rows that are found once, and read by several statements."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Executable, MetaData, Select, Table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeEngine

# what tells one statement from another, so that each is compiled once
_OF_TABLE = [("table", InternalTraversal.dp_clauseelement)]
_OF_QUERY = [("query", InternalTraversal.dp_clauseelement)]


class _Create(Executable, ClauseElement):
    """`CREATE TEMPORARY TABLE … AS query`, with the query's parameters. SQLAlchemy's own takes none."""

    inherit_cache = True
    _traverse_internals = _OF_TABLE + _OF_QUERY

    def __init__(self, table: Table, query: Select[*tuple[Any, ...]]) -> None:
        self.table = table
        self.query = query


class _Drop(Executable, ClauseElement):
    """`DROP TABLE …`. After SQLAlchemy's own every statement of the process would be prepared anew."""

    inherit_cache = True
    _traverse_internals = _OF_TABLE

    def __init__(self, table: Table) -> None:
        self.table = table


@compiles(_Drop, "postgresql")
def _drop(element: _Drop, compiler: SQLCompiler, **_: Any) -> str:
    return f"DROP TABLE {compiler.preparer.format_table(element.table)}"


@compiles(_Create, "postgresql")
def _create(element: _Create, compiler: SQLCompiler, **more: Any) -> str:
    name = compiler.preparer.format_table(element.table)
    return f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {compiler.process(element.query, **more)}"


class TemporaryTable:
    """Rows of a query, kept for a while within a transaction.

    Unlike `INSERT … SELECT`, several processes can find them at once. Nothing of them goes into the WAL.
    """

    def __init__(self, name: str, columns: Mapping[str, TypeEngine[Any]]) -> None:
        of_columns = (Column(column, kind) for column, kind in columns.items())
        self.table = Table(name, MetaData(), *of_columns, prefixes=["TEMPORARY"])

    async def fill(self, session: AsyncSession, query: Select[*tuple[Any, ...]], parameters: Mapping[str, Any]) -> int:
        """Make the table of what the query finds; answers how many rows. It goes with the transaction at the latest.

        Raises TypeError where the query has other columns, and DBAPIError where the transaction has the table already.
        """
        if query.selected_columns.keys() != self.table.c.keys():
            raise TypeError("these are not the table's columns")
        result: Any = await session.execute(_Create(self.table, query), dict(parameters))
        return int(result.rowcount)

    async def drop(self, session: AsyncSession) -> None:
        """Forget the rows."""
        await session.execute(_Drop(self.table))
