"""Use cases of personal data: everything that is kept of a person, and taking it away (decision 57)."""

import zipfile
from functools import partial
from pathlib import Path

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.personal_data import queries
from app.doors.personal_data.people import Person, without_members
from app.doors.personal_data.register import REGISTER
from app.ground import clock
from app.ground.attachments import service as attachments
from app.ground.attachments.stores import Store
from app.ground.audit.service import AT_THE_TERMINAL, AuditKind, Change, record
from app.ground.db.session import Database, take_as_long_as_it_takes
from app.ground.errors import Conflict, NotFound
from app.masters.identity.rules import normal_username

__all__ = ["Person", "erase", "export", "export_files", "find"]


async def find(
    session: AsyncSession, *, rep_code: str | None = None, username: str | None = None, lock: bool = False
) -> Person:
    """A rep by code, or a user by name. Raises NotFound. `lock`: so that nobody is brought back meanwhile."""
    person = None
    if rep_code is not None:
        person = await queries.rep_by_code(session, rep_code, lock=lock)
    elif username is not None:
        person = await queries.user_by_name(session, normal_username(username), lock=lock)
    if person is None:
        raise NotFound(f"Nobody here is called {rep_code or username}.")
    return person


async def export(session: AsyncSession, person: Person, file: Path) -> dict[str, int]:
    """Write all that is kept of a person into a new ZIP file: for each table a file of JSON rows, one a line.

    Answers how many rows there are, by table. Secrets (hashes of passwords and keys) are left out. Reads every table as
    a whole where nothing says which rows are a person's. Raises FileExistsError.
    """
    await take_as_long_as_it_takes(session)
    counts = {}
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, columns in (await queries.columns_by_table(session)).items():
            counts[name] = 0
            with archive.open(f"{name}.ndjson", "w", force_zip64=True) as lines:
                async for row in queries.rows_of(session, name, columns, person):
                    lines.write(row.encode() + b"\n")
                    counts[name] += 1
        counts = {name: count for name, count in counts.items() if count}
        about = {"exported_at": clock.now(), "rep_code": person.code, "username": person.username, "rows": counts}
        archive.writestr("about.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
    return counts


async def export_files(database: Database, store: Store | None, person: Person, file: Path) -> int:
    """Add the photos and papers that a rep has sent to the ZIP file of `export`; answers how many.

    Raises AttachmentStoreAway.
    """
    async with database.read_only() as session:
        sent = await attachments.of_rep(session, person.rep_id)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        for attachment in sent:
            content = await attachments.content_of(database, store, attachment)
            archive.writestr(f"attachments/{attachment.id}/{attachment.name}", content)
    return len(sent)


async def erase(session: AsyncSession, person: Person) -> str:
    """Take away what is kept of a person who has left; answers the pseudonym under which the rest is kept.

    By the owner of the tables: much of it is append-only for the service. In the audit trail stands that it was done.
    Safe to repeat. Raises Conflict while the person is active.
    """
    if person.active:
        raise Conflict(f"{person.code or person.username} still works here. Deactivate the rep or the user first.")
    await take_as_long_as_it_takes(session)
    tables = await queries.columns_by_table(session)
    for name, entry in REGISTER.items():
        if entry.members:
            clearing = partial(without_members, members=entry.members)
            await queries.rewrite_own(session, name, tables[name], person, clearing)
    for name in REGISTER:
        await queries.erase_rows(session, name, tables[name], person)
    for name, columns in tables.items():
        await queries.rename_actor(session, name, columns, person)
        await queries.rewrite_naming(session, name, columns, person)
    kind = AuditKind.USER if person.code is None else AuditKind.REP
    change = Change(kind, person.pseudonym, {"erased": False}, {"erased": True})
    await record(session, [change], AT_THE_TERMINAL, clock.now())
    return person.pseudonym
