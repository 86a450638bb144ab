"""`fieldproof scheduler`."""

from app.ground.db.address import database_url
from app.ground.settings import Settings
from app.processes import serving


def scheduler() -> None:
    """Run the scheduler: it closes due days. Any number may run, one leads."""
    serving.become_scheduler(database_url(Settings()))
