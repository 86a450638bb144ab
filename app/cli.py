"""`fieldproof …`: everything that an operator does at a terminal."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from alembic.util import CommandError
from pydantic import ValidationError
from typer.core import TyperGroup

from app import database_commands, person_commands
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.schemas import CutoffRunAnswer
from app.demo import terminal
from app.doors.order_inbox.mail.mailbox_worker import MailDoor
from app.doors.order_inbox.mail.mailboxes import MailboxUnavailable
from app.doors.order_inbox.mail.wiring import open_door
from app.ground.db.address import database_url, owners_address
from app.ground.db.beginning import begin
from app.ground.db.migrations import downgrade, schema_state, upgrade
from app.ground.db.revisions import NEWEST, MigrationRefused
from app.ground.db.session import Database
from app.ground.errors import AppError, Invalid
from app.ground.outbox import NotDelivered
from app.ground.private_cluster.postgres_binaries import ClusterError
from app.ground.settings import Settings
from app.ground.web import logs, openapi
from app.ground.web.access import Role
from app.ground.web.log_output import keep_standard_descriptors
from app.ground.web.problems import is_outage
from app.main import create_app
from app.masters.identity import service as identity
from app.masters.territories import service as territories
from app.masters.territories.errors import TerritoryNotFound
from app.processes import serving


class InWords(TyperGroup):
    """The commands. What goes wrong is told in words, with the exit code 1; what nobody foresaw, with its traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # typer vendors the class behind it
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            lines = _in_words(error)
            if not lines:
                raise
            for line in lines:
                typer.echo(line, err=True)
            raise typer.Exit(1) from error


def _in_words(error: Exception) -> list[str]:
    """Lines for the terminal; none for what nobody foresaw."""
    match error:
        case AppError():
            return [error.detail or error.title(), *(f"  {e.pointer}: {e.message}" for e in error.errors)]
        case ValidationError(title="Settings"):
            return [f"{_setting(e['loc'])}{e['msg']}" for e in error.errors()]
        case ClusterError() | CommandError() | MigrationRefused() | MailboxUnavailable() | NotDelivered():
            return [str(error)]
    if is_outage(error):
        return [f"The database does not answer: {error}"]
    cause = getattr(error, "orig", None) or error  # the driver's own words
    # 28: the login is refused; 3D: there is no such database
    if str(getattr(cause, "sqlstate", "")).startswith(("28", "3D")):
        return [f"The database cannot be used: {cause}"]
    return []


def _setting(loc: tuple[int | str, ...]) -> str:
    """The setting's name; none where several do not go together."""
    return f"FIELDPROOF_{str(loc[0]).upper()}: " if loc else ""


cli = typer.Typer(name="fieldproof", cls=InWords, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
cli.add_typer(database_commands.commands, name="database")
cli.add_typer(person_commands.commands, name="person")

inbox_commands = typer.Typer(no_args_is_help=True, help="The mailbox that order forms come to.")
cli.add_typer(inbox_commands, name="inbox")

PENDING = 3
"""What `migrate --status` exits with where migrations are pending: 1 is a failure, 2 a wrong command line."""

Host = Annotated[str, typer.Option(help="address to listen on")]
Port = Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)]
Workers = Annotated[int, typer.Option(help="API processes", min=1, max=64)]


@cli.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    *,
    with_scheduler: Annotated[bool, typer.Option("--with-scheduler", help="run the scheduler beside the API")] = False,
) -> None:
    """Serve the API; the schema must be migrated."""
    settings = Settings()
    logs.configure(settings)  # for this process: what becomes of workers and scheduler is told by it
    url = database_url(settings)
    asyncio.run(begin(url))
    raise typer.Exit(
        serving.serve(url, host, port, workers, with_scheduler=with_scheduler, cluster_home=settings.cluster_home)
    )


@cli.command()
def scheduler() -> None:
    """Run the scheduler: it closes due days. Any number may run, one leads."""
    serving.become_scheduler(database_url(Settings()))


@cli.command()
def migrate(
    *,
    to: Annotated[str | None, typer.Option(metavar="REVISION", help="a revision's number, head or base")] = None,
    down: Annotated[bool, typer.Option("--down", help="go down, by one revision or --to one: data is lost")] = False,
    drop_all_data: Annotated[
        str | None,
        typer.Option(metavar="DATABASE", help="with --down: go down to nothing, in the database of this name"),
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="say where it is and what is pending, change nothing")
    ] = False,
) -> None:
    """Bring the database's schema up to date, and say from which revision to which.

    It is one transaction: where it fails, nothing was changed. It waits for
    another migration, but not for a table that is in use.

    Exit codes: 0 done, or up to date; 1 it cannot be done, for the reason that
    is told; 3 with --status, migrations are pending.
    """
    if (status and (to or down)) or (drop_all_data and not down):
        raise typer.BadParameter("--status goes alone, --drop-all-data with --down.")
    address = owners_address(Settings())
    if status:
        state = asyncio.run(schema_state(address.url))
        typer.echo(state)
        raise typer.Exit(PENDING if state.pending else 0)
    url, role, tell = address.url, address.service_role, partial(typer.echo, err=True)
    if down:
        migration = downgrade(url, to, emptied=drop_all_data, service_role=role, tell=tell)
    else:
        migration = upgrade(url, to or NEWEST, service_role=role, tell=tell)
    typer.echo(asyncio.run(migration))


