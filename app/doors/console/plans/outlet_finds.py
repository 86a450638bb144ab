"""Outlets that are searched for by code or name, to be put into a plan. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.doors.console.api_calls import Json

MOST_FINDS = 12


@dataclass(frozen=True, slots=True)
class Find:
    """An outlet that answers to a search, and the days on which the plan has it already."""

    outlet: Json
    days: Sequence[str]


def finds_of(outlets: Iterable[Json], search: str, plan: Json | None) -> list[Find]:
    """The outlets whose code or name has every word of a search, those that begin with it first."""
    words = folded(search).split()
    finds = [
        outlet for outlet in outlets if all(word in folded(f"{outlet['code']} {outlet['name']}") for word in words)
    ]
    finds.sort(key=lambda outlet: (not _begins(outlet, search), outlet["code"]))
    visits = plan["visits"] if plan else []
    return [
        Find(outlet, [visit["visit_date"] for visit in visits if visit["outlet_code"] == outlet["code"]])
        for outlet in finds[:MOST_FINDS]
    ]


def folded(text: str) -> str:
    """A text without case and accents: ΑΘΗΝΑ finds Αθήνα."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _begins(outlet: Json, search: str) -> bool:
    return any(folded(outlet[field]).startswith(folded(search)) for field in ("code", "name"))
