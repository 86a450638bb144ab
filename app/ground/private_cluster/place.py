"""Where the private cluster of a home lies, whose it is, and the lock and the record that all who use it share."""

import fcntl
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.ground.private_cluster.postgres_binaries import ClusterError, ServerAccount

PORT = 5432  # part of the socket's name only; nothing listens on TCP
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 103  # the smallest of the systems' limits, less the closing NUL


@dataclass(frozen=True, slots=True)
class ClusterPlace:
    """The directories of one home's cluster. `root` is `<home>/postgres`: the lock and the record are always there."""

    root: Path

    @property
    def base(self) -> Path:
        """The directory of data, log and configuration: `root`, or the one outside that the record names."""
        record = self._record()
        if "base" not in record:
            return self.root
        if record["home"] != str(self.root.parent):
            raise ClusterError(
                f"{self.root} was moved or copied: its data are in {record['base']} and belong to {record['home']}. "
                f"Move it back, or remove {self._record_path} to begin with an empty cluster."
            )
        return Path(record["base"])

    @property
    def data(self) -> Path:
        """The data directory; it exists exactly when the cluster was wholly made."""
        return self.base / "data"

    @property
    def account(self) -> ServerAccount:
        """The account that the server runs as: the data's owner; for new data the caller, or root's stand-in."""
        if not self.data.exists():
            return ServerAccount.for_new_cluster()
        owner = ServerAccount.of_uid(self.data.stat().st_uid)
        if os.geteuid() not in (0, owner.uid):
            advice = f"run this as {owner.name} or root, or choose another FIELDPROOF_HOME"
            raise ClusterError(f"{self.data} belongs to {owner.name}: {advice}")
        return owner

    @property
    def users(self) -> set[str]:
        """The operating system users that may connect: the home's owner, the caller and root."""
        return {ServerAccount.of_uid(uid).name for uid in (0, os.geteuid(), self.root.stat().st_uid)}

    @property
    def made_by(self) -> int | None:
        """The major version that made the data, None without data."""
        if not self.data.exists():
            return None
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError) as unreadable:
            raise ClusterError(f"{self.data} is not a PostgreSQL data directory: {unreadable}") from unreadable

    @property
    def socket_directory(self) -> Path:
        """Where the socket was put at the last start; ClusterError before the first."""
        recorded = self._record().get("socket_directory")
        if recorded is None:
            raise ClusterError(f"the cluster in {self.root} was never started")
        return Path(recorded)

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the file lock and answer its descriptor; the kernel lets go of it when the holder dies."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as refused:
            raise ClusterError(
                f"{self.root} is not yours ({refused.strerror}): choose another FIELDPROOF_HOME"
            ) from refused
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    @property
    def was_stopped(self) -> bool:
        """Whether somebody has stopped the server on purpose since its last start."""
        return self._stopped_mark.exists()

    def note_stopped(self, *, stopped: bool) -> None:
        """Keep in mind that somebody has stopped the server on purpose, or that it was started again."""
        if stopped:
            self._stopped_mark.touch()
        else:
            self._stopped_mark.unlink(missing_ok=True)

    @property
    def _stopped_mark(self) -> Path:
        return self.root / "stopped"

    def choose_base(self) -> None:
        """Decide where the data of a new cluster go: in the home, unless root's server cannot enter it."""
        account = self.account
        record = {"home": str(self.root.parent)}
        if not account.is_caller:
            self.root.chmod(0o711)
            if not account.can_enter(self.root):
                outside = self.base  # chosen before by a process that was killed, or still `root`
                if outside == self.root or not outside.exists():
                    outside = Path(tempfile.mkdtemp(prefix="fieldproof-", dir="/var/lib"))
                outside.chmod(0o711)
                record["base"] = str(outside)
        self._write_record(record)

    def choose_socket_directory(self) -> Path:
        """A directory whose socket's path is short enough, without characters that mean something in URLs; recorded."""
        directory = self.base / "run"
        path = str(directory / SOCKET_NAME)
        if len(path) > LONGEST_SOCKET_PATH or not re.fullmatch(r"[\w/.+-]+", path, re.ASCII):
            directory = Path(self._record().get("socket_directory", directory))
            if not self._is_private(directory) or directory.is_relative_to(self.base):
                for_root = os.geteuid() == 0 and Path("/run").is_dir()
                # mkdtemp's names cannot be guessed and squatted
                directory = Path(tempfile.mkdtemp(prefix="fieldproof-", dir="/run" if for_root else "/tmp"))  # noqa: S108
        self.make_private(directory)
        self._write_record(self._record() | {"socket_directory": str(directory)})
        return directory

    def make_private(self, directory: Path) -> Path:
        """Make a directory, where it is missing, that only the server's account (and root) can enter."""
        directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(directory, self.account.uid, self.account.gid)
        return directory

    def write(self, path: Path, text: str) -> None:
        """Replace a file as a whole; whoever can enter may read it, as the server's account must."""
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            os.fchmod(descriptor, 0o644)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)

    def delete(self) -> None:
        """Delete everything: what lies outside first, the record of it after."""
        socket_directory = Path(self._record().get("socket_directory", self.root))
        if not socket_directory.is_relative_to(self.base) and self._is_private(socket_directory):
            shutil.rmtree(socket_directory)
        for directory in {self.base, self.root}:
            shutil.rmtree(directory)

    @property
    def _record_path(self) -> Path:
        return self.root / "place.json"

    def _record(self) -> dict[str, str]:
        try:
            record: dict[str, str] = json.loads(self._record_path.read_text())
        except FileNotFoundError:
            return {}
        return record

    def _write_record(self, record: dict[str, str]) -> None:
        self.write(self._record_path, json.dumps(record, indent=2) + "\n")

    def _is_private(self, directory: Path) -> bool:
        try:
            status = directory.lstat()
        except FileNotFoundError:
            return False
        return (
            stat.S_ISDIR(status.st_mode) and status.st_uid == self.account.uid and stat.S_IMODE(status.st_mode) == 0o700
        )
