"""Sets of rows go to the database as one JSON parameter: one statement, whatever the number of rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    DateTime,
    FromClause,
    Insert,
    Integer,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType, TypeEngine

from app.db.base import CURRENT_XACT


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
    known = {name: table.c[name].type for name in names}
    return {name: Integer() if isinstance(kind, NullType) else kind for name, kind in known.items()}


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
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]], at: datetime
) -> dict[str, Master]:
    """Insert or update master records by their code, by two statements; the version of what does not change stays.

    Every row has the same members, `code` among them, and no code comes twice. All rows are locked until the commit, in
    the order of their codes, so that two batches never wait for each other.
    """
    if not rows:
        return {}
    statement = _upsert(table, tuple(rows[0]))
    changed = set((await session.execute(statement, {"rows": as_json(rows), "at": at})).scalars())
    found = await session.execute(_versions(table), {"codes": [row["code"] for row in rows]})
    return {code: Master(id_, version, code in changed) for code, id_, version in found}


@cache
def _upsert(table: Table, names: tuple[str, ...]) -> Insert:
    given = recordset(types_of(table, *names))
    at = bindparam("at", type_=DateTime(timezone=True))
    rows = select(*given.c, at.label("created_at"), at.label("updated_at")).order_by(given.c.code)
    statement = insert(table).from_select([*names, "created_at", "updated_at"], rows)
    excluded = statement.excluded
    values = [name for name in names if name != "code"]
    return statement.on_conflict_do_update(
        index_elements=[table.c.code],
        set_={name: excluded[name] for name in [*values, "updated_at"]}
        | {"version": table.c.version + 1, "changed_in": CURRENT_XACT},
        where=or_(*(table.c[name].is_distinct_from(excluded[name]) for name in values)),
    ).returning(table.c.code)


@cache
def _versions(table: Table) -> Any:
    codes = any_(bindparam("codes", type_=ARRAY(Text)))
    return select(table.c.code, table.c.id, table.c.version).where(table.c.code == codes)
