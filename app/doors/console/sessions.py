"""Who has signed in with a browser: a cookie that names a login, signed, good for twelve hours from its last use.

The login is one as any other (a refresh family): it ends when the person signs out, here or elsewhere, when an admin
changes the password, or when it has grown old, and with it every cookie that names it.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from fastapi import Request, Response

from app.doors.console.forgery import masked
from app.ground import clock
from app.ground.errors import Unauthenticated
from app.ground.web.access import CallerKind
from app.masters.identity.tokens import AccessClaims, AccessTokens

IDLE = timedelta(hours=12)
"""How long a browser stays signed in that asks for nothing."""
RENEWED_AFTER = timedelta(minutes=15)
"""A cookie that is older is replaced at the next request."""
HOME = "/console/"
_FORGERY, _COOKIE = b"console forgery", b"console cookie"


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A login as a browser has it."""

    claims: AccessClaims
    forgery_token: str
    """What a form must bring along: no other site can know it. Masked (`forgery.masked`): each time another."""
    grows_old: bool
    """Whether the cookie is to be replaced."""


class BrowserSessions:
    """Signs and reads the console's cookies. They are no access tokens: the API takes none of them."""

    def __init__(self, signing_key: bytes, previous_keys: Sequence[bytes] = ()) -> None:
        key, *previous = (hmac.digest(each, _COOKIE, "sha256") for each in (signing_key, *previous_keys))
        self._tokens = AccessTokens(key, IDLE, previous)
        self._forgery_key = hmac.digest(signing_key, _FORGERY, "sha256")

    def read(self, request: Request) -> BrowserSession | None:
        """The session of a request; None where its cookie is missing, old, or none of ours."""
        cookie = request.cookies.get(cookie_name(request))
        if cookie is None:
            return None
        try:
            claims = self._tokens.read(cookie)
        except Unauthenticated:
            return None
        if claims.kind is not CallerKind.USER or claims.login is None:
            return None
        grows_old = clock.now() - claims.begins_at > RENEWED_AFTER
        return BrowserSession(claims, self.forgery_token(str(claims.login)), grows_old)

    def cookie(self, claims: AccessClaims) -> str:
        """A fresh cookie for the login of `claims`."""
        return self._tokens.issue(claims.kind, int(claims.subject), login=claims.login)

    def forgery_token(self, subject: str) -> str:
        """What forms bring along that are meant for this login, or for this visit of somebody not signed in."""
        return masked(hmac.digest(self._forgery_key, subject.encode(), "sha256"))


def is_secure(request: Request) -> bool:
    """Whether the browser talks TLS, to us or to the proxy before us."""
    return request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """The name of the session's cookie."""
    return of_this_host(request, "fieldproof")


def of_this_host(request: Request, name: str) -> str:
    """A cookie's name. Over TLS its prefix has the browser itself see to it that this host alone has set it
    (RFC 6265bis).
    """
    return f"__Host-{name}" if is_secure(request) else name


def set_cookie(request: Request, response: Response, cookie: str) -> None:
    """Sign a browser in, or keep it signed in."""
    response.set_cookie(
        cookie_name(request),
        cookie,
        max_age=int(IDLE.total_seconds()),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(request: Request, response: Response) -> None:
    """Sign a browser out."""
    response.delete_cookie(cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")


def own_address(address: str | None) -> str:
    """Where to go on after signing in: an address of the console, or its first page where somebody else made it up."""
    if not address or not address.isprintable() or "\\" in address or not address.startswith(HOME):
        return HOME
    parts = urlsplit(address)
    # a browser takes %2e for a point, too
    steps_up = any(unquote(segment) == ".." for segment in parts.path.split("/"))
    return HOME if parts.scheme or parts.netloc or steps_up else address
