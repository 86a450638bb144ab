"""Secrets that have to be read again, sealed (JWE, A256GCM) under a key that is derived from the signing key."""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ["dir", "A256GCM"]


@dataclass(frozen=True, slots=True)
class OpenedSecret:
    """What was sealed. `by_newest`: under the key that seals now."""

    text: str = field(repr=False)
    by_newest: bool


class SecretSeal:
    """Seals second factors under the newest signing key; opens what an earlier one sealed, too."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._keys = [
            OctKey.import_key(hashlib.sha256(b"second factor:" + signing_key).digest()) for signing_key in signing_keys
        ]

    def seal(self, user_id: int, secret: str) -> str:
        """A user's secret, sealed: opened as another user's it is none."""
        return jwe.encrypt_compact(_HEADER, f"{user_id}:{secret}", self._keys[0], algorithms=_ALGORITHMS)

    def open(self, user_id: int, sealed: str) -> OpenedSecret | None:
        """The secret; None where none of the keys opens it, or it is another user's."""
        for key in self._keys:
            with contextlib.suppress(JoseError, ValueError):
                text = (jwe.decrypt_compact(sealed, key, algorithms=_ALGORITHMS).plaintext or b"").decode()
                owner, _, secret = text.partition(":")
                return OpenedSecret(secret, key is self._keys[0]) if owner == str(user_id) else None
        return None
