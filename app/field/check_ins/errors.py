"""What can go wrong with check-ins."""

from app.ground.errors import NotFound


class CheckInNotFound(NotFound):
    """No such check-in here."""
