"""`fieldproof database roles`."""

import asyncio

import typer

from app.ground.db import roles
from app.ground.errors import Invalid
from app.ground.settings import Settings


def make_roles() -> None:
    """Make the roles of FIELDPROOF_OWNER_DATABASE_URL and FIELDPROOF_DATABASE_URL in a server of one's own.

    By the superuser of FIELDPROOF_ADMINISTRATOR_DATABASE_URL. What that one, or
    the service's role, owns there goes to the owner. `fieldproof migrate` grants
    the service's rights. May be repeated.
    """
    settings = Settings()
    urls = (settings.administrator_database_url, settings.owner_database_url, settings.database_url)
    administrator, owner, service = (url.get_secret_value() if url else "" for url in urls)
    if not (administrator and owner and service):
        names = "FIELDPROOF_ADMINISTRATOR_DATABASE_URL, FIELDPROOF_OWNER_DATABASE_URL and FIELDPROOF_DATABASE_URL"
        raise Invalid(f"Set {names}: they name the roles.")
    asyncio.run(roles.make_roles(administrator, owner, service))
    typer.echo("The roles are there. Next: fieldproof migrate")
