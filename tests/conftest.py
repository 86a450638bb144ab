"""What tests stand on: a real PostgreSQL with PostGIS for each worker, migrated once, and a savepoint for each test."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar, TypeVarTuple

import httpx
import pytest
import structlog
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from app.ground import clock
from app.ground.db.session import STATEMENTS_KEPT, Database, asyncpg_url
from app.ground.printing.printer import Printer
from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.roles import SERVICE_ROLE
from app.ground.settings import Settings
from app.ground.workers.pool import Workers
from app.main import create_app, hold
from app.masters.identity import passwords
from app.planning.routing.planner import Planner
from tests.cluster_homes import cluster_home
from tests.databases import as_administrator, create_database, drop_database, migrate
from tests.processes import end_with
from tests.told_headers import ToldHeaders

_FOR_WANT_OF_RIGHTS = (
    "Tests run as the service's role. What it may do with a table stands in app/ground/db/stored_tables.py: a new table"
    " needs a row there, and an old one whose rows now change, or go, another right. A test that arranges what the"
    " service never does takes the owner's rights: `async with by_the_owner(session)`, or `as_owner(url)`, of"
    " tests/databases.py."
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what to do where a right is missing."""
    report = yield
    if report.failed and "permission denied for table" in report.longreprtext:
        report.sections.append(("rights", _FOR_WANT_OF_RIGHTS))
    return report


# a busy machine is slow, which is no failure; examples are the same in every run
hypothesis_settings.register_profile("fieldproof", deadline=None, derandomize=True)
hypothesis_settings.load_profile("fieldproof")

# the renderer that structlog starts with draws tracebacks with all their variables, for seconds
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MONDAY_NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""12:00 in Athens on a working Monday: what the clock says where a test does not set it."""

NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_parallel_workers_per_gather": "0",  # tables hold a few rows: starting a worker takes longer than any query
    "autovacuum": "off",  # what the planner knows is the same in every run
}


def pytest_configure(config: pytest.Config) -> None:
    """Whoever started the tests ends them: a worker's controller, and `make`, which says so."""
    if hasattr(config, "workerinput"):
        end_with(os.getppid())
    elif "ENDS_WITH" in os.environ:
        end_with(int(os.environ["ENDS_WITH"]))


# as in production: what modules and requests make is mostly no cycle
gc.set_threshold(50_000, 20, 50)


LONG = ("simulation", "demo", "statements", "mail", "journeys", "private_cluster", "plan_generation", "scheduler")
"""Folders whose tests take long: they come first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the order, but for what takes long; before that what needs the demo, which one worker then plays alone."""
    items.sort(key=lambda item: (not needs_the_demo(item), item.path.parent.name not in LONG))


def needs_the_demo(item: pytest.Item) -> bool:
    return "demo_world" in getattr(item, "fixturenames", ())


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays to the end: half a million objects of modules and tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """The URL, for the service's role, of a migrated database in a cluster that lives as long as the test run."""
    with cluster_home() as home:
        url = Cluster(home, overrides=NOT_DURABLE).ensure_running()
        asyncio.run(migrate(url))
        yield url


_STATEMENTS_OF_ALL_TESTS = 600
"""So many are kept prepared: a worker goes through all that the service can ask, again and again."""


class SavepointDatabase(Database):
    """A Database whose transactions are savepoints on one connection: a test sees them, and nothing remains.

    One connection does one thing at a time: a test that races uses `committed`.
    """

    open_now: ClassVar[int] = 0
    """How many transactions are open: a real connection would be held by each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.engine = connection.engine
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self._session() as session, session.begin():
            SavepointDatabase.open_now += 1
            try:
                yield session
            finally:
                SavepointDatabase.open_now -= 1

    @asynccontextmanager
    async def planned_once(self) -> AsyncIterator[AsyncSession]:
        async with self.transaction() as session:
            yield session

    @asynccontextmanager
    async def read_only(self) -> AsyncIterator[AsyncSession]:
        async with self.transaction() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        async with self.transaction() as session:
            yield session

    @asynccontextmanager
    async def single_statement(self) -> AsyncIterator[AsyncSession]:
        async with self.transaction() as session:
            yield session

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[AsyncSession]:
        async with self.transaction() as session:
            yield session

    def _session(self) -> AsyncSession:
        return AsyncSession(bind=self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    async def close(self) -> None:
        """The connection is the fixture's to close."""


@pytest.fixture(scope="session")
async def engine(cluster_url: str) -> AsyncIterator[AsyncEngine]:
    """One connection for all tests of a worker: the driver asks each new one for its types, and prepares anew.

    Its database is a copy: the one that others are copied from must have no connection. It has the rights of the
    service's role; logged in as the superuser it can take those of the owner (`by_the_owner`).
    """
    url = as_administrator(await create_database(cluster_url))
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "server_settings": {"role": SERVICE_ROLE},
            "prepared_statement_cache_size": _STATEMENTS_OF_ALL_TESTS,
            "statement_cache_size": _STATEMENTS_OF_ALL_TESTS,
            **STATEMENTS_KEPT,
        },
    )
    yield engine
    await engine.dispose()


