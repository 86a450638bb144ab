"""Which of its forms an `Accept` header asks a route for (RFC 9110, 12.5.1)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Header, HTTPException

from app.ground.web.preferences import weighted


class Medium(StrEnum):
    """The forms in which something can leave. Its name in lower case is how such a file ends."""

    JSON = "application/json"
    CSV = "text/csv"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PDF = "application/pdf"


REPORT_MEDIA = (Medium.JSON, Medium.CSV, Medium.XLSX)
"""Those of a report. Where a client names none and takes any, it gets the first."""


def best_medium(accept: str, offered: Sequence[Medium]) -> Medium | None:
    """The form of those offered that the header likes best; None where it accepts none. An empty header accepts all.

    Of forms liked alike, one that is named beats one that a wildcard lets in, and the one named first beats the next.
    """
    ranges = weighted(accept) or [("*/*", 1.0)]
    likings = {medium: _liking(medium, ranges) for medium in offered}
    best = max(likings, key=lambda medium: likings[medium])
    return best if likings[best].weight > 0 else None


def one_of(*offered: Medium) -> Any:
    """The dependency of a route that has these forms, the usual one first: the form that a request asks for.

    406 where it takes none of them.
    """

    async def accepted_medium(
        accept: Annotated[str, Header(description=" · ".join(offered), max_length=1000)] = offered[0],
    ) -> Medium:
        medium = best_medium(accept, offered)
        if medium is None:
            raise HTTPException(406, f"This comes as {', '.join(offered)}.")
        return medium

    return Depends(accepted_medium)


AcceptedMedium = Annotated[Medium, one_of(*REPORT_MEDIA)]


class _Liking(NamedTuple):
    """How well a form is liked, in the order in which it counts: `exactness` of the range, `place` in the header."""

    weight: float
    exactness: int
    place: int


def _liking(medium: Medium, ranges: list[tuple[str, float]]) -> _Liking:
    """By the most specific range that matches; a weight of 0 where none does."""
    family = f"{medium.value.split('/')[0]}/*"
    for exactness, pattern in ((2, medium.value), (1, family), (0, "*/*")):
        likings = [
            _Liking(weight, exactness, -place) for place, (range_, weight) in enumerate(ranges) if range_ == pattern
        ]
        if likings:
            return max(likings)
    return _Liking(0.0, 0, 0)
