"""Decisions about passwords, login attempts and refresh tokens: plain values in, plain values out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.ground.errors import FieldProblem
from app.masters.identity.common_passwords import SERVICE, is_common, is_name

PASSWORD_MIN = 8
"""NIST SP 800-63B: eight characters at least, and no rules of composition."""
PASSWORD_MAX = 128
ENROLMENT_VALID = timedelta(minutes=15)


USER_AGENT_MAX = 200


class LoginDoor(StrEnum):
    """By which door a login was opened."""

    API = "api"
    CONSOLE = "console"


OIDC_ALLOWED_FOR = timedelta(days=14)
"""So long after an admin allowed it a user's account at the provider can be bound by its name."""


class OidcState(StrEnum):
    """How a user stands to the organisation's provider of sign-ins."""

    OFF = "off"
    ON = "on"
    """An admin has allowed it: the first account of the same name there becomes this user's."""
    BOUND = "bound"


def program_name(user_agent: str | None) -> str | None:
    """What a program says of itself (`User-Agent`), as it is stored: bounded, without what cannot be printed."""
    printable = "".join(character for character in user_agent or "" if character.isprintable())
    return printable.strip()[:USER_AGENT_MAX] or None


def password_problems(username: str, password: str) -> list[FieldProblem]:
    """What is wrong with a new password: 8 to 128 characters, not one that everybody would try first.

    That is one of the commonest, one character all along, or the user's own or the service's name, however adorned.
    """
    problems = []
    if len(password) < PASSWORD_MIN:
        problems.append(FieldProblem("/password", "too_short", f"Use at least {PASSWORD_MIN} characters."))
    if len(password) > PASSWORD_MAX:
        problems.append(FieldProblem("/password", "too_long", f"Use at most {PASSWORD_MAX} characters."))
    if is_name(password, username):
        problems.append(FieldProblem("/password", "is_username", "Use something else than the username."))
    if password and len(set(password)) == 1:
        problems.append(FieldProblem("/password", "one_character", "Use more than one character."))
    elif is_common(password) or is_name(password, SERVICE):
        problems.append(FieldProblem("/password", "common", "This is one of the passwords that are tried first."))
    return problems


def normal_username(username: str) -> str:
    """Usernames are told apart without regard to case or surrounding spaces."""
    return username.strip().casefold()


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

    expires_at: datetime
    revoked: bool


def judge_refresh(token: PresentedToken, family: FamilyState, at: datetime) -> RefreshVerdict:
    """The newest token rotates; the one before repeats its successor; anything older that is ours is a reuse.

    While there is a token before the newest one, the newest has not been used: its answer may have been lost, however
    long ago, and a lost answer must not log a phone out. Once the newest is used, it is the one before. A token that we
    never issued ends nothing but itself, or whoever saw a family's id could log its owner out.
    """
    if family.revoked or family.expires_at <= at:
        return RefreshVerdict.ENDED
    if token.is_newest:
        return RefreshVerdict.ROTATE
    if token.is_previous:
        return RefreshVerdict.REPEAT
    return RefreshVerdict.REUSED if token.is_ours else RefreshVerdict.ENDED
