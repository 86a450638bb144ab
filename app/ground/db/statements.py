"""How statements are run, and their rows read: straight to the driver, with arrays, over relations, by name."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    ClauseElement,
    ColumnElement,
    Dialect,
    Result,
    Select,
    Text,
    bindparam,
    column,
    create_engine,
    func,
    select,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler

from app.ground.db.base import Base
from app.ground.db.outages import DRIVER_ERRORS
from app.ground.db.upserts import types_of

T = TypeVar("T")

AUTOCOMMIT = "autocommit"
"""The key in a session's `info` that says that it has no transaction."""

_CONNECTION = "direct_connection"
_BEGIN_PLANNED_ONCE = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan"
_DIALECT: Dialect = create_engine("postgresql+asyncpg://").dialect


class DirectStatement:
    """A statement whose text never changes, only its parameters.

    SQLAlchemy builds, compiles and looks after each statement; for the handful that every order runs, that costs
    several times what the driver itself needs. This one is compiled once, by SQLAlchemy, and then runs on the session's
    own connection, within the session's transaction. What that saves: decision 15.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement

    @cached_property
    def _compiled(self) -> tuple[str, list[str], dict[str, Any]]:
        """The SQL, its parameters' names in their order, and the values of those that are constants."""
        compiled = self.statement.compile(dialect=_DIALECT)
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
        try:
            rows: list[Any] = await connection.fetch(sql, *values)
        except DRIVER_ERRORS:
            if connection.is_closed():  # SQLAlchemy has not seen it die, and would hand it out again
                await (await session.connection()).invalidate()
            raise
        return rows


async def _connection_of(session: AsyncSession) -> asyncpg.Connection:
    """The driver's connection under the session, with the session's transaction, if it has one, begun on it."""
    pooled = await session.connection()
    connection: Any = (await pooled.get_raw_connection()).driver_connection
    if not (session.info.get(AUTOCOMMIT) or connection.is_in_transaction()):
        # the driver's BEGIN goes out with the first statement of SQLAlchemy's, which also forgets connections that died
        await pooled.exec_driver_sql("SELECT 1")
    session.info[_CONNECTION] = connection
    return connection


@asynccontextmanager
async def planned_once(session: AsyncSession) -> AsyncIterator[None]:
    """A transaction on a session of AUTOCOMMIT, whose statements a connection plans once; committed where the block
    ends, rolled back where it raises.

    By the driver alone: one round trip to begin and one to end. Raises NotCommitted where PostgreSQL would not, and
    asyncpg's errors.
    """
    connection = await _connection_of(session)
    try:
        await connection.execute(_BEGIN_PLANNED_ONCE)
        yield
        if session.new or session.dirty or session.deleted:
            await session.flush()  # as SQLAlchemy's own commit would
        done = await connection.execute("COMMIT")
    except BaseException as error:
        await _roll_back(session, connection, error)
        raise
    if done != "COMMIT":
        raise NotCommitted(f"COMMIT was answered with {done}: a statement had failed before.")


class NotCommitted(Exception):
    """A transaction was rolled back where it was to be committed."""


async def _roll_back(session: AsyncSession, connection: asyncpg.Connection, error: BaseException) -> None:
    """Roll back, or give the connection up: whatever was begun on it ends with it."""
    if isinstance(error, Exception) and not connection.is_closed():
        try:
            await connection.execute("ROLLBACK")  # also where nothing was begun: it shows that the connection lives
        except DRIVER_ERRORS as failure:
            error.add_note(f"and the rollback failed: {failure!r}")
        else:
            return
    await (await session.connection()).invalidate()


class Columns:
    """Columns of a table, each with the path of its value within a record: `{"outlet_id": "outlet.id"}`.

    For sets of rows that are written by one statement (`insert_rows`).
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.paths = dict(paths)
        self.names = tuple(paths)
        self._values = attrgetter(*paths.values())

    def rows(self, records: Iterable[Any]) -> list[dict[str, Any]]:
        """The values of records by column. Raises AttributeError for a path of none."""
        names = self.names
        return [dict(zip(names, values, strict=True)) for values in map(self._values, records)]


def document(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the parameter of `insert_rows`: decimals and instants keep every digit.

    The driver takes five times as long for an array of each column: it looks at each element several times.
    """
    return orjson.dumps(rows, default=_told).decode()


def _told(value: object) -> str:
    if isinstance(value, Decimal | UUID):  # of the driver's own class of them
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"a {type(value).__name__} is no value of a column")


def in_utc(at: datetime | None) -> datetime | None:
    """An instant of a device's clock as it can be told: PostgreSQL's text knows no offset past 15:59."""
    return at if at is None or at.tzinfo is UTC else at.astimezone(UTC)


def insert_rows(mapped: type[Base], names: Sequence[str], parameter: str = "rows") -> Insert:
    """`INSERT INTO its table (names) SELECT … FROM json_to_recordset(:parameter)`: a `document` of rows.

    Made from the table: a column's type is that of the row's member. Rows are written in their order.
    """
    source = given_rows(types_of(mapped.__table__, *names), parameter)
    statement: Insert = insert(mapped).from_select(
        list(names), select(*(source.c[name] for name in names)), include_defaults=False
    )
    return statement


def given_rows(types: Mapping[str, Any], parameter: str = "rows") -> Any:
    """A FROM clause over a `document` of rows: a column of its type for each of these members."""
    return (
        func.json_to_recordset(cast_to(bindparam(parameter, type_=Text()), JSON))
        .table_valued(*(column(name, kind) for name, kind in types.items()))
        .render_derived(name=f"given_{parameter}", with_types=True)
    )


def array_parameter(name: str, kind: Any) -> ColumnElement[Any]:
    """A parameter that is an array of a type. The driver knows no array of JSON: that one goes as text."""
    if isinstance(kind, JSONB):
        return cast_to(bindparam(name, type_=ARRAY(Text)), ARRAY(JSONB))
    return bindparam(name, type_=ARRAY(kind))


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows that one domain names and another one writes: a query goes over, not a row, however many (decision 38).

    The query is a constant of its module: whoever builds a statement around it builds that once.
    """

    rows: Select[*tuple[Any, ...]]
    parameters: Mapping[str, Any] = field(default_factory=dict)


def records_of(kind: Callable[..., T], result: Result[*tuple[Any, ...]]) -> list[T]:
    """A record of this kind for each row: each column is named like the field that it fills.

    Raises TypeError where a column has no field, or a field no column.
    """
    names = tuple(result.keys())
    return [kind(**dict(zip(names, row, strict=True))) for row in result]


def record_of(kind: Callable[..., T], result: Result[*tuple[Any, ...]]) -> T | None:
    """The record of the only row; None where there is none. Raises MultipleResultsFound, TypeError likewise."""
    row = result.one_or_none()
    return None if row is None else kind(**row._asdict())


def maker_of(kind: Callable[..., T]) -> Callable[[Any], T]:
    """A function that makes such a record (a dataclass) of a row of a `DirectStatement`, which may have more columns.

    For the way of every upload: it costs no more than by position. Raises KeyError where a field has no column.
    """
    values = itemgetter(*(field.name for field in fields(cast(Any, kind))))
    return lambda row: kind(*values(row))
