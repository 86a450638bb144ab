"""What can go wrong with reasons."""

from app.ground.errors import NotFound


class MismatchReasonNotFound(NotFound):
    """There is no reason with this code."""
