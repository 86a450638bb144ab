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

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, TooManyAttempts
from app.masters.identity import login_queries, queries
from app.masters.identity.errors import RefreshTokenEnded, ScopeNotGranted, UnknownClient, WrongCredentials
from app.masters.identity.login_pace import Attempt, Lane, LoginMarks, Origin, lane_or_wait
from app.masters.identity.passwords import Passwords
from app.masters.identity.refresh_families import IssuedTokens, TokenIssuer
from app.masters.identity.rules import LoginDoor, normal_username
from app.masters.identity.tokens import token_hash


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
    door: LoginDoor = LoginDoor.API,
    user_agent: str | None = None,
) -> IssuedTokens:
    """Log a member of staff in, from a network address and with a program.

    Raises WrongCredentials, TooManyAttempts, or Unavailable under a rush.
    """
    attempt = passwords.marks.attempt(normal_username(username), Origin.of(address))
    stored = await _confirm(database, passwords.hasher, attempt, password)
    async with database.transaction() as session:
        if not await queries.hold_password(session, stored):
            raise WrongCredentials("The username or the password is wrong.")
        await login_queries.remember_place(session, stored.user_id, attempt, clock.now())
        return await issuer.open_family(session, clock.now(), user_id=stored.user_id, door=door, user_agent=user_agent)


async def confirm_password(
    database: Database, passwords: PasswordDoor, username: str, password: str, *, address: str
) -> None:
    """Make sure that who is logged in as a user still knows the password.

    Whoever else guesses at the name keeps nobody waiting here. Raises WrongCredentials, TooManyAttempts, Unavailable.
    """
    attempt = passwords.marks.attempt(normal_username(username), Origin.of(address), logged_in=True)
    await _confirm(database, passwords.hasher, attempt, password)


async def _confirm(database: Database, hasher: Passwords, attempt: Attempt, password: str) -> queries.StoredPassword:
    """Make sure that a password is an active user's. Raises WrongCredentials, TooManyAttempts, Unavailable.

    The attempt is counted before the password is looked at: many at once get no more tries than one after the other.
    One statement; one or two more where the password fits.
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
    async with database.transaction() as session:
        await login_queries.forgive(session, attempt, counted, clock.now())
        if newer_hash is not None and await queries.replace_password_hash(session, stored, newer_hash):
            return queries.StoredPassword(stored.user_id, newer_hash)
    return stored


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
