"""The project's own private PostgreSQL cluster, for whoever has not set FIELDPROOF_DATABASE_URL.

It lives under `<home>/postgres`, listens on a Unix socket only, and knows no other cluster of the machine. A file lock puts
all who start or stop it in a row. What counts as "running" is read from the processes, never from a pid file alone: after
`kill -9` and a reboot the pid in a file may be anyone's.

Who may connect is settled by the kernel (peer): the operating system user that owns the home, and root. The service's role
owns its database and is no superuser.

Root cannot run PostgreSQL; the server then runs as the package's account (`postgres`, else `nobody`). Where that account may
not enter the home (say, under /root), data, log and configuration lie in `/var/lib/fieldproof-<hash of the home>`, and
`<home>/postgres/place.json` says so. A socket's path is limited to 107 bytes: a home too deep for it gets a socket directory
of its own, made by `mkdtemp` under /run (root) or /tmp, and written down in the same file.
"""

import fcntl
import hashlib
import json
import logging
import os
import re
import shlex
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from app.db.cluster_settings import (
    ADMINISTRATOR_ROLE,
    APPLICATION_ROLE,
    access_text,
    configuration_text,
    identity_text,
    machine_memory,
    server_settings,
)
from app.db.postgres_binaries import INSTALL_HINT, ClusterError, PostgresBinaries, ServerAccount, binaries_for, run_as
from app.db.postmaster import Postmaster

__all__ = ["Cluster", "ClusterError", "ClusterState", "ClusterStatus"]

PORT = 5432  # part of the socket's name only; nothing listens on TCP
DATABASE = "fieldproof"
LONGEST_SOCKET_PATH = 103  # the smallest of the systems' limits, less the closing NUL
START_SECONDS = 900  # crash recovery after a long write burst
ORPHAN_SECONDS = 20.0  # how long backends of a killed postmaster may take to notice

_PREPARE = f"""
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') AS no_role,
       NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') AS no_database \\gset
\\if :no_role
  CREATE ROLE {APPLICATION_ROLE} LOGIN CREATEDB IN ROLE pg_monitor;
\\endif
\\if :no_database
  \\connect template1
  CREATE EXTENSION IF NOT EXISTS postgis;
  \\connect postgres
  CREATE DATABASE {DATABASE} OWNER {APPLICATION_ROLE};
\\endif
\\connect {DATABASE}
CREATE EXTENSION IF NOT EXISTS postgis;
"""

log = logging.getLogger(__name__)


class ClusterState(StrEnum):
    """What is known of the cluster from its files and processes."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """The cluster as found: its state, the postmaster's pid while one lives, where the data are, which major version made them."""

    state: ClusterState
    pid: int | None
    data: Path
    major: int | None


