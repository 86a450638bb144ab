"""Sets of rows go to the database as one JSON parameter: one statement, whatever the number of rows."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    DateTime,
    FromClause,
    Integer,
    RowMapping,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType, TypeEngine

from app.ground.db.base import CURRENT_XACT
from app.ground.errors import FieldProblem

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


Values = Mapping[str, Any]
"""Columns of a record by their names."""

Merge = Callable[[Values | None, Values], Values | tuple[FieldProblem, ...]]
"""What a record becomes: of what it is (None: there is none yet) and what is said of it, or why that cannot be.

The answer has every column but for those of `Versioned`, always the same ones, `code` not among them.
"""


class Master(NamedTuple):
    """A master record after an upsert: its id, its version, and what it was (None: it was made) and is."""

    id: int
    version: int
    before: Values | None
    after: Values

    @property
    def created(self) -> bool:
        """Whether the upsert made it."""
        return self.before is None

    @property
    def changed(self) -> bool:
        """Whether the upsert made or changed it."""
        return self.before != self.after


async def upsert_by_code(
    session: AsyncSession, table: Table, rows: Mapping[str, Values], at: datetime, merge: Merge
) -> dict[str, Master | tuple[FieldProblem, ...]]:
    """Make or change master records by code; what is not said of one stays as it is, the version of what stays, too.

    By five statements at the most, however many rows. Each code's record, or why it could not be made or changed like
    this. All records are locked until the commit, in the order of their codes and after those that are new are made,
    so that two batches never wait for each other in a circle.
    """
    if not rows:
        return {}
    existing = set(await session.scalars(_existing(table), {"codes": list(rows)}))
    # in threads: 20,000 rows of an import would keep everyone else waiting
    fresh = await asyncio.to_thread(lambda: {c: merge(None, given) for c, given in rows.items() if c not in existing})
    new = await _insert_all(session, table, {c: row for c, row in fresh.items() if not isinstance(row, tuple)}, at)
    records = await _locked(session, table, [code for code in rows if code not in new])
    outcomes = {code: problems for code, problems in fresh.items() if isinstance(problems, tuple)} | new
    outcomes |= await asyncio.to_thread(_merged, records, rows, merge)
    changes = {
        code: outcome
        for code, outcome in outcomes.items()
        if isinstance(outcome, Master) and outcome.changed and not outcome.created
    }
    if changes:
        columns = [{"id": change.id, **change.after} for change in changes.values()]
        await session.execute(_update(table, tuple(columns[0])), {"rows": as_json(columns), "at": at})
    return outcomes


async def _insert_all(session: AsyncSession, table: Table, rows: Mapping[str, Values], at: datetime) -> dict[str, Any]:
    """Insert those that are not there; those that were made."""
    if not rows:
        return {}
    columns = [{"code": code, **row} for code, row in rows.items()]
    result = await session.execute(_insert(table, tuple(columns[0])), {"rows": as_json(columns), "at": at})
    return {row.code: Master(row.id, row.version, None, rows[row.code]) for row in result}


async def _locked(session: AsyncSession, table: Table, codes: Sequence[str]) -> Sequence[RowMapping]:
    """These records as they are, locked until the commit."""
    return (await session.execute(_lock(table), {"codes": codes})).mappings().all() if codes else ()


def _merged(
    records: Sequence[RowMapping], rows: Mapping[str, Values], merge: Merge
) -> dict[str, Master | tuple[FieldProblem, ...]]:
    outcomes: dict[str, Master | tuple[FieldProblem, ...]] = {}
    for record in records:
        code = record["code"]
        columns = {str(name): value for name, value in record.items()}
        after = merge(columns, rows[code])
        if isinstance(after, tuple):
            outcomes[code] = after
        else:
            before = {name: columns[name] for name in after}
            outcomes[code] = Master(record["id"], record["version"] + (before != after), before, after)
    return outcomes


_AT = bindparam("at", type_=DateTime(timezone=True))


@cache
def _existing(table: Table) -> Any:
    return select(table.c.code).where(table.c.code == _CODES)


@cache
def _insert(table: Table, names: tuple[str, ...]) -> Any:
    source = recordset(types_of(table, *names))
    rows = select(*(source.c[name] for name in names), _AT.label("created_at"), _AT.label("updated_at"))
    return (
        insert(table)
        .from_select([*names, "created_at", "updated_at"], rows.order_by(source.c.code))
        .on_conflict_do_nothing(index_elements=[table.c.code])
        .returning(table.c.id, table.c.code, table.c.version)
    )


@cache
def _lock(table: Table) -> Any:
    return select(table).where(table.c.code == _CODES).order_by(table.c.code).with_for_update(key_share=True)


@cache
def _update(table: Table, names: tuple[str, ...]) -> Any:
    source = recordset(types_of(table, *names))
    return (
        update(table)
        .where(table.c.id == source.c.id)
        .values({name: source.c[name] for name in names if name != "id"})
        .values(version=table.c.version + 1, updated_at=_AT, changed_in=CURRENT_XACT)
    )
