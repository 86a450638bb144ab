"""ID tokens: what a provider says of who has signed in, and whether it is the provider who says it (decision 79)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from app.masters.identity.tokens import LEEWAY

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""By a key of which we know the public half alone: neither `none`, nor one of which we would know the secret."""
LONGEST = 32_768
LONGEST_SUBJECT = 255

_IMPORTERS: Mapping[str, Callable[[Any], Key]] = {
    "RSA": RSAKey.import_key,
    "EC": ECKey.import_key,
    "OKP": OKPKey.import_key,
}


class UnsoundToken(Exception):
    """An ID token proves nothing; the message says why."""


class UnknownKey(UnsoundToken):
    """It was signed by a key that the provider did not name when it was asked."""


@dataclass(frozen=True, slots=True)
class ExpectedToken:
    """What an ID token must say: who made it, for whom, in answer to which request, and with which access token."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str


def keys_of(document: Any) -> KeySet:
    """The keys of a provider's document (JWKS) by which it may sign; those that we cannot read are left out."""
    entries = document.get("keys") if isinstance(document, Mapping) else None
    keys: list[Key] = []
    for entry in entries if isinstance(entries, Sequence) else ():
        if isinstance(entry, Mapping) and entry.get("use", "sig") == "sig" and entry.get("kty") in _IMPORTERS:
            with suppress(JoseError, ValueError, KeyError, TypeError):
                keys.append(_IMPORTERS[entry["kty"]](dict(entry)))
    return KeySet(keys)


def claims_of(id_token: str, keys: KeySet, expected: ExpectedToken, at: datetime) -> dict[str, Any]:
    """What an ID token says, where it is the provider's, for us, of this sign-in, and good at a moment.

    Raises UnknownKey, and UnsoundToken for anything else.
    """
    if len(id_token) > LONGEST:
        raise UnsoundToken("it is too long")
    try:
        token = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS))
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
            },
            {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token},
        )
        claims.validate(now=int(at.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except InvalidKeyIdError as error:
        raise UnknownKey("its key is unknown") from error
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnsoundToken(f"{type(error).__name__}: {error}"[:200]) from error
    if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
        raise UnsoundToken("its subject is none")
    return dict(claims)
