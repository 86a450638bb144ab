"""What can go wrong with targets and statements."""

from app.ground.errors import Conflict, NotFound


class AssortmentTargetsNotFound(NotFound):
    """No such targets here."""


class AssortmentStatementNotFound(NotFound):
    """No such statement here."""


class QuarterNotOver(Conflict):
    """The quarter is not over yet in the territory's time zone.

    It is closed from its last day's local midnight on.
    """


class NoTargets(Conflict):
    """The territory has no targets for the quarter, nor has the company.

    Put targets first: without them there is nothing that its orders could be held against.
    """


class LaterQuarterClosed(Conflict):
    """A later quarter of the territory is closed already.

    A quarter is reopened before a later one is closed.
    """
