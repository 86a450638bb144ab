"""A sign-in by the organisation's provider that is under way, as the browser keeps it: sealed, for ten minutes."""

import contextlib
import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from fastapi import Request, Response
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.doors.console.sessions import HOME, is_secure, of_this_host
from app.ground import clock
from app.masters.identity.sign_ins import PendingSignIn

GOOD_FOR = timedelta(minutes=10)
"""How long somebody may take at the provider."""
LONGEST_NEXT = 1000
"""A longer address to go on to does not fit into a cookie; one goes on to the first page then."""
_COOKIE = "fp_provider"
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ["dir", "A256GCM"]


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """What this browser has begun, and the address of the console to go on to."""

    pending: PendingSignIn
    next_page: str


class PendingSignIns:
    """Seals what is kept of a sign-in in a cookie: neither a script nor who reads the browser's store learns of it.

    The cookie is Lax, not Strict: it has to come along when the provider leads back here.
    """

    def __init__(self, signing_key: bytes) -> None:
        self._key = OctKey.import_key(hashlib.sha256(b"console pending sign-in:" + signing_key).digest())

    def keep(self, request: Request, answer: Response, begun: BegunSignIn) -> None:
        """Have the browser keep it; another one that was begun before counts no more."""
        answer.set_cookie(
            of_this_host(request, _COOKIE),
            self._sealed(begun),
            max_age=int(GOOD_FOR.total_seconds()),
            path="/",
            secure=is_secure(request),
            httponly=True,
            samesite="lax",
        )

    def read(self, request: Request) -> BegunSignIn | None:
        """What the browser has begun; None where that is nothing, none of ours, or too long ago."""
        cookie = request.cookies.get(of_this_host(request, _COOKIE), "")
        # RecursionError: whoever makes a cookie up can nest its header deeply
        with contextlib.suppress(JoseError, ValueError, KeyError, TypeError, RecursionError):
            content = orjson.loads(jwe.decrypt_compact(cookie, self._key, algorithms=_ALGORITHMS).plaintext or b"")
            if datetime.fromisoformat(content["expires_at"]) > clock.now():
                return BegunSignIn(PendingSignIn(**content["pending"]), content["next"])
        return None

    def forget(self, request: Request, answer: Response) -> None:
        """It is over, whatever came of it."""
        answer.delete_cookie(
            of_this_host(request, _COOKIE), path="/", secure=is_secure(request), httponly=True, samesite="lax"
        )

    def _sealed(self, begun: BegunSignIn) -> str:
        content: dict[str, Any] = {
            "pending": asdict(begun.pending),
            "next": begun.next_page if len(begun.next_page) <= LONGEST_NEXT else HOME,
            "expires_at": clock.now() + GOOD_FOR,
        }
        return jwe.encrypt_compact(_HEADER, orjson.dumps(content), self._key, algorithms=_ALGORITHMS)
