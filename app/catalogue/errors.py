"""What can go wrong with the catalogue."""

from app.errors import NotFound


class ProductNotFound(NotFound):
    """No such product here."""
