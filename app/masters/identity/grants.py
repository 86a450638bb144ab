"""Logging in: the three OAuth 2 grants (decision 11).

These are not part of a request's one transaction. What a refusal leaves behind (a counted attempt, a revoked family)
must stand although the answer is 401, and no connection may be held while a password is hashed. So each step is a
transaction of its own through the Database, and the refusal is raised after it.
"""

import hmac
from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, TooManyAttempts
from app.masters.identity import queries
from app.masters.identity.errors import RefreshTokenEnded, ScopeNotGranted, UnknownClient, WrongCredentials
from app.masters.identity.passwords import Passwords
from app.masters.identity.refresh_families import IssuedTokens, TokenIssuer
from app.masters.identity.rules import (
    LOGIN_ATTEMPTS,
    LOGIN_ATTEMPTS_ANYWHERE,
    LOGIN_WINDOW,
    attempt_keys,
    normal_username,
    wait_seconds,
)
from app.masters.identity.tokens import token_hash


async def by_password(
    database: Database, issuer: TokenIssuer, passwords: Passwords, username: str, password: str, *, address: str
) -> IssuedTokens:
    """Log a member of staff in, from a network address.

    Raises WrongCredentials, TooManyAttempts, or Unavailable under a rush.
    """
    stored = await confirm_password(database, passwords, username, password, address=address)
    async with database.transaction() as session:
        if not await queries.hold_password(session, stored):
            raise WrongCredentials("The username or the password is wrong.")
        return await issuer.open_family(session, clock.now(), user_id=stored.user_id)


async def confirm_password(
    database: Database, passwords: Passwords, username: str, password: str, *, address: str
) -> queries.StoredPassword:
    """Make sure that a password is an active user's. Raises WrongCredentials, TooManyAttempts, Unavailable.

    The attempt is counted before the password is looked at: many at once get no more tries than one after the other.
    """
    passwords.ensure_room()  # whoever is turned away has not made an attempt
    name = normal_username(username)
    address_key, name_key = attempt_keys(name, address)
    async with database.transaction() as session:
        wait = await _wait_seconds(session, address_key, LOGIN_ATTEMPTS)
        if wait is None:  # an attempt that must wait does not count against logins from elsewhere
            wait = await _wait_seconds(session, name_key, LOGIN_ATTEMPTS_ANYWHERE)
        stored = await queries.stored_password(session, name)
    if wait is not None:
        raise TooManyAttempts("Too many logins with this name have failed.", retry_after_seconds=wait)
    fits, newer_hash = await passwords.verify(password, None if stored is None else stored.password_hash)
    if stored is None or not fits:
        raise WrongCredentials("The username or the password is wrong.")
    async with database.transaction() as session:
        await queries.forget_attempts(session, [address_key, name_key])
        if newer_hash is not None and await queries.replace_password_hash(session, stored, newer_hash):
            return queries.StoredPassword(stored.user_id, newer_hash)
    return stored


async def _wait_seconds(session: AsyncSession, key: str, most: int) -> int | None:
    """Count an attempt; how long it must wait, None where it may be made."""
    attempts, window_started_at = await queries.count_attempt(session, key, LOGIN_WINDOW, clock.now())
    return wait_seconds(attempts, window_started_at, clock.now(), most)


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
