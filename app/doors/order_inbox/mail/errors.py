"""What can go wrong about mails."""

from app.ground.errors import NotFound


class InboxMessageNotFound(NotFound):
    """There is no such mail."""
