"""What can go wrong with deliveries."""

from app.ground.errors import Conflict, Invalid, NotFound


class DeliveryNotFound(NotFound):
    """No such delivery here.

    It does not exist, or it lies outside of what this caller may see: the answer does not tell which.
    """


class DeliveryRefused(Invalid):
    """The delivery was refused.

    `errors` lists every reason at once (D1). The corrected message may be sent under the same id; one for an order that
    is not here yet may be sent again as it is. Of what is no longer kept (`no_longer_kept`) nothing can be told.
    """


class DeliveryConflict(Conflict):
    """This id is that of another kind of record.

    A delivery needs an id of its own.
    """


class NothingDelivered(Conflict):
    """Nothing has come of this yet.

    Who answers is decided once a delivery is here.
    """
