"""What can go wrong with returns."""

from app.ground.errors import Conflict, Invalid, NotFound


class ReturnNotFound(NotFound):
    """No such return here.

    It does not exist, or it lies outside of what this caller may see: the answer does not tell which.
    """


class ReturnRefused(Invalid):
    """The return was refused.

    `errors` lists every reason at once (D4). The corrected message may be sent under the same id; one for a delivery
    that is not here yet may be sent again as it is. Of what is no longer kept (`no_longer_kept`) nothing can be told.
    """


class ReturnConflict(Conflict):
    """This id is that of another kind of record.

    A return needs an id of its own.
    """
