"""Second factors: codes by time (TOTP, RFC 6238) and recovery codes, as they are made, typed and compared."""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from pyotp.exceptions import OTPVerificationError

from app.ground.web.access import Role
from app.masters.identity.tokens import as_typed_by_anybody, drawn_code

RECOVERY_CODES = 10
RECOVERY_GROUPS = 4
"""Of four characters each: 80 random bits, which cannot be searched even by who has the hashes."""
TOLERATED_STEPS = 1
"""A phone's clock may be half a minute off, either way."""
SET_UP_WITHIN = timedelta(hours=1)
"""A secret that was shown and not confirmed by then is good for nothing any more."""
MOST_TYPED = 64

_DIGITS = 6
_ISSUER = "Fieldproof"


class SecondFactorPolicy(StrEnum):
    """Who must have a second factor."""

    OPTIONAL = "optional"
    REQUIRED_FOR_ADMINS = "required_for_admins"
    REQUIRED = "required"

    def demands(self, role: Role) -> bool:
        """Whether who has this role must have one."""
        return self is self.REQUIRED or (self is self.REQUIRED_FOR_ADMINS and role is Role.ADMIN)


@dataclass(frozen=True, slots=True)
class TimeCode:
    """Six digits that an authenticator shows."""

    digits: str


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """One of ten that were written down, in its plain form."""

    characters: str


def read_code(typed: str) -> TimeCode | RecoveryCode | None:
    """What somebody typed as a code: digits of any script, in groups, in lower case; None where it is neither kind."""
    plain = "".join(character for character in typed if not _is_between(character))
    digits = "".join(str(unicodedata.decimal(character, "?")) for character in plain)
    if len(plain) == _DIGITS and digits.isascii() and digits.isdigit():
        return TimeCode(digits)
    characters = as_typed_by_anybody(unicodedata.normalize("NFKC", plain))
    if len(characters) == 4 * RECOVERY_GROUPS and characters.isascii() and characters.isalnum():
        return RecoveryCode(characters)
    return None


def _is_between(character: str) -> bool:
    """Whether a character only keeps groups apart: a space or a dash of any kind, or what cannot be seen."""
    return character.isspace() or unicodedata.category(character) in {"Pd", "Cf", "Cc"}


def new_secret() -> str:
    """A secret for an authenticator: 160 random bits in base 32."""
    return pyotp.random_base32()


def setup_uri(secret: str, username: str) -> str:
    """What an authenticator reads from a QR code (`otpauth://totp/…`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def step_of(secret: str, code: TimeCode, at: datetime) -> int | None:
    """The half minute (since 1970) whose code this is, of those that are tolerated at a moment; None: of none."""
    totp = pyotp.TOTP(secret)
    try:
        return totp.verify_and_get_timecode(code.digits, for_time=at, valid_window=TOLERATED_STEPS)
    except OTPVerificationError:
        return None


def new_recovery_codes() -> list[str]:
    """Ten codes, each in four groups of four."""
    return [drawn_code(RECOVERY_GROUPS) for _ in range(RECOVERY_CODES)]


def recovery_hash(user_id: int, code: RecoveryCode) -> bytes:
    """What is stored of a user's recovery code. Under no key: it outlives a change of the signing key."""
    return hashlib.sha256(f"recovery:{user_id}:{code.characters}".encode()).digest()
