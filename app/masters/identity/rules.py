"""Decisions about passwords, login attempts and refresh tokens: plain values in, plain values out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from app.ground.errors import FieldProblem

PASSWORD_MIN = 8
"""NIST SP 800-63B: eight characters at least, and no rules of composition."""
PASSWORD_MAX = 128
LOGIN_ATTEMPTS, LOGIN_ATTEMPTS_ANYWHERE = 10, 100
"""With a name, from one address and from all together: nobody easily locks a colleague out by guessing."""
LOGIN_WINDOW = timedelta(minutes=15)
ENROLMENT_VALID = timedelta(minutes=15)
REFRESH_GRACE = timedelta(seconds=60)
"""How long the token before the newest one still yields the newest: a lost answer must not log a phone out."""


def password_problems(username: str, password: str) -> list[FieldProblem]:
    """What is wrong with a new password: 8 to 128 characters, not the username, more than one character."""
    problems = []
    if len(password) < PASSWORD_MIN:
        problems.append(FieldProblem("/password", "too_short", f"Use at least {PASSWORD_MIN} characters."))
    if len(password) > PASSWORD_MAX:
        problems.append(FieldProblem("/password", "too_long", f"Use at most {PASSWORD_MAX} characters."))
    if password.casefold().strip() == username.casefold():
        problems.append(FieldProblem("/password", "is_username", "Use something else than the username."))
    if password and len(set(password)) == 1:
        problems.append(FieldProblem("/password", "one_character", "Use more than one character."))
    return problems


def normal_username(username: str) -> str:
    """Usernames are told apart without regard to case or surrounding spaces."""
    return username.strip().casefold()


def attempt_keys(name: str, address: str) -> tuple[str, str]:
    """What the attempts with a name are counted under: those from this address, and those from anywhere.

    No address has a space in it, so no name that somebody makes up can be another's key.
    """
    return f"{address} {name}", f"* {name}"


def wait_seconds(attempts: int, window_started_at: datetime, at: datetime, most: int = LOGIN_ATTEMPTS) -> int | None:
    """How long a name must wait before its next login; None where this attempt, counted in `attempts`, may be made."""
    if attempts <= most:
        return None
    return max(1, ceil((window_started_at + LOGIN_WINDOW - at).total_seconds()))


class RefreshVerdict(StrEnum):
    """What to do with a refresh token."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REUSED = "reused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """How a refresh token stands to its family: is it the newest, the one before, and did we ever issue it?"""

    is_newest: bool
    is_previous: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class FamilyState:
    """A refresh family, as far as the decision needs it."""

    rotated_at: datetime
    expires_at: datetime
    revoked: bool


def judge_refresh(token: PresentedToken, family: FamilyState, at: datetime) -> RefreshVerdict:
    """The newest token rotates; the one before repeats its successor for 60 s; anything older that is ours is a reuse.

    A token that we never issued ends nothing but itself, or whoever saw a family's id could log its owner out.
    """
    if family.revoked or family.expires_at <= at:
        return RefreshVerdict.ENDED
    if token.is_newest:
        return RefreshVerdict.ROTATE
    if token.is_previous and at - family.rotated_at <= REFRESH_GRACE:
        return RefreshVerdict.REPEAT
    return RefreshVerdict.REUSED if token.is_previous or token.is_ours else RefreshVerdict.ENDED
