"""What can go wrong with the catalogue."""

from app.ground.errors import NotFound


class ProductNotFound(NotFound):
    """No such product here."""
