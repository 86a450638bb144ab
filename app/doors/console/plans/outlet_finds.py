"""Outlets that were searched for, to be put into a plan. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.doors.console.api_calls import Json

MOST_FINDS = 12


@dataclass(frozen=True, slots=True)
class Find:
    """An outlet that answers to a search, and the days on which the plan has it already."""

    outlet: Json
    days: Sequence[str]


def finds_of(outlets: Iterable[Json], plan: Json | None) -> list[Find]:
    """Outlets as the API's search has ordered them."""
    visits = plan["visits"] if plan else []
    return [
        Find(outlet, [visit["visit_date"] for visit in visits if visit["outlet_code"] == outlet["code"]])
        for outlet in outlets
    ]
