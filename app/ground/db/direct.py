"""Constant statements that go straight to the driver: for the way of every upload.

SQLAlchemy builds, compiles and looks after each statement; for the handful that every order runs, that costs several
times what the driver itself needs. A `DirectStatement` is compiled once, by SQLAlchemy, and then runs on the session's
own connection, within the session's transaction.

What that saves: decision 15.
"""

from functools import cached_property
from typing import Any

import asyncpg
from sqlalchemy import ClauseElement, Dialect, create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler

AUTOCOMMIT = "autocommit"
"""The key in a session's `info` that says that it has no transaction."""

_CONNECTION = "direct_connection"
_BEGIN = text("SELECT 1")
_DIALECT: Dialect = create_engine("postgresql+asyncpg://").dialect


class DirectStatement:
    """A statement whose text never changes, only its parameters."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @cached_property
    def _compiled(self) -> tuple[str, list[str], dict[str, Any]]:
        """The SQL, its parameters' names in their order, and the values of those that are constants."""
        compiled = self._statement.compile(dialect=_DIALECT)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("this is no SQL statement")
        constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        return compiled.string, list(compiled.positiontup or ()), constants

    async def rows(self, session: AsyncSession, parameters: dict[str, Any]) -> list[Any]:
        """Run it within the session's transaction; its rows, which can be unpacked and indexed like tuples.

        Raises asyncpg's errors as they are, and KeyError where a parameter is missing.
        """
        sql, names, constants = self._compiled
        connection = session.info.get(_CONNECTION) or await _connection_of(session)
        values = [parameters[name] if name in parameters else constants[name] for name in names]
        rows: list[Any] = await connection.fetch(sql, *values)
        return rows


async def _connection_of(session: AsyncSession) -> asyncpg.Connection:
    """The driver's connection under the session, with the session's transaction, if it has one, begun on it."""
    pooled = await (await session.connection()).get_raw_connection()
    connection: Any = pooled.driver_connection
    if not (session.info.get(AUTOCOMMIT) or connection.is_in_transaction()):
        await session.execute(_BEGIN)  # the driver's BEGIN goes out with the first statement of SQLAlchemy's
    session.info[_CONNECTION] = connection
    return connection
