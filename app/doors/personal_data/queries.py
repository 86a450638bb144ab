"""The SQL over a person's rows of any table: put together from the register and the catalogue, by the tables' owner."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType

from app.doors.personal_data.people import Person
from app.doors.personal_data.register import REGISTER, PersonalTable
from app.ground.db.stored_tables import STORED_TABLES
from app.masters.identity.models import Device, User
from app.masters.territories.models import Rep

Rewriting = Callable[[Any], Any]

_COLUMNS = text("""
    SELECT relname AS name, attname AS "column", format_type(atttypid, NULL) AS type
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY(:names)
    ORDER BY relname, attnum
""").bindparams(bindparam("names", type_=ARRAY(Text)))


async def rep_by_code(session: AsyncSession, code: str, *, lock: bool) -> Person | None:
    """A rep as a person, with its devices. Two statements."""
    query = select(Rep).where(Rep.code == code)
    rep = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if rep is None:
        return None
    devices = (await session.scalars(select(Device.id).where(Device.rep_id == rep.id))).all()
    return Person(rep.active, rep_id=rep.id, code=rep.code, emails=rep.emails, device_ids=devices)


async def user_by_name(session: AsyncSession, username: str, *, lock: bool) -> Person | None:
    """A user as a person. One statement."""
    query = select(User).where(User.username == username)
    user = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    return None if user is None else Person(user.active, user_id=user.id, username=user.username)


async def columns_by_table(session: AsyncSession) -> dict[str, dict[str, str]]:
    """The columns of every stored table with their types."""
    rows = await session.execute(_COLUMNS, {"names": list(STORED_TABLES)})
    columns: dict[str, dict[str, str]] = {}
    for row in rows:
        columns.setdefault(row.name, {})[row.column] = row.type
    return columns


def actor_columns(columns: Mapping[str, str]) -> list[str]:
    """The columns that tell who did it."""
    return [name for name, kind in columns.items() if kind == "text" and (name.endswith("_by") or name == "actor")]


async def rows_of(session: AsyncSession, name: str, columns: Mapping[str, str], person: Person) -> AsyncIterator[str]:
    """A person's rows of one table, and those that the person made: each as a JSON object, secrets left out."""
    entry = REGISTER.get(name, _MADE_ALONE)
    owned = table(name, *map(column, columns))
    secret = cast(literal(list(entry.secret), ARRAY(Text)), ARRAY(Text))
    document = cast(func.to_jsonb(owned.table_valued()) - secret, Text)
    actors = list(person.renamed_actors)
    conditions = [_sql(entry.rows, person), *(owned.c[own].in_(actors) for own in actor_columns(columns))]
    conditions += [_names(owned.c[own], actor) for own in _documents(columns) for actor in actors]
    rows = await session.stream_scalars(select(document).select_from(owned).where(or_(*conditions)))
    async for row in rows:
        yield row


async def erase_rows(session: AsyncSession, name: str, columns: Mapping[str, str], person: Person) -> None:
    """Take what goes from a person's rows, or the rows. One statement."""
    entry, owned = REGISTER[name], table(name, *map(column, columns))
    if entry.removed:
        await session.execute(delete(owned).where(_sql(entry.rows, person)))
    elif entry.erased:
        values = {own: _sql(value, person) for own, value in entry.erased.items()}
        await session.execute(update(owned).where(_sql(entry.rows, person)).values(values))


async def rename_actor(session: AsyncSession, name: str, columns: Mapping[str, str], person: Person) -> None:
    """Put the pseudonym in the person's place wherever a table tells who did it. A statement for each such column."""
    owned = table(name, *map(column, columns))
    for own in actor_columns(columns):
        for actor, renamed in person.renamed_actors.items():
            await session.execute(update(owned).where(owned.c[own] == actor).values({own: renamed}))


async def rewrite_own(
    session: AsyncSession, name: str, columns: Mapping[str, str], person: Person, rewriting: Rewriting
) -> None:
    """Rewrite the JSON documents of a person's rows."""
    await _rewrite(
        session, name, columns, dict.fromkeys(_documents(columns), rewriting), _sql(REGISTER[name].rows, person)
    )


async def rewrite_naming(session: AsyncSession, name: str, columns: Mapping[str, str], person: Person) -> None:
    """Put the pseudonym in the person's place in every JSON document of a table that names it, and beside it."""
    documents = _documents(columns)
    if not documents:
        return
    names_person = or_(*(_names(column(own), token) for own in documents for token in person.tokens))
    rewritings: dict[str, Rewriting] = dict.fromkeys(documents, person.without_name)
    rewritings |= dict.fromkeys(REGISTER.get(name, _MADE_ALONE).texts, person.without_code)
    await _rewrite(session, name, columns, rewritings, names_person)


_MADE_ALONE = PersonalTable("false")
"""A table that names people only as those who made its rows."""

_PLACE: tuple[ColumnElement[Any], ...] = (literal_column("ctid"), literal_column("tableoid"))
_AT_PLACE = text("ctid = CAST(CAST(:row AS text) AS tid) AND tableoid = CAST(CAST(:part AS text) AS oid)")


async def _rewrite(
    session: AsyncSession,
    name: str,
    columns: Mapping[str, str],
    rewritings: Mapping[str, Rewriting],
    where: ColumnElement[bool],
) -> None:
    """Rewrite columns of the rows that fulfil a condition: a statement to read them, and one for each that changes."""
    owned = table(name, *(column(own) for own in rewritings))
    place = [cast(part, Text).label(label) for part, label in zip(_PLACE, ("row_place", "part_place"), strict=True)]
    values = [cast(owned.c[own], Text).label(own) for own in rewritings]
    for row in (await session.execute(select(*place, *values).where(where).with_for_update())).all():
        changes: dict[str, ColumnElement[Any]] = {}
        for own, rewriting in rewritings.items():
            value = getattr(row, own)
            if value is None:
                continue
            if columns[own] == "jsonb":
                document = json.loads(value)
                if (rewritten := rewriting(document)) != document:
                    changes[own] = cast(literal(json.dumps(rewritten, ensure_ascii=False), Text), JSONB)
            elif (sentence := rewriting(value)) != value:
                changes[own] = literal(sentence, Text)
        if changes:
            here = _AT_PLACE.bindparams(row=row.row_place, part=row.part_place)
            await session.execute(update(owned).where(here).values(changes))


def _documents(columns: Mapping[str, str]) -> list[str]:
    return [own for own, kind in columns.items() if kind == "jsonb"]


def _names(document: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a JSON document has a string that is this name."""
    return func.strpos(cast(document, Text), json.dumps(name, ensure_ascii=False)) > 0


def _sql(fragment: str, person: Person) -> ColumnElement[Any]:
    """A fragment of the register with the person's parameters in it."""
    values = {name: value for name, value in person.parameters().items() if f":{name}" in fragment}
    return type_coerce(text(f"({fragment})").bindparams(**values), NullType())
