"""What a client likes how well, as headers say it: `text/csv;q=0.5, application/json` (RFC 9110, 12.4.2)."""

from math import isfinite


def weighted(header: str) -> list[tuple[str, float]]:
    """What a header names, in lower case, each with its weight from 0 to 1. What is no weight is 0."""
    return [_weighted(part) for part in header.split(",") if part.strip()]


def _weighted(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        value = float(weight)
    except ValueError:
        return name, 0.0
    return name, min(max(value, 0.0), 1.0) if isfinite(value) else 0.0