class Cluster:
    """The private cluster of one home. All methods block; call them before the event loop runs, or in a thread."""

    def __init__(self, home: Path, *, overrides: Mapping[str, str] | None = None) -> None:
        """`home` is FIELDPROOF_HOME; `overrides` are server settings by name that take effect at the next start."""
        self._place = home.expanduser().resolve() / "postgres"
        self._overrides = dict(overrides or {})

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of the service's database; ClusterError before the first start."""
        if not self._record_path.exists():
            raise ClusterError(f"there is no cluster in {self._place} yet: start it first")
        return self._url_of(self._socket_directory_on_record() or self._base / "run")

    def ensure_running(self) -> str:
        """Make what is missing (cluster, server process, role, database, PostGIS) and answer the database's URL.

        Any number of processes may call it at once. Raises ClusterError with the reason and the server's last words.
        """
        with self._locked() as lock:
            if not (self._base / "data").exists():
                self._initialise(lock)
            postmaster = Postmaster(self._base / "data")
            if postmaster.pid is None:
                self._start(postmaster)
            elif not postmaster.wait_until_ready(START_SECONDS):
                raise ClusterError(f"the server did not become ready\n{self._last_words()}")
            socket_directory = self._socket_directory_on_record() or self._base / "run"
            self._prepare_database(socket_directory)
            return self._url_of(socket_directory)

    def stop(self) -> bool:
        """Stop the server, open transactions are rolled back; False where none ran."""
        if not self._record_path.exists():
            return False
        with self._locked():
            data = self._base / "data"
            if Postmaster(data).pid is None:
                return False
            stopping = ["stop", "--mode=fast", "--wait", f"--timeout={START_SECONDS}", f"--pgdata={data}"]
            stopped = run_as(self._account, [self._binaries.program("pg_ctl"), *stopping])
            if stopped.returncode != 0:
                raise ClusterError(f"the server did not stop: {stopped.stdout.strip()}")
            return True

    def status(self) -> ClusterStatus:
        """What there is, without a lock and without changing anything."""
        data = self._base / "data"
        if not data.exists():
            return ClusterStatus(ClusterState.ABSENT, None, data, None)
        postmaster = Postmaster(data)
        pid = postmaster.pid
        running = ClusterState.RUNNING if postmaster.ready else ClusterState.STARTING
        return ClusterStatus(running if pid else ClusterState.STOPPED, pid, data, self._major)

    # Places and what is written down about them

    @property
    def _record_path(self) -> Path:
        return self._place / "place.json"

    @cached_property
    def _base(self) -> Path:
        """The directory of data, log and configuration: the place in the home, or one outside that root's server can enter."""
        outside = self._record().get("base")
        if outside and self._record().get("home") != str(self._place.parent):
            raise ClusterError(
                f"{self._place} was moved or copied: its data are in {outside} and belong to {self._record().get('home')}. "
                f"Move it back, or remove {self._record_path} to begin with an empty cluster."
            )
        return Path(outside) if outside else self._place

    @cached_property
    def _account(self) -> ServerAccount:
        """Whoever owns the data; for new data the caller, or root's stand-in."""
        data = self._base / "data"
        owner = ServerAccount.of_uid(data.stat().st_uid) if data.exists() else ServerAccount.for_new_cluster()
        if os.geteuid() not in (0, owner.uid):
            raise ClusterError(f"{data} belongs to {owner.name}: run this as {owner.name} or root, or choose another FIELDPROOF_HOME")
        return owner

    @property
    def _major(self) -> int | None:
        version = self._base / "data/PG_VERSION"
        try:
            return int(version.read_text().split(".")[0])
        except (FileNotFoundError, PermissionError):
            return None

    @cached_property
    def _binaries(self) -> PostgresBinaries:
        data = self._base / "data"
        if data.exists() and self._major is None:
            raise ClusterError(f"{data} is not a PostgreSQL data directory")
        return binaries_for(self._major)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the cluster's file lock; the kernel lets go of it when the holder dies."""
        try:
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as refused:
            raise ClusterError(f"{self._place} is not yours: {refused.strerror}. Choose another FIELDPROOF_HOME.") from refused
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self.__dict__.pop("_base", None)  # another process may have made the cluster while this one waited
            yield descriptor
        finally:
            os.close(descriptor)

    def _record(self) -> dict[str, str]:
        try:
            record: dict[str, str] = json.loads(self._record_path.read_text())
        except FileNotFoundError:
            return {}
        return record

    def _write(self, path: Path, text: str) -> None:
        """Replace a file as a whole, so that a reader or a crash never sees half of it."""
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            os.fchmod(descriptor, 0o644)  # no secrets in them, and the server's account must read them
            file.flush()
            os.fsync(descriptor)
        Path(fresh).replace(path)

    def _directory(self, path: Path) -> Path:
        """Make a directory that only the server's account (and root) can enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, self._account.uid, self._account.gid)
        return path

    # Making

    def _initialise(self, lock: int) -> None:
        """`initdb` into a directory beside, then one rename: there is a whole cluster or none."""
        self._choose_base()
        for abandoned in self._base.glob("initialising-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        fresh = self._directory(Path(tempfile.mkdtemp(prefix="initialising-", dir=self._base)))
        character_type = "UTF-8" if os.uname().sysname == "Darwin" else "C.UTF-8"
        options = [
            f"--pgdata={fresh}", f"--username={ADMINISTRATOR_ROLE}", "--auth=peer", "--encoding=UTF8", "--data-checksums",
            "--locale=C", f"--lc-ctype={character_type}", "--no-instructions",
        ]  # fmt: skip
        if self._overrides.get("fsync") == "off":
            options.append("--no-sync")
        log.info("making a PostgreSQL %s cluster in %s", self._binaries.major, self._base)
        # The lock goes along: should this process be killed, nobody starts anew before the orphaned initdb has ended.
        made = run_as(self._account, [self._binaries.program("initdb"), *options], keep_open=[lock])
        if made.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise ClusterError(f"initdb failed: {made.stdout.strip()}")
        fresh.rename(self._base / "data")

    def _choose_base(self) -> None:
        account = self._account
        record = {"home": str(self._place.parent)}
        if not account.is_caller:
            self._place.chmod(0o711)
            if not account.can_enter(self._place):
                digest = hashlib.sha256(os.fsencode(self._place)).hexdigest()[:12]
                outside = Path("/var/lib") / f"fieldproof-{digest}"
                outside.mkdir(mode=0o711, exist_ok=True)
                outside.chmod(0o711)
                record["base"] = str(outside)
        self._write(self._record_path, json.dumps(record, indent=2) + "\n")
        del self._base

    def _socket_directory_on_record(self) -> Path | None:
        recorded = self._record().get("socket_directory")
        return Path(recorded) if recorded else None

    def _socket_directory(self) -> Path:
        inside = self._base / "run"
        socket = os.fsencode(inside / f".s.PGSQL.{PORT}")
        if len(socket) <= LONGEST_SOCKET_PATH and re.fullmatch(r"[\w/.+-]+", str(inside), re.ASCII):
            return self._directory(inside)
        recorded = self._socket_directory_on_record()
        if recorded and self._is_private(recorded):
            return recorded
        parent = "/run" if os.geteuid() == 0 and Path("/run").is_dir() else "/tmp"  # noqa: S108  # mkdtemp: unguessable, 0700
        made = self._directory(Path(tempfile.mkdtemp(prefix="fieldproof-", dir=parent)))
        self._write(self._record_path, json.dumps(self._record() | {"socket_directory": str(made)}, indent=2) + "\n")
        return made

    def _is_private(self, directory: Path) -> bool:
        try:
            found = directory.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == self._account.uid and stat.S_IMODE(found.st_mode) == 0o700

    # Starting

    def _configure(self) -> Path:
        """Write the configuration for this start; answers the socket directory."""
        configuration = self._base / "conf"
        configuration.mkdir(exist_ok=True)
        configuration.chmod(0o755)
        self._directory(self._base / "log")
        socket_directory = self._socket_directory()
        users = {ServerAccount.of_uid(uid).name for uid in (0, os.geteuid(), self._place.stat().st_uid)}
        self._write(configuration / "pg_hba.conf", access_text())
        self._write(configuration / "pg_ident.conf", identity_text(users))
        settings = server_settings(machine_memory(), base=self._base, socket_directory=socket_directory, wal_compression="on")
        path = configuration / "postgresql.conf"
        self._write(path, configuration_text(settings | self._overrides))
        asked = [f"--config-file={path}", f"--data-directory={self._base / 'data'}", "--wal-compression=lz4", "-C", "wal_compression"]
        if "wal_compression" not in self._overrides and run_as(self._account, [self._binaries.program("postgres"), *asked]).returncode == 0:
            self._write(path, configuration_text(settings | {"wal_compression": "lz4"} | self._overrides))
        return socket_directory

    def _start(self, postmaster: Postmaster) -> None:
        socket_directory = self._configure()
        postmaster.discard_locks_of_strangers(socket_directory / f".s.PGSQL.{PORT}.lock")
        options = f"-c {shlex.quote(f'config_file={self._base / "conf/postgresql.conf"}')}"
        command = [
            self._binaries.program("pg_ctl"), "start", "--wait", f"--timeout={START_SECONDS}", "--silent",
            f"--pgdata={postmaster.data}", f"--log={self._base / 'log/start.log'}", f"--options={options}",
        ]  # fmt: skip
        give_up = time.monotonic() + ORPHAN_SECONDS
        while (started := run_as(self._account, command)).returncode != 0:
            words = self._last_words()
            if "pre-existing shared memory block" not in words or time.monotonic() > give_up:
                raise ClusterError(f"the server did not start: {started.stdout.strip()}\n{words}")
