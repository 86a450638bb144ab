"""Logging in: the three OAuth 2 grants (decision 11).

These are not part of a request's one transaction. What a refusal leaves behind (a counted attempt, a revoked family)
must stand although the answer is 401, and no connection may be held while a password is hashed. So each step is a
transaction of its own through the Database, and the refusal is raised after it.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from uuid import UUID

import structlog

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import AppError, FieldProblem, TooManyAttempts
from app.ground.web.access import Caller
from app.masters.identity import login_queries, oidc_bindings, queries, second_factors
from app.masters.identity.errors import (
    NobodyHere,
    NoSecondFactor,
    RefreshTokenEnded,
    ScopeNotGranted,
    SecondFactorNeeded,
    UnknownClient,
    WrongCode,
    WrongCredentials,
)
from app.masters.identity.login_pace import (
    PACES,
    Attempt,
    Counted,
    Lane,
    LoginMarks,
    Origin,
    PaceKind,
    lane_or_wait,
)
from app.masters.identity.passwords import Passwords
from app.masters.identity.refresh_families import IssuedTokens, TokenIssuer
from app.masters.identity.rules import LoginDoor, normal_username
from app.masters.identity.second_factors import FactorVerdict
from app.masters.identity.secret_seal import SecretSeal
from app.masters.identity.sign_ins import OidcClaims
from app.masters.identity.tokens import token_hash

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PasswordDoor:
    """What looks at passwords in this process: its hasher, and what attempts are counted by."""

    hasher: Passwords
    marks: LoginMarks


async def by_password(
    database: Database,
    issuer: TokenIssuer,
    passwords: PasswordDoor,
    username: str,
    password: str,
    *,
    address: str,
    otp: str | None = None,
    door: LoginDoor = LoginDoor.API,
    user_agent: str | None = None,
) -> IssuedTokens:
    """Log a member of staff in, from a network address and with a program; `otp`: a code of the second factor.

    Raises WrongCredentials, TooManyAttempts, or Unavailable under a rush; where the password is right,
    SecondFactorNeeded, or WrongCode. A right password alone forgives no attempt but itself.
    """
    attempt = passwords.marks.attempt(normal_username(username), Origin.of(address))
    checked = await _checked(database, passwords.hasher, attempt, password)
    at = clock.now()
    async with database.transaction() as session:
        if not await queries.hold_password(session, checked.stored):
            raise WrongCredentials("The username or the password is wrong.")
        user_id = checked.stored.user_id
        verdict = await second_factors.judge(session, issuer.seal, user_id, otp, attempt, at)
        if verdict in _OPENS:
            await login_queries.forgive(session, attempt, checked.counted, at)
            await login_queries.remember_place(session, user_id, attempt, at)
            return await issuer.open_family(session, at, user_id=user_id, door=door, user_agent=user_agent)
        if verdict is not FactorVerdict.WRONG:
            await login_queries.take_back(session, attempt, checked.counted, at)
    raise _refusal(verdict)


_OPENS = {FactorVerdict.NONE_SET_UP, FactorVerdict.RIGHT}


def _refusal(verdict: FactorVerdict) -> AppError:
    match verdict:
        case FactorVerdict.MISSING:
            return SecondFactorNeeded("Send the six digits that the authenticator shows, or a recovery code.")
        case FactorVerdict.TOO_MANY:
            seconds = int(PACES[PaceKind.CODE].every.total_seconds())
            return TooManyAttempts(
                "Too many codes with this name were wrong. A recovery code is taken nevertheless.",
                retry_after_seconds=seconds,
            )
    return WrongCode("The code is wrong, or was used. Is the phone's clock right?")


async def confirm_password(
    database: Database, passwords: PasswordDoor, username: str, password: str, *, address: str
) -> None:
    """Make sure that who is logged in as a user still knows the password.

    Whoever else guesses at the name keeps nobody waiting here. Raises WrongCredentials, TooManyAttempts, Unavailable.
    """
    attempt = passwords.marks.attempt(normal_username(username), Origin.of(address), logged_in=True)
    checked = await _checked(database, passwords.hasher, attempt, password)
    async with database.transaction() as session:
        await login_queries.forgive(session, attempt, checked.counted, clock.now())


async def confirm_code(
    database: Database, passwords: PasswordDoor, seal: SecretSeal, caller: Caller, code: str, *, address: str
) -> None:
    """Make sure that who is logged in as a user still has the second factor; the code is used by that.

    Raises SecondFactorNeeded, WrongCode, TooManyAttempts, and NoSecondFactor.
    """
    attempt = passwords.marks.attempt(normal_username(caller.name), Origin.of(address), logged_in=True)
    async with database.transaction() as session:
        verdict = await second_factors.judge(session, seal, caller.user_id or 0, code, attempt, clock.now())
    if verdict is FactorVerdict.NONE_SET_UP:
        raise NoSecondFactor("There is none to remove.")
    if verdict is not FactorVerdict.RIGHT:
        raise _refusal(verdict)


@dataclass(frozen=True, slots=True)
class _CheckedPassword:
    """A password that was right, and the attempt as it was counted."""

    stored: queries.StoredPassword
    counted: Counted


async def _checked(database: Database, hasher: Passwords, attempt: Attempt, password: str) -> _CheckedPassword:
    """Make sure that a password is an active user's. Raises WrongCredentials, TooManyAttempts, Unavailable.

    The attempt is counted before the password is looked at: many at once get no more tries than one after the other.
    One statement; one more where the password was hashed with older parameters. Whoever asks takes the attempt back.
    """
    hasher.ensure_room()
    at = clock.now()
    async with database.transaction() as session:
        counted, stored = await login_queries.count_attempt(session, attempt, at)
        lane = lane_or_wait(counted, at)
        if isinstance(lane, Lane):
            hasher.ensure_room(lane)  # who is turned away has made no attempt: the count goes with the transaction
    if isinstance(lane, timedelta):
        seconds = ceil(lane.total_seconds())
        raise TooManyAttempts("Too many logins with this name, or from here, have failed.", retry_after_seconds=seconds)
    fits, newer_hash = await hasher.verify(password, None if stored is None else stored.password_hash, lane)
    if stored is None or not fits:
        raise WrongCredentials("The username or the password is wrong.")
    if newer_hash is not None:
        async with database.transaction() as session:
            if await queries.replace_password_hash(session, stored, newer_hash):
                stored = queries.StoredPassword(stored.user_id, newer_hash)
    return _CheckedPassword(stored, counted)


async def by_oidc(
    database: Database,
    issuer: TokenIssuer,
    claims: OidcClaims,
    *,
    door: LoginDoor = LoginDoor.CONSOLE,
    user_agent: str | None = None,
) -> IssuedTokens:
    """Log in who has signed in by the organisation's provider; no second factor is asked for, which is its matter.

    Raises NobodyHere, with the same words for whoever it is not: unknown, inactive, of another account, not allowed.
    """
    at = clock.now()
    async with database.transaction() as session:
        user_id = await oidc_bindings.user_of(session, claims, at)
        if user_id is not None:
            return await issuer.open_family(
                session, at, user_id=user_id, door=door, user_agent=user_agent, by_provider=True
            )
    log.info("sign_in_of_nobody", issuer=claims.issuer)
    raise NobodyHere("You are signed in there, and nobody here is connected to that account. Ask an admin.")


async def by_client_secret(
    database: Database, issuer: TokenIssuer, client_id: str, secret: str, scope: str = ""
) -> IssuedTokens:
    """Log an integration client in, for the scopes that it asks for, or all that it has.

    Raises UnknownClient, and ScopeNotGranted where it asks for one that it has not.
    """
    secret_hash = token_hash(secret)
    async with database.read_only() as session:
        client = await queries.active_client(session, _uuid(client_id))
    if not hmac.compare_digest(secret_hash, b"" if client is None else client.secret_hash) or client is None:
        raise UnknownClient("The client id or the secret is wrong.")
    asked = frozenset(scope.split()) or None
    require_granted(asked or (), client.scopes)
    return issuer.issue_to_client(client.id, client.scopes, asked)


def require_granted(asked: Collection[str], granted: Collection[str]) -> None:
    """Raise ScopeNotGranted, with every scope that was asked for and not granted."""
    problems = [
        FieldProblem("/scope", "not_granted", f"The scope {scope} is not granted.")
        for scope in sorted(set(asked) - set(granted))
    ]
    if problems:
        raise ScopeNotGranted(" ".join(problem.message for problem in problems), errors=problems)


async def by_refresh_token(database: Database, issuer: TokenIssuer, token: str) -> IssuedTokens:
    """Go on with a login. Raises RefreshTokenEnded."""
    async with database.transaction() as session:
        tokens = await issuer.refresh(session, token, clock.now())
    if tokens is None:
        raise RefreshTokenEnded("Log in again.")
    return tokens


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
