"""How loaded a day is: visits and driving against the workday, and against the other days. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from app.doors.console.api_calls import Json

UNEVEN = 0.15
"""A day that differs from the mean by more than this share of it is told: what generated weeks are held to."""


class LoadMark(StrEnum):
    """What is to be told of a day's load."""

    TOO_LONG = "too_long"
    HEAVY = "heavy"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class LoadBar:
    """A bar of visits and driving, in hundredths of its scale; `limit`: where the workday is full."""

    service: float
    driving: float
    limit: float


def bar_of(service: int, driving: int, room: int, scale: int) -> LoadBar:
    """The bar of a day's minutes. `scale`: the minutes that its whole width stands for."""
    width = max(scale, service + driving, 1)
    return LoadBar(*(round(100 * minutes / width, 1) for minutes in (service, driving, min(room, width))))


def mark_of(load: int, mean: float, *, is_too_long: bool) -> LoadMark | None:
    """What is to be told of a day beside the others."""
    if is_too_long:
        return LoadMark.TOO_LONG
    if abs(load - mean) <= mean * UNEVEN:
        return None
    return LoadMark.HEAVY if load > mean else LoadMark.LIGHT


def mean_of(loads: Collection[int]) -> float:
    """The mean; 0 of none."""
    return sum(loads) / len(loads) if loads else 0.0


@dataclass(frozen=True, slots=True)
class WorkHours:
    """A workday. `room`: its minutes for visits and driving, without lunch."""

    room: int
    ends: time


def hours_of(workday: Json) -> WorkHours:
    """The hours of a workday as the API answers it."""
    holds = workday["effective"]
    begins, ends = (time.fromisoformat(holds[end]) for end in ("begins", "ends"))
    length = (ends.hour - begins.hour) * 60 + ends.minute - begins.minute
    return WorkHours(max(length - int(holds["lunch"]["minutes"]), 0), ends)
