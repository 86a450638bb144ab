"""`fieldproof …`: everything that an operator does at a terminal."""

import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from app.commands.tree import Command, Group, InWords
from app.ground.loading import loaded
from app.ground.standard_descriptors import keep_standard_descriptors

COMMANDS: Mapping[str, Command | Group] = {
    "serve": Command("app.commands.serve:serve", "Serve the API; the schema must be migrated."),
    "scheduler": Command(
        "app.commands.scheduler:scheduler",
        "Run the scheduler: it closes due days. Any number may run, one leads.",
    ),
    "migrate": Command(
        "app.commands.migrate:migrate",
        "Bring the database's schema up to date, and say from which revision to which.",
    ),
    "run": Command(
        "app.commands.run:run_everything",
        "Start the database, migrate, play the demo day on an empty database, and serve API, docs and scheduler.",
    ),
    "demo": Command("app.commands.demo:demo", "Play the demo day on an empty, migrated database, and print its table."),
    "doctor": Command(
        "app.commands.doctor:doctor",
        "Say what the service would run on: interpreter, database, settings, disk, clocks, files, mailbox, scheduler.",
    ),
    "create-user": Command(
        "app.commands.create_user:create_user",
        "Create a member of staff. The password is asked for, or read from standard input.",
    ),
    "remove-second-factor": Command(
        "app.commands.second_factor:remove_second_factor",
        "Remove a user's second factor: for the last admin, who has lost the phone and the recovery codes.",
    ),
    "close-day": Command(
        "app.commands.close_day:close_day", "Close a territory's day by hand, or ask what would be flagged."
    ),
    "openapi": Command("app.commands.openapi:write_openapi", "Write openapi.json and problems.md."),
    "database": Group(
        {
            "start": Command("app.commands.cluster:start", "Start it, and make it where there is none."),
            "stop": Command("app.commands.cluster:stop", "Stop it."),
            "status": Command("app.commands.cluster:status", "Tell whether it runs."),
            "url": Command("app.commands.cluster:address", "Print its address, for psql and others."),
            "backup": Command(
                "app.commands.backups:back_up",
                "Write the database as it stands into a new FILE, or one in a folder, and read it back. The service may"
                " go on.",
            ),
            "restore": Command(
                "app.commands.backups:restore",
                "Restore the database from a backup's FILE, bring it up to date, and let readers go on where they"
                " were.",
            ),
            "roles": Command(
                "app.commands.roles:make_roles",
                "Make the roles of FIELDPROOF_OWNER_DATABASE_URL and FIELDPROOF_DATABASE_URL in a server of one's own.",
            ),
        },
        "The private PostgreSQL cluster, and its backups.",
    ),
    "person": Group(
        {
            "export": Command(
                "app.commands.person:export",
                "Write all that is kept of a rep or a user into a new ZIP file, table by table, and the rep's files.",
            ),
            "erase": Command(
                "app.commands.person:erase",
                "Take away what is kept of a rep or a user who has left; the rest is kept under a pseudonym.",
            ),
        },
        "What is kept of a person.",
    ),
    "inbox": Group(
        {
            "check": Command(
                "app.commands.inbox:check",
                "Log in to the mailbox and to the server that sends the answers, and tell what is there. Changes"
                " nothing.",
            ),
            "work-off": Command(
                "app.commands.inbox:work_off",
                "Work off what waits in the mailbox, once, as the scheduler does all the time.",
            ),
        },
        "The mailbox that order forms come to.",
    ),
}
"""Each command: where it is, and its line in the list. Nothing of it is loaded for a list."""


class Fieldproof(InWords):
    """The commands of the table."""

    entries = COMMANDS


cli = typer.Typer(name="fieldproof", cls=Fieldproof, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


def _tell_version(*, asked: bool) -> None:
    if asked:
        version = loaded("importlib.metadata:version")("fieldproof")
        typer.echo(f"fieldproof {version}, Python {sys.version.split()[0]}")
        raise typer.Exit


@cli.callback()
def fieldproof(
    *,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """`fieldproof …`: everything that an operator does at a terminal."""


def main() -> None:
    """The console script."""
    keep_standard_descriptors()
    cli()


if __name__ == "__main__":
    main()
