"""`fieldproof migrate`."""

import asyncio
from functools import partial
from typing import Annotated

import typer

from app.ground.db.migrations import downgrade, schema_state, upgrade
from app.ground.db.owners import owners_address
from app.ground.db.revisions import NEWEST
from app.ground.settings import Settings

PENDING = 3
"""What `migrate --status` exits with where migrations are pending: 1 is a failure, 2 a wrong command line."""


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