@cli.command("run")
def run_everything(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Start the database, migrate, play the demo day on an empty database, and serve API, docs and scheduler."""
    # at a terminal, what goes wrong is worth a line; whoever wants every request sets the level
    os.environ.setdefault("FIELDPROOF_LOG_LEVEL", "warning")
    os.environ.setdefault("FIELDPROOF_LOG_FORMAT", "console")
    settings = Settings()
    serving.refuse_taken_port(host, port)  # before the day is played, not after
    url, owners = database_url(settings), owners_address(settings)
    asyncio.run(upgrade(owners.url, service_role=owners.service_role))
    terminal.play_demo_where_empty(settings, url)
    terminal.greet(settings, host, port)
    serving.serve(url, host, port, workers=1, with_scheduler=True, cluster_home=settings.cluster_home)


@cli.command()
def demo(seed: Annotated[int, typer.Option(help="same seed, same day")] = 1) -> None:
    """Play the demo day on an empty, migrated database, and print its table."""
    settings = Settings()
    terminal.play_demo(settings, database_url(settings), seed)


@cli.command("create-user")
def create_user(
    role: Annotated[Role, typer.Option(help="what the user may do")],
    username: Annotated[str, typer.Option(help="the name to log in with")],
    territory: Annotated[list[str] | None, typer.Option(help="a territory's code; repeat for more")] = None,
) -> None:
    """Create a member of staff. The password is asked for, or read from standard input."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")

    async def create(database: Database) -> None:
        async with database.transaction() as session:
            await identity.create_user(session, username, password, role, territory or [])

    _with_database(create)
    typer.echo(f"Created {role} {username}.")


@cli.command("close-day")
def close_day(
    territory: Annotated[str, typer.Option(help="the territory's code")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="the business date")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="answer what would be flagged, write nothing")] = False,
) -> None:
    """Close a territory's day by hand, or ask what would be flagged."""
    output: list[str] = []

    async def close(database: Database) -> None:
        async with database.read_only() if dry_run else database.transaction() as session:
            facts = (await territories.territories_by_code(session, [territory])).get(territory)
            if facts is None:
                raise TerritoryNotFound(f"There is no territory {territory}.")
            if dry_run:
                answer = CutoffRunAnswer.of_preview(await cutoff.preview(session, facts.id, day.date()))
            else:
                run = await cutoff.close_day(session, facts.id, day.date(), triggered_by="cli")
                answer = CutoffRunAnswer.of(run, facts.code)
        output.append(answer.model_dump_json(indent=2))

    _with_database(close)
    typer.echo(output[0])


@cli.command("openapi")
def write_openapi(folder: Annotated[Path, typer.Argument(help="where to write")] = Path("openapi")) -> None:
    """Write openapi.json and problems.md."""
    app = create_app(Settings(token_secret="unused" * 8), Database("postgresql://nowhere"))  # type: ignore[arg-type] # parsed
    (folder / "openapi.json").write_text(json.dumps(openapi.document(app), indent=1, ensure_ascii=False) + "\n")
    (folder / "problems.md").write_text(openapi.problem_types())


@inbox_commands.command("check")
def inbox_check() -> None:
    """Log in to the mailbox and to the server that sends the answers, and tell what is there. Changes nothing."""
    for line in asyncio.run(_door().check()):
        typer.echo(line)


@inbox_commands.command("work-off")
def inbox_work_off() -> None:
    """Work off what waits in the mailbox, once, as the scheduler does all the time."""
    counts: list[int] = []

    async def work_off(database: Database) -> None:
        door = _door()
        try:
            counts.append(await door.work_off(database))
        finally:
            await door.close()

    _with_database(work_off, pool_size=4)
    typer.echo(f"{counts[0]} mails worked off")


def _door() -> MailDoor:
    settings = Settings()
    logs.configure(settings)
    door = open_door(settings)
    if door is None:
        raise Invalid("No mailbox is set: FIELDPROOF_MAILBOX_URL, FIELDPROOF_SMTP_URL, FIELDPROOF_MAIL_FROM.")
    return door


def _with_database(work: Callable[[Database], Awaitable[None]], pool_size: int = 1) -> None:
    async def run() -> None:
        database = Database(database_url(Settings()), pool_size=pool_size)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


def main() -> None:
    """The console script."""
    keep_standard_descriptors()
    cli()


if __name__ == "__main__":
    main()