@asynccontextmanager
async def rolled_back(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """The worker's connection, within a transaction that is rolled back; locks and settings of the session go too."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield connection
        await outer.rollback()
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.reset()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """What the test does to the database, and what the app does meanwhile; nothing of it remains."""
    async with rolled_back(engine) as connection:
        yield connection


@pytest.fixture
async def database(connection: AsyncConnection) -> SavepointDatabase:
    """The database that the app under test uses: every request is a savepoint of the test's transaction."""
    return SavepointDatabase(connection)


@pytest.fixture
async def session(connection: AsyncConnection) -> AsyncIterator[AsyncSession]:
    """A session on the test's connection, for factories and for looking. Flush it before the app is called."""
    async with AsyncSession(
        bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as session:
        yield session


class Statements:
    """What the test asks its connection, beside transactions, savepoints and the driver's own questions about types."""

    _BESIDE = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    _OF_THE_DRIVER = ("typeinfo_tree", "current_setting('jit')", "set_config('jit'")

    def __init__(self) -> None:
        self._seen: list[str] = []

    def note(self, statement: str) -> None:
        """One more."""
        beside = statement.lstrip().startswith(self._BESIDE) or any(own in statement for own in self._OF_THE_DRIVER)
        if not beside:
            self._seen.append(statement)

    async def taken(self) -> list[str]:
        """Those since the last time; forgets them."""
        await asyncio.sleep(0)  # the driver tells in the loop's next turn
        seen, self._seen = self._seen, []
        return seen


@pytest.fixture
async def statements(connection: AsyncConnection) -> AsyncIterator[Statements]:
    """The statements of the test: SQLAlchemy tells its own, the driver the direct ones. `await statements.taken()`."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    statements = Statements()
    event.listen(connection.sync_connection, "before_cursor_execute", lambda *told: statements.note(told[2]))
    with driver.query_logger(lambda logged: statements.note(logged.query)):
        yield statements


@pytest.fixture(scope="session", autouse=True)
def production_passwords() -> Iterator[PasswordHash]:
    """How production hashes passwords, for the test that holds it; all others hash with a fraction of the work."""
    with pytest.MonkeyPatch.context() as patch:
        production = passwords._argon2id
        quick = Argon2Hasher(time_cost=1, memory_cost=256, parallelism=1)
        patch.setattr(passwords, "_argon2id", PasswordHash((quick,)))
        yield production


@cache
def _plain_settings() -> Settings:
    """Read once: what looks for each setting in the environment takes longer than many a test."""
    return Settings(token_secret="x" * 40, principal_cache_seconds=0)  # type: ignore[arg-type] # parsed


def settings_in(home: Path) -> Settings:
    return _plain_settings().model_copy(update={"home": home})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def built_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The app that all tests of a worker use: FastAPI takes a while for the first request of each app."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), token_secret="x" * 40)  # type: ignore[arg-type] # parsed
    return create_app(settings, Database("postgresql://nowhere"))


class UnheldWorkers(Workers):
    """Worker processes that nobody asks within a transaction: who waits for them would hold a connection."""

    async def run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        assert SavepointDatabase.open_now == 0
        return await super().run(function, *arguments)


@pytest.fixture(scope="session")
async def workers() -> AsyncIterator[Workers]:
    """The processes that search for routes in all tests of a worker: each takes seconds to load its libraries."""
    async with UnheldWorkers(2) as workers:
        yield workers


class UnheldPrinter(Printer):
    """The same of what sets pages."""

    async def pdf(self, template: str, content: dict[str, Any], made_at: datetime) -> bytes:
        assert SavepointDatabase.open_now == 0
        return await super().pdf(template, content, made_at)


@pytest.fixture(scope="session")
async def printer() -> AsyncIterator[Printer]:
    """The process that sets pages in all tests of a worker."""
    async with UnheldPrinter(1) as printer:
        yield printer


@pytest.fixture
def app(
    built_app: FastAPI, settings: Settings, database: SavepointDatabase, workers: Workers, printer: Printer
) -> FastAPI:
    hold(built_app, settings, database)
    built_app.state.planner = Planner(settings, workers)
    built_app.state.body_readers = workers
    built_app.state.printer = printer
    return built_app


@pytest.fixture(scope="session")
def told_headers(built_app: FastAPI) -> ToldHeaders:
    return ToldHeaders(built_app)


@pytest.fixture
async def api(app: FastAPI, told_headers: ToldHeaders) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the app, in process, whose answers have the headers that the contract tells of.

    Give it a caller's token: `headers=bearer(app, user)`.
    """
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    hooks = {"response": [told_headers.compare]}
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test", event_hooks=hooks) as client:
        yield client


@pytest.fixture(autouse=True)
def the_clock() -> Iterator[clock.SetClock]:
    """The clock stands at MONDAY_NOON; `the_clock.move_to(...)` sets it."""
    with clock.fixed(MONDAY_NOON) as fixed:
        yield fixed


@pytest.fixture
async def committed_url(cluster_url: str) -> AsyncIterator[str]:
    """A migrated database of its own, for tests that commit and race on real connections. Dropped afterwards."""
    url = await create_database(cluster_url)
    yield url
    await drop_database(url)


@pytest.fixture
async def committed(committed_url: str) -> AsyncIterator[Database]:
    """A Database over `committed_url` with a pool of real connections."""
    database = Database(committed_url, pool_size=60)
    yield database
    await database.close()


from tests.demo_world import demo_world  # noqa: E402,F401 # a fixture of all tests, which stands on those above
