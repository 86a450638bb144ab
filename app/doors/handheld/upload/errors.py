"""What an upload may be refused for as a whole."""

from app.ground.errors import TooManyAtOnce


class TooManyEvents(TooManyAtOnce):
    """The server has too many events of this rep from one day.

    Nothing of the request was recorded, and nothing of it is lost if the handheld keeps it: send it again after
    `Retry-After` seconds, when the day is over. Where a business date is full, that helps once the limit was raised.
    Events that the server has already are answered as ever, if they are sent alone. The detail says which day, and how
    many events a rep may have of one.
    """
