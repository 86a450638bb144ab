"""Which errors say that the database is away."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the driver raises; the third where it is asked for something after the server's last words."""


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database went away, is full, or chose this transaction to give way."""
    # OSError: refused, timed out, no such host, no such socket; a request does no other input or output.
    if isinstance(error, PoolTimeout | OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return True
    if isinstance(error, asyncpg.PostgresConnectionError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # the driver's error: SQLAlchemy's wraps it, a DirectStatement's is bare
    driver_error = error.orig if isinstance(error, DBAPIError) else error
    state: str = getattr(driver_error, "sqlstate", None) or ""
    # 08 connection, 53 resources, 57P shutdown, 40 deadlock or serialization, 55P03 lock not available
    return state[:2] in {"08", "53", "40"} or state.startswith("57P") or state == "55P03"
