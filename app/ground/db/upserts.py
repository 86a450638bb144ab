"""Sets of rows go to the database as one JSON parameter: one statement, whatever the number of rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from typing import cast as cast_type

import orjson
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    DefaultClause,
    FromClause,
    Insert,
    Integer,
    Table,
    Text,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType, TypeEngine

from app.ground.db.base import CURRENT_XACT

_CODES = any_(bindparam("codes", type_=ARRAY(Text)))


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """The value of the parameter `:rows` of a `recordset`. Decimals and instants keep every digit."""
    return orjson.dumps(list(rows), default=str).decode()


def recordset(columns: Mapping[str, TypeEngine[Any]]) -> Any:
    """A FROM clause over the parameter `:rows`, with a column for each member that the JSON objects have."""
    return (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(name, kind) for name, kind in columns.items()))
        .render_derived(name="given", with_types=True)
    )


def types_of(table: FromClause, *names: str) -> dict[str, TypeEngine[Any]]:
    """The types of some columns of a table, for `recordset`.

    A foreign key's type is unknown until the table that it points to is loaded; masters' ids are integers.
    """
    types = {name: table.c[name].type for name in names}
    return {name: Integer() if isinstance(kind, NullType) else kind for name, kind in types.items()}


class Master(NamedTuple):
    """A master record after an upsert: its id, its version, and whether this upsert made or changed it."""

    id: int
    version: int
    changed: bool

    @property
    def created(self) -> bool:
        """Whether the upsert made it: a changed record has version 2 at least."""
        return self.changed and self.version == 1


async def upsert_by_code(
    session: AsyncSession,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    at: datetime,
    *,
    optional: tuple[str, ...] = (),
) -> dict[str, Master]:
    """Insert or update master records by their code, by two statements; the version of what does not change stays.

    Every row has the same members, `code` among them, and no code comes twice. All rows are locked until the commit, in
    the order of their codes, so that two batches never wait for each other.

    The members `optional` may be missing from a row: an existing record keeps its value then (the rows are locked
    first, by one statement more), and a new one gets the column's default.
    """
    if not rows:
        return {}
    codes = [row["code"] for row in rows]
    names = tuple(dict.fromkeys((*rows[0], *optional)))
    if any(name not in row for row in rows for name in optional):
        await session.execute(_lock(table), {"codes": codes})
        rows = [{_given(name): name in row for name in optional} | dict(row) for row in rows]
        statement = _upsert(table, names, optional)
    else:
        statement = _upsert(table, names)
    changed = set((await session.execute(statement, {"rows": as_json(rows), "at": at})).scalars())
    versions = await session.execute(_versions(table), {"codes": codes})
    return {code: Master(id_, version, code in changed) for code, id_, version in versions}


@cache
def _upsert(table: Table, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> Insert:
    source = recordset(types_of(table, *names) | {_given(name): Boolean() for name in optional})
    at = bindparam("at", type_=DateTime(timezone=True))
    current = table.alias("stands")

    def value(name: str) -> ColumnElement[Any]:
        if name not in optional:
            return cast_type(ColumnElement[Any], source.c[name])
        default = table.c[name].server_default
        standing = select(current.c[name]).where(current.c.code == source.c.code).scalar_subquery()
        first = func.coalesce(standing, default.arg) if isinstance(default, DefaultClause) else standing
        return case((source.c[_given(name)], source.c[name]), else_=first)

    columns = (value(name).label(name) for name in names)
    rows = select(*columns, at.label("created_at"), at.label("updated_at")).order_by(source.c.code)
    statement = insert(table).from_select([*names, "created_at", "updated_at"], rows)
    excluded = statement.excluded
    values = [name for name in names if name != "code"]
    return statement.on_conflict_do_update(
        index_elements=[table.c.code],
        set_={name: excluded[name] for name in [*values, "updated_at"]}
        | {"version": table.c.version + 1, "changed_in": CURRENT_XACT},
        where=or_(*(table.c[name].is_distinct_from(excluded[name]) for name in values)),
    ).returning(table.c.code)


def _given(name: str) -> str:
    return f"{name}_given"


@cache
def _lock(table: Table) -> Any:
    return select(table.c.id).where(table.c.code == _CODES).order_by(table.c.code).with_for_update(key_share=True)


@cache
def _versions(table: Table) -> Any:
    return select(table.c.code, table.c.id, table.c.version).where(table.c.code == _CODES)
