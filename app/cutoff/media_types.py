"""Which form of a report an `Accept` header asks for (RFC 9110, 12.5.1)."""

from enum import StrEnum


class Medium(StrEnum):
    """The forms of the 17:00 report. Where a client likes several alike, the first of these wins."""

    JSON = "application/json"
    CSV = "text/csv"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def best_medium(accept: str) -> Medium | None:
    """The form that the header likes best; None where it accepts none of them. An empty header accepts all."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    weights = {medium: _weight(medium, ranges) for medium in Medium}
    best = max(weights, key=lambda medium: weights[medium])
    return best if weights[best] > 0 else None


def _weight(medium: Medium, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most specific range that matches; 0 where none does."""
    family = f"{medium.value.split('/')[0]}/*"
    for pattern in (medium.value, family, "*/*"):
        weights = [weight for accepted, weight in ranges if accepted == pattern]
        if weights:
            return max(weights)
    return 0.0


def _range(part: str) -> tuple[str, float]:
    accepted, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return accepted, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return accepted, 0.0
