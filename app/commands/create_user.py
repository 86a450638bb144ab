"""`fieldproof create-user`."""

import sys
from typing import Annotated

import typer

from app.commands.databases import with_database
from app.ground.db.address import database_url
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.masters.identity import service as identity


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

    with_database(database_url(Settings()), create)
    typer.echo(f"Created {role} {username}.")
