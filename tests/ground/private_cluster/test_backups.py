"""A backup goes into another cluster, and readers of events and handhelds go on there as if nothing had happened."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground import clock
from app.ground.db.session import Database
from app.ground.private_cluster.cluster import Cluster
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from tests.cluster_homes import cluster_home
from tests.conftest import NOT_DURABLE
from tests.databases import as_owner, create_database, drop_database, execute, rows, scalars
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

LOWER = "SELECT max(written_in) > pg_current_xact_id()::text::bigint FROM events"
OWNERS = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('events', 'orders', 'visits')"
HELD = """
    SELECT has_table_privilege('fieldproof', 'events', 'INSERT'), has_table_privilege('fieldproof', 'events', 'DELETE')
"""
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'
    ORDER BY 1, 2
"""
BURN = "DO $$ BEGIN FOR n IN 1..:n LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


async def run(home: Path, *command: str) -> Result:
    """The command on the private cluster of a home, in a thread: it makes an event loop of its own."""
    environment = {"FIELDPROOF_HOME": str(home), "FIELDPROOF_DATABASE_URL": None}
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, command, env=environment))


@dataclass
class Reader:
    """A supervisor that follows the events, and a handheld, each with what it was told last."""

    supervisor: dict[str, str]
    handheld: dict[str, str]
    after: str = ""
    token: str = ""

    async def events(self, http: httpx.AsyncClient, *, anew: bool = False) -> list[str]:
        """What is new to the supervisor."""
        parameters = {"after": self.after} if self.after and not anew else {}
        answer = (await http.get("/v1/events", params=parameters, headers=self.supervisor)).json()
        if not anew:
            self.after = answer["after"]
        return [str(item["payload"].get("n")) for item in answer["items"]]

    async def download(self, http: httpx.AsyncClient) -> dict[str, Any]:
        """What is new to the handheld."""
        parameters = {"since": self.token} if self.token else {}
        answer: dict[str, Any] = (await http.get("/v1/sync", params=parameters, headers=self.handheld)).json()
        self.token = answer["token"]
        return answer


def rows_of(told: dict[str, Any]) -> int:
    return sum(len(told[kind]) for kind in ("reasons", "products", "prices", "stock", "outlets", "visits"))


async def tell(database: Database, n: int) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO events (type, territory_id, occurred_at, payload)"
                " SELECT 'test.told', id, now(), jsonb_build_object('n', CAST(:n AS int)) FROM territories"
            ),
            {"n": n},
        )


