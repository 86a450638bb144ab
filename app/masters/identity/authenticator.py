"""From an access token to a Caller: what a request may do is read from the database, not from the token."""

import asyncio
from contextvars import Context
from time import monotonic

import structlog
from fastapi import Request

from app.ground.db.session import Database
from app.ground.errors import Unauthenticated
from app.ground.web.access import Caller
from app.masters.identity.queries import Named, find_callers
from app.masters.identity.tokens import AccessTokens

MOST_CACHED = 20_000
MOST_AT_ONCE = 200

log = structlog.get_logger()


class Authenticator:
    """Reads tokens and loads callers; what it loaded counts for `cache_seconds`, so a revocation bites by then.

    Requests of one caller that come at once load it once; callers that are asked for while others are being loaded are
    loaded together next. What was loaded longest ago leaves first.
    """

    def __init__(self, tokens: AccessTokens, database: Database, cache_seconds: float) -> None:
        self._tokens = tokens
        self._database = database
        self._cache_seconds = cache_seconds
        self._callers: dict[Named, tuple[float, Caller]] = {}
        self._asked: dict[Named, asyncio.Future[Caller]] = {}
        self._loading: dict[Named, asyncio.Future[Caller]] = {}
        self._loader: asyncio.Task[None] | None = None

    async def __call__(self, _: Request, token: str) -> Caller:
        """The caller behind an access token. Raises Unauthenticated."""
        claims = self._tokens.read(token)
        named = (claims.kind, claims.subject)
        cached = self._callers.get(named)
        # not clock.now(): how old a cache is has nothing to do with the time of the business
        if cached is not None and monotonic() - cached[0] < self._cache_seconds:
            return cached[1]
        told = self._asked.get(named) or self._loading.get(named)
        if told is None:
            told = self._asked[named] = asyncio.get_running_loop().create_future()
            if self._loader is None:
                self._loader = asyncio.create_task(self._load_asked(), context=Context())
        # shielded: the request that asked first may be cancelled, others wait for the answer too
        return await asyncio.shield(told)

    async def _load_asked(self) -> None:
        """Load whoever is asked for, until nobody is."""
        try:
            while self._asked:
                together = list(self._asked)[:MOST_AT_ONCE]
                self._loading = {named: self._asked.pop(named) for named in together}
                await self._load()
        finally:
            self._loader = None

    async def _load(self) -> None:
        # before the database is asked: what is revoked meanwhile must not count as fresh for longer
        asked_at = monotonic()
        try:
            async with self._database.single_statement() as session:
                found = await find_callers(session, self._loading)
        except Exception as error:
            log.warning("callers_not_loaded", exc_info=error)
            for told in self._loading.values():
                _refuse(told, error)
        else:
            for named, told in self._loading.items():
                caller = found.get(named)
                if caller is None:
                    _refuse(told, Unauthenticated("The account behind this token is no longer active."))
                else:
                    self._remember(named, asked_at, caller)
                    told.set_result(caller)
        finally:
            self._loading = {}

    def _remember(self, named: Named, asked_at: float, caller: Caller) -> None:
        self._callers.pop(named, None)
        if len(self._callers) >= MOST_CACHED:
            self._callers.pop(next(iter(self._callers)))
        self._callers[named] = (asked_at, caller)

    def forget(self) -> None:
        """Drop what was cached."""
        self._callers.clear()


def _refuse(told: "asyncio.Future[Caller]", error: Exception) -> None:
    told.set_exception(error)
    told.exception()  # looked at, for where everyone who waited has left
