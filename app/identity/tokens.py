"""Tokens: short signed access tokens, and refresh tokens that can be derived again but not guessed."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app import clock
from app.errors import Unauthenticated
from app.web.access import CallerKind

ALGORITHM = "HS256"
ISSUER = "fieldproof"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom an access token speaks for: a user id, a client's or a device's uuid, by kind."""

    kind: CallerKind
    subject: str
    expires_at: datetime


class AccessTokens:
    """Signs and reads access tokens (JWT, HS256)."""

    def __init__(self, signing_key: bytes, lifetime: timedelta) -> None:
        self._key = OctKey.import_key(hashlib.sha256(b"access:" + signing_key).digest())
        self.lifetime = lifetime

    def issue(self, kind: CallerKind, subject: int | UUID) -> str:
        """A token for this caller, good for `lifetime` from now."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": str(subject),
            "kind": kind.value,
            "iat": now,
            "exp": now + int(self.lifetime.total_seconds()),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, self._key)

    def read(self, token: str) -> AccessClaims:
        """The claims of a token that we signed and that has not expired. Raises Unauthenticated for any other."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            expires_at = datetime.fromtimestamp(claims["exp"], tz=clock.now().tzinfo)
            kind, subject = CallerKind(claims["kind"]), str(claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("The access token is not one of ours.") from error
        if claims.get("iss") != ISSUER or expires_at <= clock.now():
            raise Unauthenticated("The access token has expired. Refresh it.")
        return AccessClaims(kind, subject, expires_at)


def refresh_token(signing_key: bytes, family_id: UUID, generation: int) -> str:
    """The refresh token of a family's generation.

    It is derived, not drawn, so that the same successor can be told again within the 60 s grace although only hashes are
    stored: HMAC-SHA-256 of (family, generation) under a key of its own.
    """
    key = hashlib.sha256(b"refresh:" + signing_key).digest()
    tag = hmac.digest(key, family_id.bytes + generation.to_bytes(8, "big"), "sha256")
    return urlsafe_b64encode(tag).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """What is stored of a secret with 256 bits of entropy: no slow hash is needed for those."""
    return hashlib.sha256(token.encode()).digest()
