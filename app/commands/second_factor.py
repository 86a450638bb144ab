"""`fieldproof remove-second-factor`."""

from typing import Annotated

import typer

from app.commands.databases import with_database
from app.ground import clock
from app.ground.audit.service import AT_THE_TERMINAL
from app.ground.db.address import database_url
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.masters.identity import second_factors


def remove_second_factor(username: Annotated[str, typer.Option(help="whose it is")]) -> None:
    """Remove a user's second factor: for the last admin, who has lost the phone and the recovery codes."""

    async def remove(database: Database) -> None:
        async with database.transaction() as session:
            await second_factors.remove_of(session, username, AT_THE_TERMINAL, clock.now())

    with_database(database_url(Settings()), remove)
    typer.echo(f"{username} logs in with the password alone.")
