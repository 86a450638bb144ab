"""Addresses of mail servers, as settings name them: a URL, taken apart and checked."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Encryption(StrEnum):
    """How a connection is kept private: TLS from its first byte, TLS once it was asked for, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Who asks an authorization server for access tokens: in its own name, or by a refresh token in a person's."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server and the account on it. `folder`: the mailbox's, for a server that holds mail.

    `oauth`: who gets the access token that this account is logged in to with, in place of the password.
    """

    host: str
    port: int
    encryption: Encryption
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    oauth: OAuthClient | None = None


_SCHEMES = {
    "imaps": (993, Encryption.TLS),
    "imap": (143, Encryption.STARTTLS),
    "imap+plain": (143, Encryption.NONE),
    "smtps": (465, Encryption.TLS),
    "smtp": (587, Encryption.STARTTLS),
    "smtp+plain": (25, Encryption.NONE),
}


def mail_place(url: str, protocol: str) -> MailServer | Path:
    """The server, or for `file:` the folder, that a URL names; `protocol`: imap or smtp. Raises ValueError, in words.

    `imaps://user:password@host:993/Folder`, with what is no letter or digit percent-encoded. `imap://` and `smtp://`
    insist on STARTTLS; `imap+plain://` and `smtp+plain://` do without, for servers on the same machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise ValueError("a folder is written like file:///var/mail/orders")
        return Path(unquote(parts.path))
    defaults = _SCHEMES.get(parts.scheme) if parts.scheme.startswith(protocol) else None
    try:
        port = parts.port
    except ValueError:
        port = 0
    if defaults is None or not parts.hostname or port == 0:
        raise ValueError(
            f"a server is written like {protocol}s://user:password@host, user and password percent-encoded"
        )
    return MailServer(
        parts.hostname,
        port or defaults[0],
        defaults[1],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        unquote(parts.path.strip("/")) or "INBOX",
    )
