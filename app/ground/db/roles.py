"""Makes the owner's role and the service's in a server of the operator's own (decision 45)."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.ground.db.session import asyncpg_url
from app.ground.errors import Invalid
from app.ground.private_cluster.roles import HAND_OVER

_STANDING = text("SELECT rolsuper FROM pg_roles WHERE rolname = :role")
# what cannot be a parameter is put together, and quoted, by the server
_MAKING = text("SELECT format('CREATE ROLE %I', CAST(:role AS text))")
_SETTING = text("""
    SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L',
        CAST(:role AS text), CAST(:password AS text))
""")
_NAMING = text("""
    SELECT set_config('fieldproof.owner_role', :owner, true), set_config('fieldproof.service_role', :service, true)
""")


async def make_roles(administrator_url: str, owner_url: str, service_url: str) -> None:
    """Make the roles of the two addresses with their passwords, and give the owner what is there already.

    By an administrator, in the database of its address; may be repeated. Raises Invalid.
    """
    owner, service = asyncpg_url(owner_url), asyncpg_url(service_url)
    if not owner.username or not service.username or owner.username == service.username:
        raise Invalid("FIELDPROOF_OWNER_DATABASE_URL and FIELDPROOF_DATABASE_URL have to name two roles.")
    engine = create_async_engine(asyncpg_url(administrator_url), poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            for url in (owner, service):
                is_superuser = await connection.scalar(_STANDING, {"role": url.username})
                if is_superuser:
                    raise Invalid(f"The role {url.username} is a superuser: choose another name for it.")
                if is_superuser is None:
                    making = await connection.scalar(_MAKING, {"role": url.username})
                    await connection.exec_driver_sql(str(making))
                setting = await connection.scalar(_SETTING, {"role": url.username, "password": url.password})
                await connection.exec_driver_sql(str(setting))
            await connection.execute(_NAMING, {"owner": owner.username, "service": service.username})
            await connection.exec_driver_sql(HAND_OVER)
    finally:
        await engine.dispose()
