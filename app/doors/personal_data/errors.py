"""What can be wrong with a request about a person's records."""

from app.ground.errors import Conflict, NotFound


class PersonNotFound(NotFound):
    """There is no such person."""


class PersonActive(Conflict):
    """The person still works here.

    Deactivate the rep or the user first: what somebody works with is not erased.
    """
