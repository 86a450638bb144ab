"""`fieldproof person …`: what is kept of a person, and taking it away (decision 57)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.commands.databases import with_database
from app.doors.personal_data import service
from app.ground.attachments.stores import open_store
from app.ground.db.owners import owners_address
from app.ground.db.session import Database
from app.ground.errors import Invalid
from app.ground.settings import Settings

T = TypeVar("T")

RepCode = Annotated[str | None, typer.Option("--rep", metavar="CODE", help="a rep's code")]
Username = Annotated[str | None, typer.Option("--user", metavar="NAME", help="a user's name")]


def export(
    file: Annotated[Path, typer.Argument(help="the ZIP file to write, or a folder for it", metavar="FILE")],
    rep: RepCode = None,
    user: Username = None,
) -> None:
    """Write all that is kept of a rep or a user into a new ZIP file, table by table, and the rep's files."""
    _name_one(rep, user)
    path = file.expanduser().resolve()
    if path.is_dir():
        path /= f"{'rep' if rep else 'user'}.zip"
    if path.exists():
        raise Invalid(f"{path} is there already.")

    async def work(database: Database) -> tuple[dict[str, int], int]:
        async with database.transaction() as session:
            person = await service.find(session, rep_code=rep, username=user)
            counts = await service.export(session, person, path)
        try:
            return counts, await service.export_files(database, open_store(Settings()), person, path)
        except BaseException:
            path.unlink()  # nobody takes a part for the whole
            raise

    counts, files = _as_owner(work)
    more = f", {files} files" if files else ""
    typer.echo(f"{path}: {sum(counts.values())} rows of {len(counts)} tables{more}")


def erase(rep: RepCode = None, user: Username = None) -> None:
    """Take away what is kept of a rep or a user who has left; the rest is kept under a pseudonym.

    It cannot be undone, and reads every table: at night rather than at 17:00.
    Backups that were made before still hold the person.
    """
    _name_one(rep, user)

    async def work(database: Database) -> str:
        async with database.transaction() as session:
            return await service.erase(session, await service.find(session, rep_code=rep, username=user, lock=True))

    typer.echo(f"Erased. What has to stay is kept under {_as_owner(work)}.")


def _name_one(rep: str | None, user: str | None) -> None:
    if (rep is None) == (user is None):
        raise typer.BadParameter("Name one person: --rep CODE or --user NAME.")


def _as_owner(work: Callable[[Database], Awaitable[T]]) -> T:
    return with_database(owners_address(Settings()).url, work)
