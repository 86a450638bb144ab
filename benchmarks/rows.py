"""One figure of a benchmark's table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, against what, the ratio, and whether it is within the bound."""

    what: str
    measured: str
    limit: str
    ratio: float
    bound: str
    reached: bool


def at_least(what: str, measured: str, limit: str, ratio: float, bound: float) -> Row:
    """A figure whose ratio is to reach the bound."""
    return Row(what, measured, limit, ratio, f"≥ {bound:.2f}", ratio >= bound)


def at_most(what: str, measured: str, limit: str, ratio: float, bound: float) -> Row:
    """A figure whose ratio is to stay within the bound."""
    return Row(what, measured, limit, ratio, f"≤ {bound:g}", ratio <= bound)
