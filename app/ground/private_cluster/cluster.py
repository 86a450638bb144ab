"""The project's own private PostgreSQL cluster, for whoever has not set FIELDPROOF_DATABASE_URL.

It lives under `<home>/postgres`, listens on a Unix socket only, and knows no other cluster of the machine. A file lock
makes all who start or stop it take turns. What counts as "running" is read from the processes, never from a pid file
alone: after `kill -9` and a reboot the pid in a file may be anyone's.

Who may connect is settled by the kernel (peer): the operating system user that owns the home, and root. The service's
role owns nothing: the tables belong to the owner's role, by which migrations run (decision 45).

Root cannot run PostgreSQL; the server then runs as the package's account (`postgres`, else `nobody`). Where that
account may not enter the home (say, under /root), data, log and configuration lie in a `/var/lib/fieldproof-…`, and
`<home>/postgres/place.json` says which. A socket's path is limited to 107 bytes: a home too deep for it gets a socket
directory of its own under /run (root) or /tmp, written down in the same file.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from platform import system
from subprocess import CompletedProcess
from urllib.parse import quote

from app.ground.private_cluster.configuration import (
    ADMINISTRATOR_ROLE,
    access_text,
    configuration_text,
    identity_text,
    machine_memory,
    server_settings,
)
from app.ground.private_cluster.place import PORT, SOCKET_NAME, ClusterPlace
from app.ground.private_cluster.postgres_binaries import (
    INSTALL_HINT,
    ClusterError,
    PostgresBinaries,
    ServerAccount,
    binaries_for,
    run_as,
)
from app.ground.private_cluster.postmaster import Postmaster
from app.ground.private_cluster.roles import DATABASE, OWNER_ROLE, PREPARE, SERVICE_ROLE

__all__ = ["Cluster", "ClusterError", "ClusterState", "ClusterStatus"]

START_SECONDS = 900  # crash recovery after a long burst of writes
ORPHAN_SECONDS = 20.0  # how long the backends of a killed postmaster may take to notice

_QUIET = ("--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1")

log = logging.getLogger(__name__)


class ClusterState(StrEnum):
    """What is known of the cluster from its files and processes."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """The cluster as found: the postmaster's pid while one lives, and the major version that made the data."""

    state: ClusterState
    pid: int | None
    data: Path
    major: int | None

    def __str__(self) -> str:
        """In words: running (process 4711, PostgreSQL 15, var/postgres/data)."""
        parts = [f"process {self.pid}" if self.pid else "", f"PostgreSQL {self.major}" if self.major else "", self.data]
        return f"{self.state} ({', '.join(str(part) for part in parts if part)})"


