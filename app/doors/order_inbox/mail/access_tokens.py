"""Access tokens for mail servers that want OAuth 2.0 (RFC 6749) in place of a password: Microsoft 365, Gmail."""

import contextlib
import threading
from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson

from app.ground import clock
from app.ground.mail_servers import OAuthClient

TIMEOUT_SECONDS = 30.0
LARGEST_ANSWER = 65_536
"""Bytes. A token has a few thousand."""

LONGEST_LIFETIME = timedelta(days=1)
"""Whatever the server says: a token that lasts longer is renewed once a day."""

RENEWED_BEFORE = timedelta(minutes=2)
"""A login that takes its time must not find its token expired."""


class NoToken(ConnectionError):
    """The authorization server gave no token: the reason in its own words, without our secrets."""


class TokenSource:
    """One client's access token, requested when there is no valid one. Its methods block; threads may share it."""

    def __init__(self, client: OAuthClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._token = ""
        self._renewed_at: datetime | None = None

    def token(self) -> str:
        """A valid token. Raises NoToken."""
        with self._lock:
            if self._renewed_at is None or clock.now() >= self._renewed_at:
                self._token, lifetime = _granted(self._client)
                self._renewed_at = clock.now() + lifetime - RENEWED_BEFORE
            return self._token

    def forget(self) -> None:
        """Forget a token that the mail server refused, whatever its lifetime: the next call requests a new one."""
        with self._lock:
            self._renewed_at = None


def _granted(client: OAuthClient) -> tuple[str, timedelta]:
    """A token and its lifetime (zero where none is given), by RFC 6749, section 4.4, or 6 with a refresh token."""
    form = {"grant_type": "client_credentials", "client_id": client.client_id}
    if client.refresh_token:
        form |= {"grant_type": "refresh_token", "refresh_token": client.refresh_token}
    if client.client_secret:
        form["client_secret"] = client.client_secret
    if client.scope:
        form["scope"] = client.scope
    body: Any = None
    try:
        with httpx.stream("POST", client.token_url, data=form, timeout=TIMEOUT_SECONDS) as response:
            content = _bounded(response)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoToken(f"{client.token_url}: {error}") from error
    with contextlib.suppress(orjson.JSONDecodeError):
        body = orjson.loads(content)
    match body:
        case {"access_token": str(token)} if response.is_success and token.isascii() and token.isprintable():
            return token, _lifetime(str(body.get("expires_in")))
        case {"error": str(code)}:
            reason = f"{code} {body.get('error_description', '')}"
        case _:
            reason = "no token in its answer"
    raise NoToken(f"{client.token_url}: {response.status_code} {' '.join(reason.split())[:300]}")


def _lifetime(seconds: str) -> timedelta:
    """Anything but a number of seconds counts as zero."""
    if not seconds.isdecimal():
        return timedelta()
    return LONGEST_LIFETIME if len(seconds) > 9 else min(timedelta(seconds=int(seconds)), LONGEST_LIFETIME)


def _bounded(response: httpx.Response) -> bytes:
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            return b""
    return content
