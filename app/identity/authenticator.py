"""From an access token to a Caller: what a request may do is read from the database, not from the token."""

import time
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.session import Database
from app.errors import Unauthenticated
from app.identity import queries
from app.identity.tokens import AccessTokens
from app.web.access import Caller, CallerKind

MOST_CACHED = 20_000


class Authenticator:
    """Reads tokens and loads callers; what it loaded counts for `cache_seconds`, so a revocation bites by then."""

    def __init__(self, tokens: AccessTokens, database: Database, cache_seconds: float) -> None:
        self._tokens = tokens
        self._database = database
        self._cache_seconds = cache_seconds
        self._callers: dict[tuple[CallerKind, str], tuple[float, Caller]] = {}

    async def __call__(self, request: Request, token: str) -> Caller:
        claims = self._tokens.read(token)
        key = (claims.kind, claims.subject)
        cached = self._callers.get(key)
        # not clock.now(): how old a cache is has nothing to do with the time of the business
        if cached is not None and time.monotonic() - cached[0] < self._cache_seconds:
            return cached[1]
        async with self._database.read_only() as session:
            caller = await load_caller(session, claims.kind, claims.subject)
        if len(self._callers) >= MOST_CACHED:
            self._callers.clear()
        self._callers[key] = (time.monotonic(), caller)
        return caller

    def forget(self) -> None:
        """Drop what was cached."""
        self._callers.clear()


async def load_caller(session: AsyncSession, kind: CallerKind, subject: str) -> Caller:
    """The caller as it stands now. Raises Unauthenticated where it is unknown, inactive or revoked."""
    match kind:
        case CallerKind.USER:
            caller = await queries.user_caller(session, int(subject))
        case CallerKind.CLIENT:
            caller = await queries.client_caller(session, UUID(subject))
        case CallerKind.DEVICE:
            caller = await queries.device_caller(session, UUID(subject))
    if caller is None:
        raise Unauthenticated("The account behind this token is no longer active.")
    return caller
