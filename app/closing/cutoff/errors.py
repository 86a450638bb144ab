"""What can go wrong with closing a day."""

from app.ground.errors import Conflict, NotFound


class CutoffRunNotFound(NotFound):
    """No such cutoff run here."""


class CutoffNotReached(Conflict):
    """The day's cutoff has not come yet.

    `cutoff_at` tells when it comes. A dry run (`dry_run: true`) answers at any time what would be flagged.
    """


class NonWorkingDay(Conflict):
    """The territory does not work on that day: it has no cutoff.

    Its working weekdays and holidays say so. Non-working days have no run, no call tasks and no penalties.
    """
