"""The configuration files of the private cluster: scaled by the machine's memory, durable, reachable by socket only.

They are written anew at every start, outside the data directory. What an administrator sets with `ALTER SYSTEM` stands
above them.
"""

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from app.ground.private_cluster.roles import OWNER_ROLE, SERVICE_ROLE

ADMINISTRATOR_ROLE = "fieldproof_admin"
ROLES = (SERVICE_ROLE, OWNER_ROLE, ADMINISTRATOR_ROLE)
IDENT_MAP = "fieldproof"

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_MAX_CONNECTIONS = 200


def machine_memory() -> int:
    """Bytes of memory this process may count on: the machine's, or its control group's where that is less."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return memory
    return min(memory, int(limit)) if limit.isdigit() else memory


def server_settings(memory: int, *, base: Path, socket_directory: Path) -> dict[str, str]:
    """The server's settings by name for `memory` bytes, fully durable: nothing acknowledged is ever lost."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_directory),
        "unix_socket_permissions": "0700",
        "hba_file": str(base / "conf/pg_hba.conf"),
        "ident_file": str(base / "conf/pg_ident.conf"),
        "cluster_name": "fieldproof",
        "max_connections": str(_MAX_CONNECTIONS),
        "max_locks_per_transaction": "256",  # a statement over two years of monthly partitions locks them all
        "shared_buffers": _megabytes(min(memory // 4, 4 * _GIB)),
        "effective_cache_size": _megabytes(memory * 6 // 10),
        "work_mem": _megabytes(min(max(memory // 4 // _MAX_CONNECTIONS, 4 * _MIB), 32 * _MIB)),
        "maintenance_work_mem": _megabytes(min(max(memory // 16, 64 * _MIB), _GIB)),
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "512MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",  # short statements: compiling costs more than it saves
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": str(base / "log"),
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_lock_waits": "on",
        "log_min_duration_statement": "1s",
        "log_parameter_max_length": "0",  # parameters hold positions of people and hashes of secrets
    }
    if sys.platform == "linux":  # elsewhere the server refuses to start with it
        settings["effective_io_concurrency"] = "200"
    return settings


def configuration_text(settings: Mapping[str, str]) -> str:
    """The text of `postgresql.conf`: every value quoted, so that no value can become a line of its own."""
    return "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items())


def access_text() -> str:
    """The text of `pg_hba.conf`: the kernel vouches for who connects (peer), over the socket, and nobody else gets in.

    There is no password to generate, keep, leak or log. `trust` would lean on a directory's mode alone.
    """
    return f"local all {','.join(ROLES)} peer map={IDENT_MAP}\n"


def identity_text(users: Collection[str]) -> str:
    """The text of `pg_ident.conf`: these operating system users may be any of the roles."""
    quoted = ['"{}"'.format(user.replace('"', '""')) for user in sorted(users)]
    return "".join(f"{IDENT_MAP} {user} {role}\n" for user in quoted for role in ROLES)


def _megabytes(size: int) -> str:
    return f"{size // _MIB}MB"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{escaped}'"
