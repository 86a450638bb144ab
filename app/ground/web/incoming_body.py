"""A request's body while it comes: bounded in size, and in time."""

import asyncio

from starlette.types import Message, Receive, Scope

from app.ground.errors import AppError, Invalid, TooLarge, TooSlow
from app.ground.web.compression import GZIP, Unpacked
from app.ground.web.requests import BODY_LIMIT

SECONDS = 30.0
"""What every body may take, and those that keep to the slowest pace some more."""
SLOWEST_BYTES_PER_SECOND = 2048
"""A phone on the edge of a network does better; who sends a byte now and then does not want to be answered."""


MOST_FILE_BYTES = 10 * 1024 * 1024
"""Of one file that is sent as a part of a form."""
MOST_FORM_BYTES = MOST_FILE_BYTES + 64 * 1024
"""Of such a form: what stands around the file is little."""


class BodyRefused(Exception):
    """The body went past its limit, or came too slowly; `IncomingBody.refusal` says which."""


class IncomingBody:
    """Hands on what the server receives, until it is too much or too slow: then `refusal` is the answer."""

    def __init__(self, scope: Scope, receive: Receive, limit_bytes: int) -> None:
        self._scope, self._receive, self._limit_bytes = scope, receive, limit_bytes
        self._seen_bytes, self._is_whole = 0, False
        self._begun_at: float | None = None
        packed = any(name == b"content-encoding" and value.strip().lower() in GZIP for name, value in scope["headers"])
        self._unpacked = Unpacked() if packed else None
        self.refusal: AppError | None = None

    async def receive(self) -> Message:
        """The next piece. Raises BodyRefused."""
        if self._is_whole:  # what is waited for now is that the client hangs up
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds_left()):
                message = await self._receive()
        except TimeoutError:
            self.refusal = TooSlow(f"The body came at less than {SLOWEST_BYTES_PER_SECOND} bytes a second.")
            raise BodyRefused from None
        self._seen_bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        # a route whose callers have no token has a limit of its own
        limit_bytes = min(self._limit_bytes, self._scope.get(BODY_LIMIT, self._limit_bytes))
        if self._seen_bytes > limit_bytes:
            self.refusal = too_large(limit_bytes)
            raise BodyRefused
        if self._unpacked is None:
            return message
        return {**message, "body": self._piece(self._unpacked, message, limit_bytes)}

    def _piece(self, unpacked: Unpacked, message: Message, limit_bytes: int) -> bytes:
        """What a packed piece holds, within the same limit."""
        try:
            piece = unpacked.piece(message.get("body", b""), limit_bytes)
        except OverflowError:
            self.refusal = too_large(limit_bytes)
        except ValueError as error:
            self.refusal = Invalid(f"The body is not packed by gzip: {error}.")
        else:
            if unpacked.is_whole or not self._is_whole or not unpacked.begun:
                return piece
            self.refusal = Invalid("The packed body ends too soon.")
        raise BodyRefused

    def _seconds_left(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._begun_at is None:
            self._begun_at = now
        return self._begun_at + SECONDS + self._seen_bytes / SLOWEST_BYTES_PER_SECOND - now


def too_large(limit_bytes: int) -> TooLarge:
    """The refusal of a body past its limit."""
    return TooLarge(f"The body may have {limit_bytes} bytes.", limit_bytes=limit_bytes)
