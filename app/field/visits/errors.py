"""What can go wrong with visits."""

from app.ground.errors import Conflict, NotFound


class VisitNotFound(NotFound):
    """No such visit here."""


class VisitNotPlanned(Conflict):
    """The visit stands in no plan.

    Nobody had to make it: there is nothing to excuse.
    """


class VisitExcusedOtherwise(Conflict):
    """The visit has another excuse already.

    The first excuse stands. The same excuse again is answered like the first one.
    """
