"""Lines and bars as SVG, made here: a figure's trend as points of a drawing, for a template to set."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240, 48
_MARGIN = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """A line: `points` as SVG wants them; `last`: where the newest value lies."""

    points: str
    last: tuple[float, float]


def trend_of(values: Sequence[str | None]) -> Trend | None:
    """The line of values in the order of time, past those that are missing; None where fewer than two are known."""
    numbers = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(numbers) < 2:
        return None
    low, high = min(number for _, number in numbers), max(number for _, number in numbers)
    span = (high - low) or 1.0
    step = (WIDTH - 2 * _MARGIN) / (len(values) - 1)
    points = [
        (round(_MARGIN + place * step, 1), round(HEIGHT - _MARGIN - (number - low) / span * (HEIGHT - 2 * _MARGIN), 1))
        for place, number in numbers
    ]
    return Trend(" ".join(f"{x},{y}" for x, y in points), points[-1])
