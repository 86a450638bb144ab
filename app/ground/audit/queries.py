"""All SQL of the audit trail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Table,
    Text,
    any_,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.models import AuditEntry
from app.ground.audit.rules import Change, ChangeAuthor
from app.ground.db.statements import records_of
from app.ground.db.upserts import recordset, types_of
from app.ground.web.amounts import decimal_text
from app.ground.web.fields import wall_time_text

_entries = cast(Table, AuditEntry.__table__)
_rows = recordset(types_of(_entries, "kind", "code", "before", "after"))
_given = {
    name: bindparam(name, type_=_entries.c[name].type) for name in ("at", "actor", "actor_id", "channel", "request_id")
}
_INSERT = insert(_entries).from_select(
    [*_rows.c.keys(), *_given],
    select(*_rows.c, *(parameter.label(name) for name, parameter in _given.items())),
)

_moments = (
    func.unnest(bindparam("codes", type_=ARRAY(Text)), bindparam("moments", type_=ARRAY(DateTime(timezone=True))))
    .table_valued(column("code", Text), column("moment", DateTime(timezone=True)), name="given")
    .render_derived()
)
# the null of a record that was made stays one within the list
_LATER = (
    select(
        _moments.c.code,
        _moments.c.moment,
        func.jsonb_agg(aggregate_order_by(AuditEntry.before, AuditEntry.id)).label("befores"),
    )
    .join(AuditEntry, (AuditEntry.code == _moments.c.code) & (AuditEntry.at > _moments.c.moment))
    .where(AuditEntry.kind == bindparam("kind", type_=Text))
    .group_by(_moments.c.code, _moments.c.moment)
)


async def insert_entries(
    session: AsyncSession, changes: Sequence[Change], author: ChangeAuthor, at: datetime, request_id: str | None
) -> None:
    """Write an entry for each change, by one statement."""
    rows = [
        {"kind": change.kind.value, "code": change.code, "before": change.before, "after": change.after}
        for change in changes
    ]
    parameters = {
        "rows": orjson.dumps(rows, default=_api_text, option=orjson.OPT_PASSTHROUGH_DATETIME).decode(),
        "at": at,
        "actor": author.actor,
        "actor_id": author.actor_id,
        "channel": author.channel.value,
        "request_id": request_id,
    }
    await session.execute(_INSERT, parameters)


def _api_text(value: Any) -> str:
    """A value as the API writes it."""
    match value:
        case Decimal():
            return decimal_text(value)
        case time():
            return wall_time_text(value)
        case date():  # an instant, too
            return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no member of a record")


async def later_changes(
    session: AsyncSession, kind: str, moments: Collection[tuple[str, datetime]]
) -> dict[tuple[str, datetime], list[Any]]:
    """What each change of these records after these moments had found, the earliest first; by one statement."""
    parameters = {"kind": kind, "codes": [code for code, _ in moments], "moments": [at for _, at in moments]}
    rows = await session.execute(_LATER, parameters)
    return {(row.code, row.moment): row.befores for row in rows}


# the condition of `ix_audit_entries_places`, to the letter: as a parameter no plan could use the index
_OF_PLACES: ColumnElement[bool] = literal_column("before ?| ARRAY['active', 'territory_code']", Boolean)
_SINCE = (
    select(AuditEntry.kind, AuditEntry.code, AuditEntry.at, AuditEntry.before)
    .where(AuditEntry.at > bindparam("since", type_=DateTime(timezone=True)))
    .where(AuditEntry.kind == any_(bindparam("kinds", type_=ARRAY(Text))))
    .where(_OF_PLACES)
    .order_by(AuditEntry.kind, AuditEntry.code, AuditEntry.id)
)


async def changes_of_places(session: AsyncSession, kinds: Collection[str], since: datetime) -> Sequence[Any]:
    """Each change of `active` or `territory_code` after an instant: kind, code, when, and what it had found.

    By kind, code and time.
    """
    rows: Sequence[Any] = (await session.execute(_SINCE, {"kinds": list(kinds), "since": since})).all()
    return rows


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries: of a kind, of one record, by an actor, of a door, of a request, from an instant up to another."""

    kind: str | None = None
    code: str | None = None
    actor: str | None = None
    channel: str | None = None
    request_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry as it is listed."""

    id: int
    at: datetime
    actor: str
    actor_id: str | None
    channel: str
    kind: str
    code: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    request_id: str | None


_LISTED = select(*(_entries.c[name] for name in ListedEntry.__dataclass_fields__))


async def entry_page(
    session: AsyncSession, entry_filter: EntryFilter, before: tuple[datetime, int] | None, limit: int
) -> list[ListedEntry]:
    """Entries before (at, id), the newest first, one more than `limit`."""
    query = _LISTED.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit + 1)
    for name in ("kind", "code", "actor", "channel", "request_id"):
        value = getattr(entry_filter, name)
        if value is not None:
            query = query.where(_entries.c[name] == value)
    if entry_filter.begin is not None:
        query = query.where(AuditEntry.at >= entry_filter.begin)
    if entry_filter.end is not None:
        query = query.where(AuditEntry.at < entry_filter.end)
    if before is not None:
        at, entry_id = before
        position = tuple_(literal(at, DateTime(timezone=True)), literal(entry_id, BigInteger))
        query = query.where(tuple_(AuditEntry.at, AuditEntry.id) < position)
    return records_of(ListedEntry, await session.execute(query))
