"""What can go wrong with orders."""

from app.ground.errors import Conflict, Invalid, NotFound


class OrderNotFound(NotFound):
    """No such order here.

    It does not exist, or it lies outside of what this caller may see: the answer does not tell which.
    """


class OrderRefused(Invalid):
    """The order was refused.

    `errors` lists every reason at once (O2). The corrected form may be sent under the same id.
    """


class OrderConflict(Conflict):
    """Another order has this id.

    An order came under this id before, with other content: that one stays. Send the form under a new id.
    """


class OrderClosed(Conflict):
    """The order's cutoff has passed.

    An order may be amended or cancelled until the cutoff of its business date, `cutoff_at`. What a handheld captured by
    then, by a clock that can be believed, may come up to 72 hours later. After it a supervisor or the office may.
    """


class OrderCancelled(Conflict):
    """The order was cancelled.

    It cannot be amended any more. Place another one.
    """


class OrderSuperseded(Conflict):
    """A later version of this order stands.

    This change was captured before the version that stands.
    """
