"""What can be wrong about months and statements."""

from app.ground.errors import Conflict, NotFound


class StatementNotFound(NotFound):
    """No such statement here."""


class MonthNotClosed(NotFound):
    """The month is not closed in this territory."""


class MonthNotOver(Conflict):
    """The month is not over yet.

    `over_at` is the first instant of the next month, by the territory's clocks.
    """


class NothingToClose(Conflict):
    """The territory was made after that month, and nothing counts in it."""


class DaysNotClosed(Conflict):
    """Days of the month are not closed yet.

    `days` have passed their cutoff and have no run: the scheduler closes them, or an admin by hand.
    """


class EarlierMonthOpen(Conflict):
    """An earlier month is still open.

    Months are closed one after the other: `month` is the next one.
    """


class LaterMonthClosed(Conflict):
    """A later month is closed already.

    A month can be reopened until the next one is closed.
    """


class MonthBeingClosed(Conflict):
    """The month is being closed.

    What was under way when it was marked has not ended yet. Ask again: the scheduler finishes it, too.
    """
