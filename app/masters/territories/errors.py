"""What can go wrong with territories and reps."""

from app.ground.errors import NotFound


class TerritoryNotFound(NotFound):
    """No such territory here."""


class RepNotFound(NotFound):
    """No such rep here."""
