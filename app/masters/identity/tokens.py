"""Tokens: short signed access tokens, refresh tokens that can be derived again but not guessed, enrolment codes."""

import binascii
import contextlib
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.ground import clock
from app.ground.errors import Unauthenticated
from app.ground.web.access import CallerKind

ALGORITHM = "HS256"
ISSUER = "fieldproof"
LONGEST_TOKEN = 512
"""Ours have some 250 characters. Longer ones are refused unparsed: whoever makes one up can nest its header deeply."""

LEEWAY = timedelta(seconds=60)
"""How far ahead of this machine's clock that one may be which has issued a token."""

HIGHEST_USER_ID = 2**31 - 1
MOST_REMEMBERED = 20_000
"""As many verified tokens are remembered: more than a worker has callers within a token's life."""

_FAMILY_BYTES, _GENERATION_BYTES, _TAG_BYTES = 16, 4, 32
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom an access token speaks for: a user id, a client's or a device's uuid, by kind."""

    kind: CallerKind
    subject: str
    begins_at: datetime
    expires_at: datetime
    login: UUID | None = None
    """The login (refresh family) that it came with; it ends with it. None for clients, which have none."""
    scope: frozenset[str] | None = None
    """What a client has asked for; None: all that it may."""


class AccessTokens:
    """Signs and reads access tokens (JWT, HS256). What `previous_keys` signed is read, too."""

    def __init__(self, signing_key: bytes, lifetime: timedelta, previous_keys: Sequence[bytes] = ()) -> None:
        self._key, *self._previous_keys = (
            OctKey.import_key(hashlib.sha256(b"access:" + key).digest()) for key in (signing_key, *previous_keys)
        )
        self.lifetime = lifetime
        # a handheld sends the same token until it expires: what was verified once need not be verified again
        self._verified = lru_cache(MOST_REMEMBERED)(self._verify)

    def issue(
        self,
        kind: CallerKind,
        subject: int | UUID,
        *,
        login: UUID | None = None,
        scope: Collection[str] | None = None,
    ) -> str:
        """A token for this caller, good for `lifetime` from now: of a login, for a part of a client's scopes."""
        now = int(clock.now().timestamp())
        claims: dict[str, str | int] = {
            "iss": ISSUER,
            "sub": str(subject),
            "kind": kind.value,
            "iat": now,
            "exp": now + int(self.lifetime.total_seconds()),
        }
        if login is not None:
            claims["sid"] = str(login)
        if scope is not None:
            claims["scope"] = " ".join(sorted(scope))
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, self._key)

    def read(self, token: str) -> AccessClaims:
        """The claims of a token that we signed and that is good now. Raises Unauthenticated for any other."""
        if len(token) > LONGEST_TOKEN:
            raise refused("The access token is not one of ours.")
        claims, now = self._verified(token), clock.now()
        if claims.expires_at <= now:
            raise refused("The access token has expired. Refresh it.")
        if claims.begins_at > now + LEEWAY:
            raise refused("The access token is not good yet.")
        return claims

    def _verify(self, token: str) -> AccessClaims:
        """The claims of a token that we signed, expired or not. Raises Unauthenticated for any other."""
        try:
            claims = self._decoded(token)
            begins_at = max(claims["iat"], claims.get("nbf", claims["iat"]))
            kind, subject = CallerKind(claims["kind"]), str(claims["sub"])
            read = AccessClaims(
                kind,
                subject,
                datetime.fromtimestamp(begins_at, tz=UTC),
                datetime.fromtimestamp(claims["exp"], tz=UTC),
                UUID(claims["sid"]) if "sid" in claims else None,
                frozenset(claims["scope"].split()) if "scope" in claims else None,
            )
            valid = _is_subject(kind, subject)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise refused("The access token is not one of ours.") from error
        if not valid or claims.get("iss") != ISSUER:
            raise refused("The access token is not one of ours.")
        return read

    def _decoded(self, token: str) -> dict[str, Any]:
        """What a token says that one of our keys has signed. Raises JoseError for any other."""
        for key in self._previous_keys:
            with contextlib.suppress(JoseError):
                return jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        return jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims


def refused(detail: str) -> Unauthenticated:
    """The refusal of an access token, as RFC 6750 names it."""
    return Unauthenticated(detail, error="invalid_token")


def _is_subject(kind: CallerKind, subject: str) -> bool:
    """Whether a subject can be one of this kind; may raise ValueError where it cannot.

    One that cannot would fail the statement that loads it, and with it the callers who are loaded by the same one.
    """
    if kind is CallerKind.USER:
        return str(int(subject)) == subject and 0 < int(subject) <= HIGHEST_USER_ID
    return str(UUID(subject)) == subject


def refresh_token(signing_key: bytes, family_id: UUID, generation: int) -> str:
    """The refresh token of a family's generation: base64url(family ‖ generation ‖ tag).

    It is derived, not drawn, so that the same successor can be told again for as long as it was not used, although only
    hashes are stored. The tag is HMAC-SHA-256 of (family, generation) under a key of its own. That the token names its
    family lets an old one, whose hash is long gone, revoke the family that it was stolen from.
    """
    payload = family_id.bytes + generation.to_bytes(_GENERATION_BYTES, "big")
    tag = hmac.digest(_derived_key(b"refresh:", signing_key), payload, "sha256")
    return urlsafe_b64encode(payload + tag).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class RefreshTokenName:
    """What a refresh token says of itself. `ours`: its tag is right, we issued it."""

    family_id: UUID
    generation: int
    ours: bool


def read_refresh_token(signing_key: bytes, token: str) -> RefreshTokenName | None:
    """What a refresh token says of itself; None where it has not the form of one."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return None
    if len(raw) != _FAMILY_BYTES + _GENERATION_BYTES + _TAG_BYTES:
        return None
    family_id = UUID(bytes=raw[:_FAMILY_BYTES])
    generation = int.from_bytes(raw[_FAMILY_BYTES:-_TAG_BYTES], "big")
    ours = hmac.compare_digest(refresh_token(signing_key, family_id, generation).encode(), token.encode())
    return RefreshTokenName(family_id, generation, ours)


def token_hash(token: str) -> bytes:
    """What is stored of a secret with 256 bits of entropy: no slow hash is needed for those."""
    return hashlib.sha256(token.encode()).digest()


def new_enrolment_code() -> str:
    """A code of 60 random bits to read out or type."""
    return drawn_code(groups=3)


def drawn_code(groups: int) -> str:
    """A code in groups of four characters, 20 random bits each, without letters that are misread."""
    return "-".join("".join(secrets.choice(_CODE_ALPHABET) for _ in range(4)) for _ in range(groups))


def as_typed_by_anybody(code: str) -> str:
    """A drawn code in its plain form, however it was typed (case, dashes, O for 0, I or L for 1)."""
    return code.upper().translate(_MISREAD)


def enrolment_code_hash(signing_key: bytes, code: str) -> bytes:
    """What is stored of an enrolment code, however it was typed.

    Keyed, because 60 bits alone could be searched by whoever gets at the table.
    """
    return hmac.digest(_derived_key(b"enrolment:", signing_key), as_typed_by_anybody(code).encode(), "sha256")


def _derived_key(purpose: bytes, signing_key: bytes) -> bytes:
    return hashlib.sha256(purpose + signing_key).digest()
