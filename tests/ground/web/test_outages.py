"""While the database is away a request is told to come again, whatever the driver makes of it."""

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.ground.web.problems import install

OUTAGES = [
    ConnectionRefusedError(),
    TimeoutError(),
    PoolTimeout(),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.DeadlockDetectedError("deadlock detected"),
    asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
]


async def answer_to(error: Exception) -> httpx.Response:
    """What a request is answered whose handler raises this."""
    app = FastAPI()
    install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        return await client.get("/")


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
async def test_an_outage_is_answered_503_with_when_to_come_again(error: Exception, wrapped: bool) -> None:
    if wrapped:
        is_drivers = isinstance(error, asyncpg.PostgresError)
        error = DBAPIError("SELECT 1", None, error, connection_invalidated=not is_drivers)
    answer = await answer_to(error)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


async def test_what_is_wrong_with_a_statement_is_no_outage() -> None:
    assert (await answer_to(asyncpg.UndefinedTableError("no such table"))).status_code == 500