class Service:
    """The service over a cluster's database."""

    def __init__(self, cluster: Cluster, home: Path) -> None:
        self.database = Database(cluster.url, pool_size=2)
        settings = Settings(home=home, token_secret="x" * 40, principal_cache_seconds=0)  # type: ignore[arg-type]
        self.app = create_app(settings, self.database)

    async def __aenter__(self) -> Self:
        transport = httpx.ASGITransport(self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self.database.close()


@pytest.fixture
async def homes() -> AsyncIterator[tuple[Path, Path]]:
    """Two homes, neither of which has a cluster yet."""
    with cluster_home() as folder:
        for name in ("one", "other"):
            (folder / name).mkdir()
            (folder / name).chmod(0o755)
        yield folder / "one", folder / "other"


async def start(home: Path) -> Cluster:
    cluster = Cluster(home, overrides=NOT_DURABLE | {"shared_buffers": "16MB"})
    await asyncio.to_thread(cluster.ensure_running)
    return cluster


async def test_a_backup_goes_into_another_cluster_and_readers_go_on_there(
    homes: tuple[Path, Path], tmp_path: Path, the_clock: clock.SetClock
) -> None:
    one, other = homes
    cluster = await start(one)
    assert (await run(one, "migrate")).exit_code == 0
    async with Service(cluster, tmp_path) as service:
        async with service.database.transaction() as session:
            territory = await make_territory(session)
            rep = await make_rep(session, territory)
            for _ in range(3):
                await make_outlet(session, territory)
            await make_product(session)
            supervisor = await make_user(session, Role.SUPERVISOR, territory)
            reader = Reader(bearer(service.app, supervisor), bearer(service.app, await make_device(session, rep)))
        await tell(service.database, 1)
        await burn(cluster, 5000)  # the other cluster's transactions begin lower by far
        await tell(service.database, 2)
        assert await reader.events(service.http) == ["1", "2"]
        assert rows_of(await reader.download(service.http)) > 0
        await tell(service.database, 3)
        told_late = Reader(reader.supervisor, reader.handheld, reader.after, reader.token)

    backup = tmp_path / "backup.dump"
    written = await run(one, "database", "backup", str(backup))
    assert (written.exit_code, written.stderr) == (0, "")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert "overwrites nothing" in (await run(one, "database", "backup", str(backup))).stderr

    async with Service(cluster, tmp_path) as service:  # what comes after the backup is lost with this cluster
        await tell(service.database, 99)
        await burn(cluster, 10)
        lost = Reader(reader.supervisor, reader.handheld, reader.after, reader.token)
        assert await lost.events(service.http) == ["3", "99"]
        await lost.download(service.http)
    await asyncio.to_thread(cluster.stop)

    there = await start(other)
    restored = await run(other, "database", "restore", str(backup))
    assert (restored.exit_code, restored.stderr) == (0, ""), restored.output
    assert "not empty" in (await run(other, "database", "restore", str(backup))).stderr
    async with Service(there, tmp_path) as service:
        assert await scalars(there.url, LOWER) == [True]
        assert await told_late.events(service.http) == ["3"]
        told = await told_late.download(service.http)
        assert (told["full"], rows_of(told)) == (False, 0)
        await tell(service.database, 4)
        assert await told_late.events(service.http) == ["4"]
        assert await lost.events(service.http) == ["4"]
        assert await told_late.events(service.http, anew=True) == ["1", "2", "3", "4"]
        await execute(there.url, "UPDATE outlets SET name = 'New', changed_in = current_position() WHERE id = 1")
        told = await told_late.download(service.http)
        assert (told["full"], rows_of(told), len(told["outlets"])) == (False, 1, 1)
        assert rows_of(await told_late.download(service.http)) == 0
        # this one knows what was lost with the other cluster: it is told everything, once
        assert (await lost.download(service.http))["full"] is True
        assert rows_of(await lost.download(service.http)) == 0
    again = await run(other, "database", "restore", str(backup), "--replace", "fieldproof")
    assert (again.exit_code, again.stderr) == (0, "")
    assert "is kept as fieldproof_until_" in again.stdout
    assert await scalars(there.url, OWNERS) == ["fieldproof_owner"]
    assert await rows(there.url, HELD) == [(True, False)]


async def burn(cluster: Cluster, transactions: int) -> None:
    await asyncio.to_thread(cluster.ask, BURN.replace(":n", str(transactions)))


async def test_a_restore_that_fails_leaves_everything_as_it_was(homes: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = homes
    cluster = await start(home)
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"PGDMP, or so it says")
    assert (await run(home, "database", "restore", str(broken))).exit_code == 1
    assert "no backup" in (await run(home, "database", "restore", str(tmp_path / "none"))).stderr
    await asyncio.to_thread(cluster.ask, "CREATE TABLE of_others ()", database="fieldproof")
    assert (await run(home, "database", "backup", str(tmp_path / "other.dump"))).exit_code == 0
    assert "something else" in (await run(home, "database", "restore", str(tmp_path / "other.dump"))).stderr
    async with Service(cluster, tmp_path) as service, service.database.read_only() as session:
        await session.execute(text("SELECT 1"))
        assert "in use by fieldproof" in (await run(home, "database", "restore", str(tmp_path / "other.dump"))).stderr
    names = "SELECT datname FROM pg_database WHERE datname ~ 'fieldproof'"
    assert await scalars(cluster.administrator_url, names) == ["fieldproof"]


PAGE = Path(__file__).resolve().parents[3] / "docs/backups.md"


def commands_of_the_page(name: str) -> str:
    """The block of the page that has this name, as a shell runs it."""
    return PAGE.read_text().split(f"```sh {name}\n")[1].partition("```")[0]


async def test_the_commands_of_the_page_move_a_database_by_its_two_roles(
    committed_url: str, committed: Database, cluster_url: str, tmp_path: Path
) -> None:
    async with committed.transaction() as session:
        outlet = await make_outlet(session, await make_territory(session))
        await make_order(session, outlet, lines=[(await make_product(session), 6)])
    target = await create_database(cluster_url, migrated=False)

    async def run_block(name: str, url: str) -> None:
        addresses = {
            "FIELDPROOF_DATABASE_URL": libpq(url),
            "FIELDPROOF_OWNER_DATABASE_URL": libpq(as_owner(url)),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        process = await asyncio.create_subprocess_exec(
            "sh", "-euc", commands_of_the_page(name), cwd=tmp_path, env=os.environ | addresses
        )
        assert await process.wait() == 0

    await run_block("backup", committed_url)
    await run_block("restore", target)
    assert await scalars(target, "SELECT code FROM outlets") == [outlet.code]
    # the template's, its copy's, and that of the restored one
    assert await scalars(target, "SELECT array_agg(number ORDER BY number) FROM position_epochs") == [[0, 1, 2]]
    assert await rows(target, HELD) == [(True, False)]
    assert await scalars(target, "SELECT quantity FROM order_lines JOIN orders ON orders.id = order_id") == [6]
    keys = await rows(target, FOREIGN_KEYS)
    assert "order_lines_rest" in {table for table, *_ in keys}
    assert keys == await rows(committed_url, FOREIGN_KEYS)
    await drop_database(target)


def libpq(url: str) -> str:
    return url.replace("postgresql+asyncpg:", "postgresql:")
