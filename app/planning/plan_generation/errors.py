"""What can go wrong with making plans."""

from app.ground.errors import Conflict, NotFound


class PlanSubmitted(Conflict):
    """The plan is submitted.

    A generation for many reps leaves it to the supervisor, who returns it or generates it by itself.
    """


class GenerationCancelled(Conflict):
    """The generation was cancelled.

    What had been made until then stays; what had not is made by another one.
    """


class GenerationNotFound(NotFound):
    """No such generation here."""


class GenerationExists(Conflict):
    """Another generation has this id.

    The first stands. Make a new id for a new one.
    """


class GenerationFinished(Conflict):
    """The generation has ended.

    There is nothing left to cancel: its plans are drafts, which can be made anew.
    """
