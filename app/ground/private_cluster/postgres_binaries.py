"""Finding PostgreSQL's programs on this machine and running them as the right account.

Every program gets an environment of its own: no `PG…` variable of the caller (`PGDATA`, `PGHOST`, `PGOPTIONS` …) may
lead it to another cluster, and no inherited directory may be one that the server's account cannot enter.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.ground.errors import Told

OLDEST_MAJOR = 14  # multiranges
ACCOUNTS_FOR_ROOT = ("postgres", "nobody", "_postgres")
INSTALL_HINT = (
    "install PostgreSQL with PostGIS (`make setup` does it; on Debian: postgresql and postgresql-<version>-postgis-3)"
)
PLACES = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # PGDG on Red Hat
    ("/usr/local", "pgsql*/bin"),
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/usr/local/opt", "postgresql*/bin"),
)


class ClusterError(Told):
    """The private PostgreSQL cluster cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """The operating system account that a server process runs as: PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of_uid(cls, uid: int) -> Self:
        """The account with this number; an account without a passwd entry is refused, as `initdb` would refuse it."""
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise ClusterError(f"user id {uid} has no passwd entry: PostgreSQL cannot run as it") from None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @classmethod
    def of_caller(cls) -> Self:
        """The account that this process runs as."""
        return cls.of_uid(os.geteuid())

    @classmethod
    def for_new_cluster(cls) -> Self:
        """The caller itself; for root the account of the distribution's package, else `nobody`."""
        if os.geteuid() != 0:
            return cls.of_caller()
        for name in ACCOUNTS_FOR_ROOT:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            if entry.pw_uid != 0:
                return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)
        raise ClusterError(f"root needs one of the accounts {', '.join(ACCOUNTS_FOR_ROOT)} to run PostgreSQL as")

    @property
    def is_caller(self) -> bool:
        """Whether this process already runs as the account."""
        return self.uid == os.geteuid()

    def can_enter(self, directory: Path) -> bool:
        """Whether the account may pass through all directories above; tried, as modes alone do not tell of ACLs."""
        return run_as(self, ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]).returncode == 0


def run_as(
    account: ServerAccount,
    arguments: Sequence[str],
    *,
    keep_open: Sequence[int] = (),
    script: str = "",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as `account`, with `script` on its standard input; its output is merged and captured.

    Of the caller's environment it has nothing; `environment` is added to what every program gets.
    """
    change_user = {} if account.is_caller else {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # the overloads cannot see through **change_user
        list(arguments),
        **change_user,
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        start_new_session=True,  # a key that interrupts us at the terminal does not interrupt the server
        umask=0o077,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **(environment or {})},
        pass_fds=tuple(keep_open),
        check=False,
    )


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """One installed major version of PostgreSQL."""

    directory: Path
    major: int

    def program(self, name: str) -> str:
        """The full path of `initdb`, `pg_ctl`, `postgres` or `psql`."""
        return str(self.directory / name)

    @property
    def has_postgis(self) -> bool:
        """Whether PostGIS's control file lies in one of the places where packages put it."""
        prefix = self.directory.parent
        places = (
            Path(f"/usr/share/postgresql/{self.major}/extension"),
            prefix / "share/extension",
            prefix / "share/postgresql/extension",
            prefix / f"share/postgresql@{self.major}/extension",
        )
        return any((place / "postgis.control").exists() for place in places)


def installed_versions() -> list[PostgresBinaries]:
    """All usable versions on this machine, the best first: those with PostGIS, then the newest."""
    directories = [place for root, pattern in PLACES for place in Path(root).glob(pattern)]
    on_path = shutil.which("initdb")
    if on_path:
        directories.append(Path(on_path).resolve().parent)
    versions: dict[int, PostgresBinaries] = {}
    for directory in directories:
        major = _major_of(directory)
        if major >= OLDEST_MAJOR:
            versions.setdefault(major, PostgresBinaries(directory, major))
    return sorted(versions.values(), key=lambda version: (version.has_postgis, version.major), reverse=True)


def binaries_for(made_by: int | None) -> PostgresBinaries:
    """The programs for a new cluster (`made_by` None) or for data of a given major version, which no other can read."""
    versions = installed_versions()
    if not versions:
        raise ClusterError(f"no PostgreSQL {OLDEST_MAJOR} or newer found: {INSTALL_HINT}")
    if made_by is None:
        return versions[0]
    for version in versions:
        if version.major == made_by:
            return version
    majors = ", ".join(str(version.major) for version in versions)
    raise ClusterError(
        f"the data were made by PostgreSQL {made_by}, installed is only {majors}: "
        f"install version {made_by} again, or move the data with pg_upgrade (or pg_dumpall and a new FIELDPROOF_HOME)"
    )


def _major_of(directory: Path) -> int:
    if not all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres", "psql")):
        return 0
    answer = subprocess.run([str(directory / "postgres"), "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"(\d+)(?:\.\d+|\w+\d+)", answer.stdout)
    return int(version[1]) if version else 0
