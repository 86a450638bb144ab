"""Hashing passwords with argon2id, off the event loop, a bounded number at a time and a bounded number waiting."""

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from app.ground.errors import Unavailable

T = TypeVar("T")

WAITING_PER_THREAD = 16
"""A hash takes some 50 ms: nobody waits for more than about a second. More are turned away rather than queued."""

_argon2id = PasswordHash((Argon2Hasher(),))


class Passwords:
    """A process's password hasher. Each hash takes 64 MiB, so `threads` also bounds the memory."""

    def __init__(self, threads: int) -> None:
        self._limiter = CapacityLimiter(threads)
        self._most = threads * (1 + WAITING_PER_THREAD)
        self._inside = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """What is stored of a password. Raises Unavailable where too many wait already."""
        return await self._run(partial(_argon2id.hash, _as_typed_anywhere(password)))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether `password` fits `stored`, and what to store instead where that was made with older parameters.

        `stored` None (no such user) costs the same work and fits nothing. Raises Unavailable where too many wait.
        """
        return await self._run(partial(self._verify, _as_typed_anywhere(password), stored))

    def _verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        if stored is not None:
            try:
                return _argon2id.verify_and_update(password, stored)
            except UnknownHashError:
                pass  # an account that no password opens: do the same work as for an unknown one
        if self._decoy is None:
            self._decoy = _argon2id.hash("nobody's password")
        _argon2id.verify(password, self._decoy)
        return False, None

    def ensure_room(self) -> None:
        """Raise Unavailable where too many wait already."""
        if self._inside >= self._most:
            raise Unavailable("Too many are logging in at this moment.", retry_after_seconds=2)

    async def _run(self, work: Callable[[], T]) -> T:
        self.ensure_room()
        self._inside += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._inside -= 1


def _as_typed_anywhere(password: str) -> str:
    # keyboards differ in how they send accented letters: é as one character or as two
    return unicodedata.normalize("NFKC", password)
