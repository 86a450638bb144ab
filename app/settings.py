"""The settings, read from the environment (`FIELDPROOF_…`) by whoever starts a process; nothing is read at import."""

import contextlib
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Everything that an operator can set."""

    model_config = SettingsConfigDict(env_prefix="FIELDPROOF_", extra="ignore", ignored_types=(cached_property,))

    home: Path = Field(default=Path("var"), description="holds what the private cluster and the service write")
    database_url: SecretStr | None = Field(
        default=None, description="postgresql://… of a PostgreSQL with PostGIS; without it a private cluster is used"
    )
    database_pool_size: int = Field(default=10, ge=1, le=200)
    statement_timeout_seconds: int = Field(
        default=60, ge=1, le=3600, description="how long one statement of the API may run; a day's closing is exempt"
    )
    token_secret: SecretStr | None = Field(
        default=None, description="signs access tokens; without it a random one is kept in the home folder"
    )
    access_token_minutes: int = Field(default=15, ge=1, le=120)
    refresh_token_days: int = Field(default=90, ge=1, le=400)
    principal_cache_seconds: float = Field(
        default=10.0, ge=0, description="how long a worker trusts what it read of a caller; a revocation bites by then"
    )
    password_hash_threads: int = Field(default=2, ge=1, le=32)
    body_limit_bytes: int = Field(default=2 * MIB, ge=1024)
    import_limit_bytes: int = Field(default=32 * MIB, ge=1024)
    demo: bool = Field(default=True, description="whether `fieldproof run` plays the demo day on an empty database")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @cached_property
    def signing_key(self) -> bytes:
        """What signs access tokens and derives refresh tokens: the setting, or a key made once in the home folder."""
        if self.token_secret is not None:
            return self.token_secret.get_secret_value().encode()
        path = self.home / "token_secret"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"token_secret.{os.getpid()}")
            with open(draft, "w", opener=_owner_only) as file:
                file.write(secrets.token_urlsafe(48))
            # link() fails where another process was first: then both use that one's key
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path.read_text().encode()


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
