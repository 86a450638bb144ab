"""A territory's day as the map draws it, and as the list beside it says it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.doors.console.api_calls import Json

ATTENTION = ("flagged", "missed", "unverified")
"""States of outlets that ask for somebody, the gravest first."""
MOST_NAMED = 40
"""Outlets of a state that the list names; the map shows all of them."""


@dataclass(frozen=True, slots=True)
class OutletGroup:
    """Outlets whose day stands alike: how many, and the first of them (properties of the API's features)."""

    state: str
    count: int
    outlets: Sequence[Json]


@dataclass(frozen=True, slots=True)
class StopLine:
    """A stop of the plan, and the rep's first arrival there; None where there was none."""

    stop: Json
    arrival: Json | None


def groups_of(features: Iterable[Json]) -> list[OutletGroup]:
    """The outlets of a map that ask for somebody, by state."""
    by_state: dict[str, list[Json]] = {state: [] for state in ATTENTION}
    for feature in features:
        if feature["properties"]["state"] in by_state:
            by_state[feature["properties"]["state"]].append(feature["properties"])
    return [OutletGroup(state, len(outlets), outlets[:MOST_NAMED]) for state, outlets in by_state.items() if outlets]


def stop_lines(track: Json) -> list[StopLine]:
    """The stops of a track in the order of the plan."""
    arrivals: dict[str, Json] = {}
    for check_in in track["check_ins"]:
        if check_in["kind"] == "arrival":
            arrivals.setdefault(check_in["outlet_code"], check_in)
    return [StopLine(stop, arrivals.get(stop["outlet_code"])) for stop in track["stops"]]


def tracks_by_rep(check_ins: Iterable[Json], names: Mapping[str, str], zone: str) -> list[Json]:
    """The check-ins of many reps as one track for each, without stops. `names`: of the reps, by code."""
    ordered = sorted(check_ins, key=lambda check_in: (check_in["rep_code"], check_in["corrected_at"]))
    return [
        {"rep_code": code, "rep_name": names.get(code, code), "time_zone": zone, "stops": [], "check_ins": list(own)}
        for code, own in groupby(ordered, key=lambda check_in: check_in["rep_code"])
    ]
