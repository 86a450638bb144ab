"""What receipts refuse."""

from app.ground.errors import Conflict, Invalid


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key was sent with another request.

    A key stands for one request. Make a new key for a new one.
    """


class IdempotencyKeyInFlight(Conflict):
    """The first request with this Idempotency-Key is still running.

    Repeat the request in a moment: it will get the first one's answer.
    """


class IdempotentAnswerLost(Conflict):
    """The answer to the first request with this Idempotency-Key can no longer be told.

    It was kept under a signing key that has been changed since. What the first request did stands.
    """
