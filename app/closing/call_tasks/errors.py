"""What can go wrong with call tasks."""

from app.ground.errors import Conflict, NotFound


class CallTaskNotFound(NotFound):
    """No such call task here."""


class ClaimNotHeld(Conflict):
    """Another operator holds this call task, or nobody does.

    A claim lapses after 15 minutes without an outcome, and then anybody may claim the task. Claim the next one.
    """


class CallTaskOver(Conflict):
    """This call task has ended.

    It is done, cancelled because an order came, or past its deadline. `task_status` tells which.
    """
