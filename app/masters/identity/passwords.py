"""Hashing passwords with argon2id, off the event loop: a bounded number at a time, and in lanes that each have a share.

Who waits in one lane is passed by no crowd in another (decision 64).
"""

import asyncio
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from app.ground.errors import Unavailable
from app.masters.identity.login_pace import Lane

T = TypeVar("T")

WAITING_PER_THREAD = {Lane.KNOWN: 16, Lane.CALM: 8, Lane.REST: 8}
"""A hash takes some 50 ms: nobody waits for more than about two seconds. More are turned away rather than queued."""
TURNS = (Lane.KNOWN, Lane.CALM, Lane.KNOWN, Lane.REST)
"""Whose turn it is where a thread is free; where nobody waits in that lane, it is the next one's."""

_argon2id = PasswordHash((Argon2Hasher(),))


class Passwords:
    """A process's password hasher. Each hash takes 64 MiB, so `threads` also bounds the memory."""

    def __init__(self, threads: int, hasher: PasswordHash | None = None) -> None:
        self._hasher = hasher or _argon2id
        self._limiter = CapacityLimiter(threads)
        self._free = threads
        self._most = {lane: threads * waiting for lane, waiting in WAITING_PER_THREAD.items()}
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}
        self._turn = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """What is stored of a password. Raises Unavailable where too many wait already."""
        return await self._run(Lane.KNOWN, partial(self._hasher.hash, _as_typed_anywhere(password)))

    async def verify(self, password: str, stored: str | None, lane: Lane) -> tuple[bool, str | None]:
        """Whether `password` fits `stored`, and what to store instead where that was made with older parameters.

        `stored` None (no such user) costs the same work and fits nothing. Raises Unavailable where too many wait in
        the lane.
        """
        return await self._run(lane, partial(self._verify, _as_typed_anywhere(password), stored))

    def _verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        if self._decoy is None:  # whoever comes first pays for it, whether the name is known or not
            self._decoy = self._hasher.hash("nobody's password")
        if stored is not None:
            try:
                return self._hasher.verify_and_update(password, stored)
            except UnknownHashError:
                pass  # an account that no password opens: do the same work as for an unknown one
        self._hasher.verify(password, self._decoy)
        return False, None

    def ensure_room(self, *lanes: Lane) -> None:
        """Raise Unavailable where each of these lanes is full; of none, where every lane is."""
        if all(self._is_full(lane) for lane in lanes or Lane):
            raise _turned_away()

    def _is_full(self, lane: Lane) -> bool:
        return not self._free and len(self._waiting[lane]) >= self._most[lane]

    async def _run(self, lane: Lane, work: Callable[[], T]) -> T:
        async with self._thread(lane):
            return await to_thread.run_sync(work, limiter=self._limiter)

    @asynccontextmanager
    async def _thread(self, lane: Lane) -> AsyncIterator[None]:
        """A thread for as long as the block takes, when it is the lane's turn."""
        if self._is_full(lane):
            raise _turned_away()
        if self._free:
            self._free -= 1
        else:
            await self._wait(lane)
        try:
            yield
        finally:
            self._hand_on()

    async def _wait(self, lane: Lane) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting[lane] = deque(other for other in self._waiting[lane] if other is not turn)
            else:
                self._hand_on()  # it had been given a thread that it does not use
            raise

    def _hand_on(self) -> None:
        """Give a thread that is free now to whose turn it is."""
        for step in range(len(TURNS)):
            waiting = self._waiting[TURNS[(self._turn + step) % len(TURNS)]]
            while waiting:
                turn = waiting.popleft()
                if not turn.done():  # else it was cancelled an instant ago
                    self._turn = (self._turn + step + 1) % len(TURNS)
                    turn.set_result(None)
                    return
        self._free += 1


def _turned_away() -> Unavailable:
    return Unavailable("Too many are logging in at this moment.", retry_after_seconds=2)


def _as_typed_anywhere(password: str) -> str:
    # keyboards differ in how they send accented letters: é as one character or as two
    return unicodedata.normalize("NFKC", password)
