"""What can go wrong with risk signals."""

from app.ground.errors import Conflict, NotFound


class RiskSignalNotFound(NotFound):
    """No such risk signal here."""


class SignalAlreadyReviewed(Conflict):
    """This risk signal has another review already.

    The first review stands. The same review again is answered like the first one.
    """


class SignalWithdrawn(Conflict):
    """This risk signal was withdrawn.

    Later facts took the doubt away: there is nothing left to review, unless it comes back.
    """
