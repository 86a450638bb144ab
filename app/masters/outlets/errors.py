"""What can go wrong with outlets."""

from app.ground.errors import Conflict, NotFound


class OutletNotFound(NotFound):
    """No such outlet here."""


class LocationProposalNotFound(NotFound):
    """No such location proposal here."""


class LocationProposalExists(Conflict):
    """Another location proposal has this id.

    The first one stays. Make a new id for a new proposal.
    """


class LocationProposalDecided(Conflict):
    """The location proposal has been decided otherwise.

    The first decision stays. Make a new proposal for another location.
    """


class ChannelTermsNotFound(NotFound):
    """This channel has no terms."""
