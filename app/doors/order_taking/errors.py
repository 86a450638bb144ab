"""What becomes of events that cannot be recorded."""

from app.ground.errors import Conflict, Invalid


class EventConflict(Conflict):
    """This id was used before, with other content.

    The first content stays. A new event needs a new id.
    """


class EventRejected(Invalid):
    """The event cannot be recorded.

    `errors` lists every problem at once, each with a JSON pointer into the event, a code and a message.
    `can_be_sent_again` says whether the very same event may be recorded later, once masters are mended.
    """
