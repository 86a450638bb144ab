"""The settings, read from the environment (`FIELDPROOF_…`) by whoever starts a process; nothing is read at import."""

import contextlib
import os
import secrets
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from app.ground.identity_providers import ProviderSettings
from app.ground.mail_servers import MailServer, OAuthClient, mail_place
from app.ground.map_settings import MapSettings
from app.ground.storage_places import Bucket, storage_place

MIB = 1024 * 1024
LEAST_SECRET_BYTES = 32
"""A shorter one can be searched for by whoever has one token, who then makes tokens for everyone."""

_PROTOCOLS = {"mailbox_url": "imap", "smtp_url": "smtp"}


class Settings(MapSettings, ProviderSettings):
    """Everything that an operator can set."""

    model_config = SettingsConfigDict(env_prefix="FIELDPROOF_", extra="ignore", ignored_types=(cached_property,))

    home: Path = Field(default=Path("var"), description="holds what the private cluster and the service write")
    database_url: SecretStr | None = Field(
        default=None, description="postgresql://… of a PostgreSQL with PostGIS; without it a private cluster is used"
    )
    owner_database_url: SecretStr | None = Field(
        default=None, description="the same database by the role that owns its tables: for `fieldproof migrate` alone"
    )
    administrator_database_url: SecretStr | None = Field(
        default=None, description="the same database by a superuser: for `fieldproof database roles` alone"
    )
    database_pool_size: int = Field(default=10, ge=1, le=200)
    statement_timeout_seconds: int = Field(
        default=60, ge=1, le=3600, description="how long one statement of the API may run; a day's closing is exempt"
    )
    token_secret: SecretStr | None = Field(
        default=None,
        description="signs access tokens: 32 random bytes or more; without it a random one is kept in the home folder",
    )
    token_secret_previous: SecretStr | None = Field(
        default=None, description="the one before, at a rotation: what it signed is good, and it signs nothing anew"
    )
    access_token_minutes: int = Field(default=15, ge=1, le=120)
    refresh_token_days: int = Field(default=90, ge=1, le=400)
    principal_cache_seconds: float = Field(
        default=900.0,
        ge=0,
        description="how long a worker trusts what it read of a caller, while the database tells it of changes",
    )
    second_factor: Literal["optional", "required_for_admins", "required"] = Field(
        default="optional", description="who must have a second factor: who has none gets in to set one up alone"
    )
    password_hash_threads: int = Field(default=2, ge=1, le=32)
    body_limit_bytes: int = Field(default=2 * MIB, ge=1024)
    import_limit_bytes: int = Field(default=32 * MIB, ge=1024)
    rep_day_limit_events: int = Field(
        default=5_000,
        ge=1,
        description="events of one rep that may be of one business date, and that may come on one local day",
    )
    company_name: str = Field(
        default="", max_length=200, description="whose statements these are: it heads the pages and workbooks"
    )
    demo: bool = Field(default=True, description="whether `fieldproof run` plays the demo day on an empty database")
    mailbox_url: SecretStr | None = Field(
        default=None, description="imaps://user:password@host/INBOX, which order forms come to; file:/// for a folder"
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host, by which forms are answered; file:/// for a folder"
    )
    mail_oauth_token_url: str | None = Field(
        default=None, description="where access tokens come from, for servers whose URL names a user and no password"
    )
    mail_oauth_client_id: str = Field(default="", description="who asks for them")
    mail_oauth_client_secret: SecretStr = Field(default=SecretStr(""), description="and by what it is known")
    mail_oauth_scope: str = Field(default="", description="what they are for, as the provider wants it")
    mail_oauth_refresh_token: SecretStr = Field(
        default=SecretStr(""),
        description="asks in the name of the account that it was given for, not in the client's own",
    )
    mail_from: str | None = Field(default=None, description="the address that answers, as in: Orders <orders@ours.com>")
    mail_processed_folder: str = Field(default="Processed", min_length=1, description="where mails go that were read")
    mail_unreadable_folder: str = Field(default="Unreadable", min_length=1, description="where all other mails go")
    mail_poll_seconds: float = Field(default=60.0, ge=1, le=1500, description="beside what the server tells by itself")
    mail_authentication: Literal["off", "known_fail", "require"] = Field(
        default="known_fail", description="which senders are believed, by the mail server's Authentication-Results"
    )
    mail_authentication_server: str | None = Field(
        default=None, description="the name by which the own mail server begins its Authentication-Results"
    )
    mail_reader_processes: int = Field(default=2, ge=1, le=32, description="processes that read attachments")
    attachments_url: str | None = Field(
        default=None,
        description="where attachments are kept: file:///directory or s3://bucket/prefix; without it in the database",
    )
    s3_endpoint_url: str = Field(
        default="https://s3.amazonaws.com", description="https://… of the S3-compatible store, without the bucket"
    )
    s3_region: str = Field(default="us-east-1", min_length=1, description="of the bucket; most other stores take any")
    s3_access_key_id: str = Field(default="", description="who asks there")
    s3_secret_access_key: SecretStr = Field(default=SecretStr(""), description="and by what it is known")
    router_url: SecretStr | None = Field(
        default=None, description="http://… of a routing server; without it drive times are estimated by distance"
    )
    router: Literal["osrm", "valhalla"] = Field(default="osrm", description="which one it is")
    router_timeout_seconds: float = Field(default=10.0, gt=0, le=120, description="after that, the estimate")
    solver_processes: int = Field(default=2, ge=1, le=64, description="processes that search for routes")
    scheduler_metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="where the scheduler serves its own metrics"
    )
    scheduler_metrics_host: str = Field(
        default="127.0.0.1", min_length=1, description="the address that it listens on for them; 0.0.0.0: all"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="the API's /metrics are for whoever sends it as a bearer token; without it for all"
    )
    assortment_closing_day: int | None = Field(
        default=None,
        ge=1,
        le=60,
        description="on this day of the next quarter the assortment mix of a quarter is closed; without it, by hand",
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @field_validator("token_secret", "token_secret_previous")
    @classmethod
    def _cannot_be_searched(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().encode()) < LEAST_SECRET_BYTES:
            name = f"FIELDPROOF_{str(info.field_name).upper()}"
            raise ValueError(f"{name} must have {LEAST_SECRET_BYTES} bytes or more: `openssl rand -hex 32`")
        return secret

    @field_validator("mailbox_url", "smtp_url")
    @classmethod
    def _names_a_place(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None:
            mail_place(url.get_secret_value(), _PROTOCOLS[str(info.field_name)])
        return url

    @field_validator("attachments_url")
    @classmethod
    def _names_a_storage_place(cls, url: str | None) -> str | None:
        if url:
            storage_place(url)
        return url or None

    @field_validator("s3_endpoint_url")
    @classmethod
    def _is_a_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ValueError("FIELDPROOF_S3_ENDPOINT_URL begins with https:// (or http://), and names nobody")
        return url.rstrip("/")

    @field_validator("router_url")
    @classmethod
    def _is_http(cls, url: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(url.get_secret_value()) if url is not None else None
        if parts is not None and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("FIELDPROOF_ROUTER_URL begins with http:// or https://")
        return url

    @model_validator(mode="after")
    def _an_owner_has_a_service(self) -> Self:
        if self.owner_database_url is not None and self.database_url is None:
            raise ValueError("FIELDPROOF_OWNER_DATABASE_URL goes with FIELDPROOF_DATABASE_URL, the service's own")
        return self

    @model_validator(mode="after")
    def _a_bucket_has_keys(self) -> Self:
        place = self.attachments_place
        if isinstance(place, Bucket) and not (place.access_key_id and place.secret_access_key):
            raise ValueError("s3:// needs FIELDPROOF_S3_ACCESS_KEY_ID and FIELDPROOF_S3_SECRET_ACCESS_KEY")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.mailbox_url is not None and (self.smtp_url is None or self.mail_from is None):
            raise ValueError("a mailbox needs FIELDPROOF_SMTP_URL and FIELDPROOF_MAIL_FROM: every form is answered")
        if self.mail_authentication == "require" and self.mail_authentication_server is None:
            raise ValueError("to require authentication, name FIELDPROOF_MAIL_AUTHENTICATION_SERVER: whose word counts")
        return self

    @model_validator(mode="after")
    def _oauth_is_whole(self) -> Self:
        servers = [place for place in (self.mailbox, self.smtp) if isinstance(place, MailServer)]
        without_password = [server for server in servers if server.username and not server.password]
        url = urlsplit(self.mail_oauth_token_url or "")
        if self.mail_oauth_token_url is None:
            if without_password:
                raise ValueError("a user without a password needs FIELDPROOF_MAIL_OAUTH_TOKEN_URL")
            return self
        if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and url.hostname == "127.0.0.1")):
            raise ValueError("FIELDPROOF_MAIL_OAUTH_TOKEN_URL must begin with https://")
        if not self.mail_oauth_client_id or not (
            self.mail_oauth_client_secret.get_secret_value() or self.mail_oauth_refresh_token.get_secret_value()
        ):
            raise ValueError(
                "FIELDPROOF_MAIL_OAUTH_TOKEN_URL needs FIELDPROOF_MAIL_OAUTH_CLIENT_ID, and with it"
                " FIELDPROOF_MAIL_OAUTH_CLIENT_SECRET or FIELDPROOF_MAIL_OAUTH_REFRESH_TOKEN"
            )
        if not without_password:
            raise ValueError("FIELDPROOF_MAIL_OAUTH_TOKEN_URL is for servers whose URL names a user and no password")
        return self

    @property
    def cluster_home(self) -> Path | None:
        """The home of the private cluster; None where the database is the operator's own."""
        return self.home if self.database_url is None else None

    @property
    def attachments_place(self) -> Path | Bucket | None:
        """Where attachments are kept; None: in the database."""
        place = storage_place(self.attachments_url) if self.attachments_url else None
        if not isinstance(place, tuple):
            return place
        secret = self.s3_secret_access_key.get_secret_value()
        return Bucket(*place, self.s3_endpoint_url, self.s3_region, self.s3_access_key_id, secret)

    @property
    def mailbox(self) -> MailServer | Path | None:
        """Where order forms come to by mail; None: nowhere."""
        return self._place("mailbox_url")

    @property
    def smtp(self) -> MailServer | Path | None:
        """By what forms are answered."""
        return self._place("smtp_url")

    def _place(self, name: str) -> MailServer | Path | None:
        url: SecretStr | None = getattr(self, name)
        place = mail_place(url.get_secret_value(), _PROTOCOLS[name]) if url is not None else None
        if isinstance(place, MailServer) and place.username and not place.password and self.mail_oauth_token_url:
            client = OAuthClient(
                self.mail_oauth_token_url,
                self.mail_oauth_client_id,
                self.mail_oauth_client_secret.get_secret_value(),
                self.mail_oauth_scope,
                self.mail_oauth_refresh_token.get_secret_value(),
            )
            return replace(place, oauth=client)
        return place

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

    @property
    def previous_signing_keys(self) -> tuple[bytes, ...]:
        """What signed before, and is still believed."""
        previous = self.token_secret_previous
        return () if previous is None else (previous.get_secret_value().encode(),)


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
