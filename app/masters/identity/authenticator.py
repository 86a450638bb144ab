"""From an access token to a Caller: what a request may do is read from the database, not from the token."""

import asyncio
from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from time import monotonic

import structlog
from fastapi import Request

from app.ground.db.notifications import Notifications
from app.ground.db.session import Database
from app.ground.web.access import Caller, CallerKind
from app.masters.identity.login_uses import LoginUses
from app.masters.identity.one_time_codes import SecondFactorPolicy
from app.masters.identity.queries import CallerKey, find_callers
from app.masters.identity.tokens import AccessTokens, refused

MOST_CACHED = 20_000
MOST_AT_ONCE = 200

CHANNEL = "callers"
"""On which the database tells whose rights have changed, as `_names_of` has them: triggers do (decision 51)."""

log = structlog.get_logger()


class Authenticator:
    """Reads tokens and loads callers. What it loaded counts for `cache_seconds`, until the database tells of a change.

    While it hears nothing of changes (`listen`), nothing that was loaded counts for longer than its request. Requests
    of one caller that come at the same time load it once. Callers asked for during a load are loaded together in the
    next one. What was loaded longest ago is dropped first.
    """

    def __init__(
        self,
        tokens: AccessTokens,
        database: Database,
        cache_seconds: float,
        policy: SecondFactorPolicy = SecondFactorPolicy.OPTIONAL,
    ) -> None:
        self._tokens = tokens
        self._database = database
        self._cache_seconds = cache_seconds
        self._policy = policy
        self._callers: dict[CallerKey, tuple[float, Caller]] = {}
        self._keys_by_name: dict[str, set[CallerKey]] = {}
        self._changes = 0
        self._queue: dict[CallerKey, asyncio.Future[Caller]] = {}
        self._batch: dict[CallerKey, asyncio.Future[Caller]] = {}
        self._loader: asyncio.Task[None] | None = None
        self.uses = LoginUses(database)
        self.notifications = Notifications(database, CHANNEL, self._changed, self.forget)

    async def listen(self) -> None:
        """Hear of changes until cancelled, over a connection of its own."""
        await self.notifications.listen()

    async def __call__(self, _: Request, token: str) -> Caller:
        """The caller behind an access token. Raises Unauthenticated."""
        claims = self._tokens.read(token)
        caller = await self.caller((claims.kind, claims.subject, claims.login))
        return caller if claims.scope is None else replace(caller, scopes=caller.scopes & claims.scope)

    async def caller(self, key: CallerKey) -> Caller:
        """Who this is by now; a user's login is noted as used. Raises Unauthenticated for who is nobody any more."""
        kind, _, login = key
        cached = self._callers.get(key)
        self.notifications.rely()
        # not clock.now(): how old a cache is has nothing to do with the time of the business
        now = monotonic()
        if cached is not None and now - cached[0] < self._cache_seconds and now < self.notifications.current_until:
            caller = cached[1]
        else:
            caller = await self._loaded(key)
        if login is not None and kind is CallerKind.USER:
            self.uses.note(login)
        return caller

    async def _loaded(self, key: CallerKey) -> Caller:
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
        asked_at, changes = monotonic(), self._changes
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
                    _refuse(future, refused("The account or the login behind this token is no longer active."))
                else:
                    caller = self._restricted(caller)
                    if changes == self._changes:  # else this may be what has just changed
                        self._remember(key, asked_at, caller)
                    future.set_result(caller)
        finally:
            self._batch = {}

    def _restricted(self, caller: Caller) -> Caller:
        """A caller with less rights, where it must have a second factor and has none."""
        if caller.role is None or caller.second_factor or caller.by_provider or not self._policy.demands(caller.role):
            return caller
        return replace(caller, restricted=True)

    def _remember(self, key: CallerKey, asked_at: float, caller: Caller) -> None:
        self._drop(key)
        if len(self._callers) >= MOST_CACHED:
            self._drop(next(iter(self._callers)))
        self._callers[key] = (asked_at, caller)
        for name in _names_of(key, caller):
            self._keys_by_name.setdefault(name, set()).add(key)

    def _drop(self, key: CallerKey) -> None:
        entry = self._callers.pop(key, None)
        if entry is None:
            return
        for name in _names_of(key, entry[1]):
            keys = self._keys_by_name[name]
            keys.discard(key)
            if not keys:
                del self._keys_by_name[name]

    def _changed(self, name: str) -> None:
        self._changes += 1
        for key in tuple(self._keys_by_name.get(name, ())):
            self._drop(key)

    def forget(self) -> None:
        """Drop what was cached."""
        self._changes += 1
        self._callers.clear()
        self._keys_by_name.clear()


def _names_of(key: CallerKey, caller: Caller) -> Iterator[str]:
    """What a caller's rights hang on, as the database names it: its account, its login, its rep."""
    kind, subject, login = key
    yield f"{kind}:{subject}"
    if login is not None:
        yield f"login:{login}"
    if caller.rep_id is not None:
        yield f"rep:{caller.rep_id}"


def _refuse(future: "asyncio.Future[Caller]", error: Exception) -> None:
    future.set_exception(error)
    future.exception()  # retrieved here, in case everyone who waited has left
