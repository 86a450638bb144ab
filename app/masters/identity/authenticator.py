"""From an access token to a Caller: what a request may do is read from the database, not from the token."""

import asyncio
from contextvars import Context
from time import monotonic

import structlog
from fastapi import Request

from app.ground.db.session import Database
from app.ground.errors import Unauthenticated
from app.ground.web.access import Caller
from app.masters.identity.queries import CallerKey, find_callers
from app.masters.identity.tokens import AccessTokens

MOST_CACHED = 20_000
MOST_AT_ONCE = 200

log = structlog.get_logger()


class Authenticator:
    """Reads tokens and loads callers; what it loaded counts for `cache_seconds`, so a revocation bites by then.

    Requests of one caller that come at the same time load it once. Callers asked for during a load are loaded together
    in the next one. What was loaded longest ago is dropped first.
    """

    def __init__(self, tokens: AccessTokens, database: Database, cache_seconds: float) -> None:
        self._tokens = tokens
        self._database = database
        self._cache_seconds = cache_seconds
        self._callers: dict[CallerKey, tuple[float, Caller]] = {}
        self._queue: dict[CallerKey, asyncio.Future[Caller]] = {}
        self._batch: dict[CallerKey, asyncio.Future[Caller]] = {}
        self._loader: asyncio.Task[None] | None = None

    async def __call__(self, _: Request, token: str) -> Caller:
        """The caller behind an access token. Raises Unauthenticated."""
        claims = self._tokens.read(token)
        key = (claims.kind, claims.subject)
        cached = self._callers.get(key)
        # not clock.now(): how old a cache is has nothing to do with the time of the business
        if cached is not None and monotonic() - cached[0] < self._cache_seconds:
            return cached[1]
        future = self._queue.get(key) or self._batch.get(key)
        if future is None:
            future = self._queue[key] = asyncio.get_running_loop().create_future()
            if self._loader is None:
                self._loader = asyncio.create_task(self._load_queue(), context=Context())
        # shielded: the request that asked first may be cancelled, others wait for the answer too
        return await asyncio.shield(future)

    async def _load_queue(self) -> None:
        """Load whoever is asked for, until nobody is."""
        try:
            while self._queue:
                keys = list(self._queue)[:MOST_AT_ONCE]
                self._batch = {key: self._queue.pop(key) for key in keys}
                await self._load()
        finally:
            self._loader = None

    async def _load(self) -> None:
        # before the database is asked: what is revoked meanwhile must not count as fresh for longer
        asked_at = monotonic()
        try:
            async with self._database.single_statement() as session:
                callers = await find_callers(session, self._batch)
        except Exception as error:
            log.warning("callers_not_loaded", exc_info=error)
            for future in self._batch.values():
                _refuse(future, error)
        else:
            for key, future in self._batch.items():
                caller = callers.get(key)
                if caller is None:
                    _refuse(future, Unauthenticated("The account behind this token is no longer active."))
                else:
                    self._remember(key, asked_at, caller)
                    future.set_result(caller)
        finally:
            self._batch = {}

    def _remember(self, key: CallerKey, asked_at: float, caller: Caller) -> None:
        self._callers.pop(key, None)
        if len(self._callers) >= MOST_CACHED:
            self._callers.pop(next(iter(self._callers)))
        self._callers[key] = (asked_at, caller)

    def forget(self) -> None:
        """Drop what was cached."""
        self._callers.clear()


def _refuse(future: "asyncio.Future[Caller]", error: Exception) -> None:
    future.set_exception(error)
    future.exception()  # retrieved here, in case everyone who waited has left
