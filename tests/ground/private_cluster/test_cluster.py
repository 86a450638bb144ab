import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.ground.private_cluster.cluster import Cluster, ClusterError, ClusterState
from app.ground.private_cluster.configuration import configuration_text, identity_text, server_settings
from tests.cluster_homes import cluster_home

QUICK = {"fsync": "off", "shared_buffers": "16MB"}
REPOSITORY = Path(__file__).resolve().parents[3]

# The modules are loaded before the user is changed: the new one may not be able to enter the virtual environment.
STARTER = f"""
import asyncio, logging, os, pwd, sys
from pathlib import Path
from app.ground.private_cluster.cluster import Cluster, ClusterError
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
home, user = sys.argv[1:]
if user:
    entry = pwd.getpwnam(user)
    os.setgroups([]); os.setgid(entry.pw_gid); os.setuid(entry.pw_uid)
cluster = Cluster(Path(home), overrides={QUICK!r})
try:
    cluster.ensure_running()
except ClusterError as error:
    sys.exit(f"refused: {{error}}")
print(cluster.status().pid)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory that every account can enter; clusters in it are removed with all that they left outside."""
    with cluster_home() as home:
        yield home


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    """A running cluster that tests only look at."""
    with cluster_home() as home:
        cluster = Cluster(home, overrides=QUICK)
        cluster.ensure_running()
        yield cluster


@pytest.fixture(scope="module")
def restarted() -> Iterator[Cluster]:
    """A cluster that tests stop, kill and start; each finds it running."""
    with cluster_home() as home:
        yield Cluster(home, overrides=QUICK)


@pytest.fixture
def cluster(restarted: Cluster) -> Cluster:
    restarted.ensure_running()
    return restarted


def fetch(cluster: Cluster, sql: str, **connection: str) -> object:
    """The first value of a statement's answer, asked by the owner of the tables."""

    async def ask() -> object:
        opened = await asyncpg.connect(cluster.owner_url, **connection)
        try:
            return await opened.fetchval(sql)
        finally:
            await opened.close()

    return asyncio.run(ask())


def start_elsewhere(home: Path, user: str = "") -> subprocess.Popen[str]:
    """Another process, of another user if one is named, that calls `ensure_running`, logs, and prints the pid."""
    command = [sys.executable, "-c", STARTER, str(home), user]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def last_line(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=60)[0].splitlines()[-1]


def kill_after_line(process: subprocess.Popen[str], beginning: str) -> None:
    """Kill a starter, and only it, as soon as it has logged a line."""
    assert process.stdout is not None
    assert any(line.startswith(beginning) for line in process.stdout)
    process.kill()
    process.communicate(timeout=60)


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def server_owner(cluster: Cluster) -> int:
    return cluster.status().data.stat().st_uid


def unprivileged_user() -> str:
    """Another user for root; whoever is not root is an unprivileged user already."""
    return "nobody" if os.geteuid() == 0 else ""


def test_a_new_home_gets_a_database_with_postgis_over_its_socket(running: Cluster) -> None:
    assert fetch(running, "SELECT ST_Distance('POINT(0 0)'::geography, 'POINT(0 1)')::int") == 110574


def test_the_server_takes_no_tcp_connections(running: Cluster) -> None:
    assert fetch(running, "SELECT current_setting('listen_addresses')") == ""


def test_the_server_never_runs_as_root(running: Cluster) -> None:
    assert Path(f"/proc/{pid_of(running)}").stat().st_uid == server_owner(running) != 0


ATTRIBUTES = "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
OWNER = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"


def test_neither_the_service_nor_the_owner_of_its_tables_is_a_superuser(running: Cluster) -> None:
    assert [fetch(running, ATTRIBUTES, user=user) for user in ("fieldproof", "fieldproof_owner")] == [False, False]
    assert fetch(running, OWNER) == "fieldproof_owner"
    assert (running.url, running.owner_url) == tuple(
        running.administrator_url.replace("fieldproof_admin", name) for name in ("fieldproof", "fieldproof_owner")
    )


