"""What can go wrong with maps of days."""

from app.ground.errors import Invalid


class TooManyOutlets(Invalid):
    """The territory has more outlets than a map holds.

    `most_outlets` is the limit.
    """
