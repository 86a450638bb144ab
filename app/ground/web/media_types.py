"""Which form of a report an `Accept` header asks for (RFC 9110, 12.5.1)."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, HTTPException


class Medium(StrEnum):
    """The forms of a report. Where a client names none and takes any, it gets the first."""

    JSON = "application/json"
    CSV = "text/csv"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def best_medium(accept: str) -> Medium | None:
    """The form that the header likes best; None where it accepts none of them. An empty header accepts all.

    Of forms liked alike, one that is named beats one that a wildcard lets in, and the one named first beats the next.
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    likings = {medium: _liking(medium, ranges) for medium in Medium}
    best = max(likings, key=lambda medium: likings[medium])
    return best if likings[best].weight > 0 else None


async def accepted_medium(
    accept: Annotated[str, Header(description=" · ".join(Medium), max_length=1000)] = Medium.JSON,
) -> Medium:
    """The form that a request asks for; 406 where it takes none of them."""
    medium = best_medium(accept)
    if medium is None:
        raise HTTPException(406, f"This report comes as {', '.join(Medium)}.")
    return medium


AcceptedMedium = Annotated[Medium, Depends(accepted_medium)]


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


def _range(part: str) -> tuple[str, float]:
    accepted, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return accepted, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return accepted, 0.0
