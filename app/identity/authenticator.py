"""From an access token to a Caller: what a request may do is read from the database, not from the token."""

import asyncio
from time import monotonic

from fastapi import Request

from app.db.session import Database
from app.identity.callers import load_caller
from app.identity.tokens import AccessTokens
from app.web.access import Caller, CallerKind

MOST_CACHED = 20_000

_Key = tuple[CallerKind, str]


class Authenticator:
    """Reads tokens and loads callers; what it loaded counts for `cache_seconds`, so a revocation bites by then.

    Requests of one caller that come at once load it once. What was loaded longest ago leaves first.
    """

    def __init__(self, tokens: AccessTokens, database: Database, cache_seconds: float) -> None:
        self._tokens = tokens
        self._database = database
        self._cache_seconds = cache_seconds
        self._callers: dict[_Key, tuple[float, Caller]] = {}
        self._loading: dict[_Key, asyncio.Task[Caller]] = {}

    async def __call__(self, _: Request, token: str) -> Caller:
        """The caller behind an access token. Raises Unauthenticated."""
        claims = self._tokens.read(token)
        key = (claims.kind, claims.subject)
        cached = self._callers.get(key)
        # not clock.now(): how old a cache is has nothing to do with the time of the business
        if cached is not None and monotonic() - cached[0] < self._cache_seconds:
            return cached[1]
        loading = self._loading.get(key)
        if loading is None:
            loading = self._loading[key] = asyncio.create_task(self._load(key))
            loading.add_done_callback(lambda task: self._loaded(key, task))
        # shielded: the request that began the loading may be cancelled, others wait for it too
        return await asyncio.shield(loading)

    def _loaded(self, key: _Key, task: asyncio.Task[Caller]) -> None:
        self._loading.pop(key, None)
        if not task.cancelled():
            task.exception()  # looked at, for where everyone who waited has left

    async def _load(self, key: _Key) -> Caller:
        # before the database is asked: what is revoked meanwhile must not count as fresh for longer
        asked_at = monotonic()
        async with self._database.single_statement() as session:
            caller = await load_caller(session, *key)
        self._callers.pop(key, None)
        if len(self._callers) >= MOST_CACHED:
            self._callers.pop(next(iter(self._callers)))
        self._callers[key] = (asked_at, caller)
        return caller

    def forget(self) -> None:
        """Drop what was cached."""
        self._callers.clear()