class Cluster:
    """The private cluster of one home. All methods block: call them before the event loop runs, or in a thread."""

    def __init__(self, home: Path, *, overrides: Mapping[str, str] | None = None) -> None:
        """`home` is FIELDPROOF_HOME; `overrides` are server settings by name, which take effect at the next start."""
        self.home = home.expanduser().resolve()
        self._place = ClusterPlace(self.home / "postgres")
        self._overrides = dict(overrides or {})

    @property
    def url(self) -> str:
        """The URL of the database for the service, as libpq and `psql` read it; ClusterError before the first start."""
        return self._url_for(SERVICE_ROLE)

    @property
    def owner_url(self) -> str:
        """The URL of the same database for the owner of its tables: for migrations."""
        return self._url_for(OWNER_ROLE)

    @property
    def administrator_url(self) -> str:
        """The URL of the same database for the cluster's superuser."""
        return self._url_for(ADMINISTRATOR_ROLE)

    def _url_for(self, role: str) -> str:
        socket_directory = quote(str(self._place.socket_directory), safe="/")
        return f"postgresql://{role}@/{DATABASE}?host={socket_directory}&port={PORT}"

    def ensure_running(self) -> str:
        """Make what is missing (cluster, server process, role, database, PostGIS) and answer the database's URL.

        Any number of processes may call it at once. Raises ClusterError with the reason and the server's last words.
        """
        with self._place.locked() as lock:
            if not self._place.data.exists():
                self._initialise(lock)
            self._place.note_stopped(stopped=False)
            pid = Postmaster(self._place.data).pid
            try:
                return self._serve()
            except ClusterError:
                if pid is None or Postmaster(self._place.data).pid is not None:
                    raise
                return self._serve()  # the server was already dying when it was found

    def restart(self) -> bool:
        """Start a server that has died; False where one runs, or somebody has stopped it, also while this waited."""
        with self._place.locked():
            if self.status().state is not ClusterState.STOPPED or self.was_stopped:
                return False
            self._serve()
            return True

    def remove(self) -> None:
        """Stop the server and delete the cluster with all its data, wherever they lie."""
        self.stop()
        with self._place.locked():
            self._place.delete()

    def stop(self) -> bool:
        """Stop the server, rolling back open transactions; False where none ran."""
        if self.status().pid is None:
            return False
        with self._place.locked():
            self._place.note_stopped(stopped=True)
            stopping = ["--mode=fast", "--wait", f"--timeout={START_SECONDS}", f"--pgdata={self._place.data}"]
            stopped = self._run_as_server("pg_ctl", "stop", *stopping)
            if stopped.returncode != 0 and self.status().pid is not None:
                raise ClusterError(f"the server did not stop: {stopped.stdout.strip()}")
            return True

    @property
    def was_stopped(self) -> bool:
        """Whether `stop` has stopped it: a server that is away without that has died."""
        return self._place.was_stopped

    def status(self) -> ClusterStatus:
        """What there is, without waiting and without changing anything."""
        postmaster = Postmaster(self._place.data)
        pid, made_by = postmaster.pid, self._place.made_by
        if pid is not None:
            state = ClusterState.RUNNING if postmaster.ready else ClusterState.STARTING
        else:
            state = ClusterState.ABSENT if made_by is None else ClusterState.STOPPED
        return ClusterStatus(state, pid, postmaster.data, made_by)

    def run(self, program: str, *arguments: str, database: str = "postgres", script: str = "") -> str:
        """Run one of PostgreSQL's programs as the administrator, on one of the running cluster's databases.

        Answers what it prints. Raises ClusterError with its words where it fails.
        """
        environment = {
            "PGHOST": str(self._place.socket_directory),
            "PGPORT": str(PORT),
            "PGUSER": ADMINISTRATOR_ROLE,
            "PGDATABASE": database,
        }
        command = [self._binaries.program(program), *arguments]
        result = run_as(ServerAccount.of_caller(), command, script=script, environment=environment)
        if result.returncode != 0:
            raise ClusterError(str(result.stdout).strip())
        return str(result.stdout)

    def ask(self, statement: str, *, database: str = "postgres") -> str:
        """The first value that a statement of the administrator's answers, as text; "" for null, and for none."""
        return self.run("psql", *_QUIET, "--tuples-only", "--no-align", script=statement, database=database).strip()

    def _initialise(self, lock: int) -> None:
        """`initdb` into a directory beside, then one rename: there is a whole cluster or none."""
        self._place.choose_base()
        base = self._place.base
        for leftover in base.glob("initialising-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        data = self._place.make_private(Path(tempfile.mkdtemp(prefix="initialising-", dir=base)))
        options = [f"--pgdata={data}", f"--username={ADMINISTRATOR_ROLE}", "--auth=peer", "--data-checksums"]
        # bytewise order: the same on every system and after every upgrade of its libraries
        options += ["--encoding=UTF8", "--locale=C", f"--lc-ctype={'UTF-8' if system() == 'Darwin' else 'C.UTF-8'}"]
        if self._overrides.get("fsync") == "off":
            options.append("--no-sync")
        log.info("making a PostgreSQL %d cluster in %s", self._binaries.major, base)
        # The lock goes along: should this process be killed, nobody starts anew before the orphaned initdb has ended.
        result = self._run_as_server("initdb", *options, keep_open=(lock,))
        if result.returncode != 0:
            shutil.rmtree(data, ignore_errors=True)
            raise ClusterError(f"initdb failed: {result.stdout.strip()}")
        data.rename(base / "data")

    def _serve(self) -> str:
        postmaster = Postmaster(self._place.data)
        pid = postmaster.pid
        if pid is None:
            self._start(postmaster)
        elif not postmaster.wait_until_ready(pid, START_SECONDS):
            raise ClusterError(f"the server did not become ready:\n{self._last_words()}")
        self._prepare_database()
        return self.url

    def _start(self, postmaster: Postmaster) -> None:
        binaries = self._binaries  # before anything is written: no binaries for these data, no start
        configuration = self._configure()
        postmaster.discard_locks_of_strangers(self._place.socket_directory / f"{SOCKET_NAME}.lock")
        log.info("starting PostgreSQL %d on %s", binaries.major, postmaster.data)
        # What pg_ctl does, without its shell's reading of `$` and quotes in paths: the server is nobody's child, and
        # holds none of our descriptors open.
        detached = 'log="$1"; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
        server = [binaries.program("postgres"), "-D", str(postmaster.data), "-c", f"config_file={configuration}"]
        command = ["/bin/sh", "-c", detached, "sh", str(self._place.base / "log/start.log"), *server]
        give_up = time.monotonic() + ORPHAN_SECONDS
        while not postmaster.wait_until_ready(int(run_as(self._place.account, command).stdout), START_SECONDS):
            quicker = postmaster.pid  # of a starter that was killed a moment ago
            if quicker is not None and postmaster.wait_until_ready(quicker, START_SECONDS):
                return
            words = self._last_words()
            if "pre-existing shared memory block" not in words or time.monotonic() > give_up:
                raise ClusterError(f"the server did not start:\n{words}")

    def _configure(self) -> Path:
        """Write the configuration of the coming start; answers the path of `postgresql.conf`."""
        place = self._place
        place.make_private(place.base / "log")
        directory = place.base / "conf"
        directory.mkdir(exist_ok=True)
        directory.chmod(0o755)
        self._write_access()
        settings = server_settings(machine_memory(), base=place.base, socket_directory=place.choose_socket_directory())
        path = directory / "postgresql.conf"
        place.write(path, configuration_text(settings | self._overrides))
        arguments = (
            f"--config-file={path}",
            f"--data-directory={place.data}",
            "--wal-compression=lz4",
            "-C",
            "wal_compression",
        )
        if (
            self._run_as_server("postgres", *arguments).returncode == 0
        ):  # a server built without lz4 refuses to start with it
            place.write(path, configuration_text(settings | {"wal_compression": "lz4"} | self._overrides))
        return path

    def _write_access(self) -> bool:
        """Write who may connect; answers whether that was something else until now."""
        hba, ident = self._place.base / "conf/pg_hba.conf", self._place.base / "conf/pg_ident.conf"
        before = hba.read_text() if hba.exists() else None
        self._place.write(hba, access_text())
        self._place.write(ident, identity_text(self._place.users))
        return before != access_text()

    def _prepare_database(self) -> None:
        # a server that an older Fieldproof started knows fewer roles; it hears the signal before the next connection
        script = "SELECT pg_reload_conf();" + PREPARE if self._write_access() else PREPARE
        try:
            self.run("psql", *_QUIET, "--output=/dev/null", script=script)
        except ClusterError as error:
            hint = f"\n{INSTALL_HINT}" if "postgis" in str(error) else ""
            raise ClusterError(f"the database could not be prepared: {error}{hint}") from error

    @property
    def _binaries(self) -> PostgresBinaries:
        return binaries_for(self._place.made_by)

    def _run_as_server(self, program: str, *arguments: str, keep_open: tuple[int, ...] = ()) -> CompletedProcess[str]:
        return run_as(self._place.account, [self._binaries.program(program), *arguments], keep_open=keep_open)

    def _last_words(self) -> str:
        """The ends of the two newest log files: what came before the log collector ran, and what came after."""
        newest = sorted((self._place.base / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)[-2:]
        return "\n".join(line for path in newest for line in path.read_text(errors="replace").splitlines()[-8:])
