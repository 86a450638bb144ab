"""What can be wrong about points."""

from app.ground.errors import Conflict, NotFound


class PointsEntryNotFound(NotFound):
    """No such points entry here."""


class PolicyApplied(Conflict):
    """Points have been booked by the policy that this would replace.

    `earliest` is the first day from which a new one can hold: no day is judged anew.
    """
