"""What giving up refuses."""

from app.ground.errors import Conflict, NotFound


class RejectedEventNotFound(NotFound):
    """No such rejected or lost event here."""


class RejectedEventSettled(Conflict):
    """This event is no longer waited for.

    It was recorded when it was sent again, or has arrived after all.
    """