def test_the_service_makes_nothing_in_its_database(running: Cluster) -> None:
    for statement in ("CREATE TABLE mine ()", "CREATE DATABASE mine", "CREATE SCHEMA mine"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(running, statement, user="fieldproof")


OF_AN_OLDER_FIELDPROOF = """
    ALTER DATABASE fieldproof OWNER TO fieldproof;
    ALTER ROLE fieldproof CREATEDB;
    DROP ROLE fieldproof_owner;
    SET ROLE fieldproof;
    CREATE TABLE entries (id serial, number int GENERATED BY DEFAULT AS IDENTITY);
    CREATE FUNCTION seven() RETURNS int LANGUAGE sql AS 'SELECT 7';
    INSERT INTO entries DEFAULT VALUES
"""
OWNERS = """
    SELECT string_agg(DISTINCT pg_get_userbyid(relowner) || ' ' || relkind::text, ', ') FROM pg_class
    WHERE relname ~ '^entries'
"""


def test_a_cluster_of_an_older_fieldproof_comes_along_while_it_runs(folder: Path) -> None:
    cluster = Cluster(folder, overrides=QUICK)
    cluster.ensure_running()
    access = cluster.status().data.parent / "conf/pg_hba.conf"
    access.write_text(access.read_text().replace("fieldproof_owner,", ""))
    fetch(cluster, "SELECT pg_reload_conf()", user="fieldproof_admin")

    async def turn_back() -> None:
        opened = await asyncpg.connect(cluster.administrator_url)
        await opened.execute(OF_AN_OLDER_FIELDPROOF)
        await opened.close()

    asyncio.run(turn_back())
    before = pid_of(cluster)
    for _ in range(2):
        cluster.ensure_running()
    assert pid_of(cluster) == before
    assert fetch(cluster, OWNER) == "fieldproof_owner"
    assert fetch(cluster, OWNERS) == "fieldproof_owner S, fieldproof_owner r"
    assert fetch(cluster, ATTRIBUTES, user="fieldproof") is False
    # what it served it goes on to serve, until it is migrated
    assert fetch(cluster, "INSERT INTO entries DEFAULT VALUES RETURNING seven()", user="fieldproof") == 7
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        fetch(cluster, "DROP TABLE entries", user="fieldproof")


def test_a_role_that_is_not_mapped_to_the_user_gets_in_nowhere(running: Cluster) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        fetch(running, "SELECT 1", user="pg_monitor")


def test_the_data_are_closed_to_other_users(running: Cluster) -> None:
    data = running.status().data
    for private in (data, data.parent / "run", data.parent / "log"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_a_running_server_is_left_alone(running: Cluster) -> None:
    before = pid_of(running)
    assert running.ensure_running() == running.url
    assert pid_of(running) == before


def test_the_status_of_a_home_without_a_cluster_writes_nothing(folder: Path) -> None:
    assert Cluster(folder / "home").status().state is ClusterState.ABSENT
    assert not (folder / "home").exists()


def test_a_url_before_the_first_start_is_refused(folder: Path) -> None:
    with pytest.raises(ClusterError, match="never started"):
        _ = Cluster(folder / "home").url


def test_data_survive_a_stop_and_a_start(cluster: Cluster) -> None:
    fetch(cluster, "CREATE TABLE kept_by_a_stop AS SELECT 7 AS value")
    assert cluster.stop()
    assert cluster.status().state is ClusterState.STOPPED
    assert not cluster.stop()
    cluster.ensure_running()
    assert fetch(cluster, "SELECT value FROM kept_by_a_stop") == 7


def test_overrides_take_effect_at_the_next_start(cluster: Cluster) -> None:
    again = Cluster(cluster.home, overrides={**QUICK, "work_mem": "5MB"})
    again.ensure_running()
    assert fetch(again, "SHOW work_mem") != "5MB"
    again.stop()
    again.ensure_running()
    assert fetch(again, "SHOW work_mem") == "5MB"


def test_a_dropped_database_is_made_again(cluster: Cluster) -> None:
    fetch(cluster, "DROP DATABASE fieldproof", database="postgres", user="fieldproof_admin")
    cluster.ensure_running()
    assert fetch(cluster, "SELECT count(*) FROM spatial_ref_sys") != 0


def test_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    starters = [start_elsewhere(folder) for _ in range(3)]
    assert {last_line(starter) for starter in starters} == {str(pid_of(Cluster(folder)))}


def test_a_killed_server_is_started_again_with_all_that_was_committed(cluster: Cluster) -> None:
    fetch(cluster, "CREATE TABLE kept_by_a_kill AS SELECT 7 AS value")
    killed = pid_of(cluster)
    os.kill(killed, signal.SIGKILL)
    cluster.ensure_running()
    assert fetch(cluster, "SELECT value FROM kept_by_a_kill") == 7
    assert pid_of(cluster) != killed


def test_locks_with_the_pid_of_a_stranger_neither_stop_a_start_nor_harm_the_stranger(cluster: Cluster) -> None:
    data = cluster.status().data
    locks = [data / "postmaster.pid", data.parent / "run/.s.PGSQL.5432.lock"]
    written = {lock: lock.read_text().splitlines()[1:] for lock in locks}
    cluster.stop()
    # PostgreSQL only fears processes of its own account
    account = pwd.getpwuid(server_owner(cluster))
    stranger = subprocess.Popen(["sleep", "60"], user=account.pw_uid if os.geteuid() == 0 else None)
    for lock, lines in written.items():
        lock.write_text("\n".join([str(stranger.pid), *lines]))
        shutil.chown(lock, account.pw_uid)
    assert cluster.status().state is ClusterState.STOPPED
    cluster.ensure_running()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_starter_killed_while_it_makes_the_cluster_leaves_nothing_half_made(folder: Path) -> None:
    kill_after_line(start_elsewhere(folder), "making")
    assert not Cluster(folder).status().data.exists()
    Cluster(folder, overrides=QUICK).ensure_running()
    assert not list(folder.rglob("initialising-*"))


def test_a_starter_killed_while_the_server_starts_does_not_cost_the_next_one(folder: Path) -> None:
    kill_after_line(start_elsewhere(folder), "starting")
    cluster = Cluster(folder, overrides=QUICK)
    cluster.ensure_running()
    assert fetch(cluster, "SELECT count(*) FROM spatial_ref_sys") != 0


def test_data_of_a_version_that_is_not_installed_are_refused_by_name(cluster: Cluster) -> None:
    cluster.stop()
    version = cluster.status().data / "PG_VERSION"
    mine = version.read_text()
    version.write_text("9\n")
    with pytest.raises(ClusterError, match=f"made by PostgreSQL 9, installed is only.*{mine.strip()}"):
        cluster.ensure_running()
    version.write_text(mine)


def test_a_setting_that_the_server_refuses_is_told_with_its_words(cluster: Cluster) -> None:
    cluster.stop()
    with pytest.raises(ClusterError, match="work_mum"):
        Cluster(cluster.home, overrides={**QUICK, "work_mum": "1MB"}).ensure_running()


@pytest.mark.parametrize("name", ["a" * 120, "with 'quotes', $HOME, spaces und größe"])
def test_a_home_whose_path_no_socket_could_have_works(folder: Path, name: str) -> None:
    cluster = Cluster(folder / name, overrides=QUICK)
    cluster.ensure_running()
    assert fetch(cluster, "SELECT 1") == 1
    socket_directory = Path(str(fetch(cluster, "SELECT current_setting('unix_socket_directories')")))
    assert stat.S_IMODE(socket_directory.stat().st_mode) == 0o700
    cluster.remove()
    assert not socket_directory.exists()


def test_a_home_that_is_closed_to_other_accounts_works(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    cluster = Cluster(folder / "closed/home", overrides=QUICK)
    cluster.ensure_running()
    assert fetch(cluster, "SELECT 1") == 1
    data = cluster.status().data
    cluster.remove()
    assert not data.parent.exists()


def test_an_unprivileged_user_runs_a_cluster_of_its_own_that_root_can_use(folder: Path) -> None:
    shutil.chown(folder, unprivileged_user() or os.geteuid())
    pid = last_line(start_elsewhere(folder / "home", unprivileged_user()))
    cluster = Cluster(folder / "home", overrides=QUICK)
    cluster.ensure_running()
    assert fetch(cluster, "SELECT 1") == 1
    assert pid_of(cluster) == int(pid)
    assert server_owner(cluster) == folder.stat().st_uid


def test_a_home_that_the_user_may_not_write_is_refused(folder: Path) -> None:
    folder.chmod(0o555)
    assert "is not yours" in last_line(start_elsewhere(folder / "home", unprivileged_user()))


def test_another_cluster_stays_untouched_even_when_the_environment_names_it(
    folder: Path, running: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = running.status()
    monkeypatch.setenv("PGDATA", str(theirs.data))
    monkeypatch.setenv("PGHOST", str(theirs.data.parent / "run"))
    monkeypatch.setenv("PGDATABASE", "template1")
    cluster = Cluster(folder, overrides=QUICK)
    cluster.ensure_running()
    assert fetch(cluster, "SELECT current_setting('data_directory')") == str(folder / "postgres/data")
    cluster.stop()
    cluster.remove()
    assert running.status() == theirs
    assert fetch(running, "SELECT 1") == 1


@pytest.mark.parametrize(("gibibytes", "shared_buffers"), [(1, "256MB"), (8, "2048MB"), (64, "4096MB")])
def test_memory_is_shared_out_by_what_the_machine_has(gibibytes: int, shared_buffers: str) -> None:
    settings = server_settings(gibibytes * 2**30, base=Path("/b"), socket_directory=Path("/s"))
    assert settings["shared_buffers"] == shared_buffers


def test_nothing_acknowledged_can_be_lost() -> None:
    settings = server_settings(2**30, base=Path("/b"), socket_directory=Path("/s"))
    assert {settings[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {"on"}


def test_a_value_cannot_become_a_setting_of_its_own() -> None:
    assert configuration_text({"cluster_name": "it's\nfsync = off\\"}) == "cluster_name = 'it''s\\nfsync = off\\\\'\n"


def test_a_user_name_cannot_become_a_rule_of_its_own() -> None:
    assert identity_text(['odd" name']).splitlines()[0] == 'fieldproof "odd"" name" fieldproof'
