"""What can go wrong with questions about compliance."""

from app.ground.errors import Invalid


class TooManyGroups(Invalid):
    """The answer would have too many groups.

    Narrow the question by a territory, a rep or an outlet. `most_groups` is the limit.
    """
