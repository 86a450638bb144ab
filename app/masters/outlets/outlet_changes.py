"""What outlets become by what is said of them, and their versions of location and terms (V4): plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from app.ground.errors import FieldProblem
from app.ground.web.bodies import missing, over, said
from app.masters.outlets.fences import PolygonFence, parse_polygon
from app.masters.outlets.schemas import NO_CIRCLE, LocationBody, OutletBody
from app.masters.outlets.terms import BY_CHANNEL, ChannelDefaults, holding, own_after, said_of, same_terms, sources_of
from app.masters.territories.calendar import RepFacts, TerritoryFacts

Values = dict[str, Any]

OWN = ("name", "address", "phone", "channel", "language", "active", "emails")
LOCATION = ("lat", "lon", "radius_m", "fence")
TERMS = (*BY_CHANNEL, "credit_hold", "own", "channel", "channel_version")

_NEW: Values = {
    "name": None,
    "territory_code": None,
    "address": None,
    "phone": None,
    "channel": None,
    "language": None,
    "active": True,
    "emails": [],
    "rep_code": None,
    "location": None,
}


@dataclass(frozen=True, slots=True)
class References:
    """What rows refer to, as far as it exists, by code."""

    territories: Mapping[str, TerritoryFacts]
    products: set[str]
    reps: Mapping[str, RepFacts]


@dataclass(frozen=True, slots=True)
class OutletUpdate:
    """What an outlet becomes: its row, and the location and terms versions to add (None: none).

    `before` and `after`: its members by their names in the API, the terms that are its own among them.
    """

    outlet: Values
    location: Values | None
    terms: Values | None
    before: Values
    after: Values


def said_of_outlet(bodies: Iterable[OutletBody]) -> Values:
    """What bodies about one outlet say, the later ones after the earlier ones, as it is kept."""
    members: Values = {}
    for body in bodies:
        row = said(body)
        if body.terms is not None:
            row["terms"] = said_of(body.terms)
        if body.location is not None:
            row["location"] = _said_of_location(body.location)
        members = over(members, row)
    return members


def _said_of_location(location: LocationBody) -> Values:
    """A fence leaves nothing of a circle, and a part of a circle nothing of a fence."""
    if location.fence is not None:
        return {"lat": None, "lon": None, "radius_m": None, "fence": location.fence}
    return {name: getattr(location, name) for name in location.model_fields_set} | {"fence": None}


def reference_problems(body: OutletBody, references: References) -> list[FieldProblem]:
    """What a row refers to that does not exist."""
    problems = []
    if body.territory_code is not None and body.territory_code not in references.territories:
        problems.append(FieldProblem("/territory_code", "unknown_territory", "There is no such territory."))
    if body.rep_code is not None and body.rep_code not in references.reps:
        problems.append(FieldProblem("/rep_code", "unknown_rep", "There is no such rep."))
    return problems + [
        FieldProblem(f"/terms/must_stock/{number}/product_code", "unknown_product", f"There is no product {code}.")
        for number, code in enumerate(must_stock_of(body))
        if code not in references.products
    ]


def must_stock_of(body: OutletBody) -> list[str]:
    """The products of a body's must-stock list."""
    return [item.product_code for item in body.terms.must_stock] if body.terms else []


def members_after(
    before: Values | None, members: Values, references: References, territory_id: int | None = None
) -> Values | tuple[FieldProblem, ...]:
    """An outlet (None: a new one), but for its terms, with what is said over it, or what is wrong with that.

    `territory_id`: where it is so far. One that goes to another territory leaves its rep behind, unless it is put with
    another one.
    """
    after = over(before or _NEW, {name: value for name, value in members.items() if name != "terms"})
    if problems := missing(after, "name", "territory_code"):
        return problems
    if before is not None and after["territory_code"] != before["territory_code"] and "rep_code" not in members:
        after["rep_code"] = None
    if after["location"] is not None:
        location: Values = dict.fromkeys(LOCATION) | after["location"]
        if location["fence"] is None and None in (location["lat"], location["lon"], location["radius_m"]):
            return (FieldProblem("/location", "circle", NO_CIRCLE),)
        after["location"] = location
    rep = references.reps.get(after["rep_code"]) if members.get("rep_code") is not None else None
    territory = references.territories.get(after["territory_code"])
    if rep is not None and rep.territory_id != (territory_id if territory is None else territory.id):
        message = "This is no rep of the outlet's territory."
        return (FieldProblem("/rep_code", "rep_of_another_territory", message),)
    return after


def members_of(state: Mapping[Any, Any]) -> Values:
    """An outlet as it stands, by its members' names in the API, but for its terms."""
    location = None
    if state["location_version"]:
        fence = state["location_fence"]
        circle = {name: None if fence else state[f"location_{name}"] for name in ("lat", "lon", "radius_m")}
        location = circle | {"fence": fence}
    return {name: state[name] for name in (*OWN, "territory_code", "rep_code")} | {"location": location}


def update_of(
    state: Mapping[Any, Any],
    members: Values,
    references: References,
    defaults: Mapping[str, ChannelDefaults],
) -> OutletUpdate | tuple[FieldProblem, ...] | None:
    """What of an outlet changes when this is said of it; None where nothing does, or what is wrong with it."""
    before = members_of(state)
    after = members_after(before, members, references, state["territory_id"])
    if isinstance(after, tuple):
        return after
    outlet = {name: after[name] for name in OWN} | {
        name: state[name] for name in ("id", "territory_id", "rep_id", "location_version", "terms_version")
    }
    if after["territory_code"] != before["territory_code"]:
        outlet["territory_id"] = references.territories[after["territory_code"]].id
    if after["rep_code"] != before["rep_code"]:
        outlet["rep_id"] = references.reps[after["rep_code"]].id if after["rep_code"] is not None else None
    location: Values | None = None
    if after["location"] != before["location"]:
        outlet["location_version"] = state["last_location"] + 1 if after["location"] is not None else 0
        if after["location"] is not None:
            version = {"outlet_id": state["id"], "version": outlet["location_version"]}
            location = location_values(after["location"]) | version
    terms = _terms_after(state, members, defaults.get(after["channel"] or ""))
    if terms is not None:
        outlet["terms_version"] = state["last_terms"] + 1
    told_before, told_after = before | {"terms": _own_terms(state)}, after | {"terms": _own_terms(state)}
    if terms is not None:
        told_after["terms"] = {name: terms[name] for name in terms["own"]} | {"credit_hold": terms["credit_hold"]}
    if told_before == told_after and terms is None:
        return None
    new_terms = terms and terms | {"outlet_id": state["id"], "version": outlet["terms_version"]}
    return OutletUpdate(outlet, location, new_terms, told_before, told_after)


def _own_terms(state: Mapping[Any, Any]) -> Values | None:
    if not state["terms_version"]:
        return None
    own = {name: state[f"terms_{name}"] for name in state["terms_own"]}
    return own | {"credit_hold": bool(state["terms_credit_hold"])}


def _terms_after(state: Mapping[Any, Any], members: Values, defaults: ChannelDefaults | None) -> Values | None:
    """The terms that hold from now on; None where they do already, or where there still are none.

    Terms that are set to null become those of an outlet that has agreed on nothing.
    """
    has_any = bool(state["terms_version"])
    own = {name: state[f"terms_{name}"] for name in state["terms_own"]} if has_any else {}
    hold = bool(state["terms_credit_hold"])
    agreed = members.get("terms")
    if agreed is not None:
        own, hold = own_after(own, agreed), agreed.get("credit_hold", hold)
    elif "terms" in members:
        own, hold = {}, False
    if agreed is None and not has_any and defaults is None:
        return None
    values = holding(own, defaults) | {"credit_hold": hold}
    if has_any and same_terms(values, {name: state[f"terms_{name}"] for name in TERMS}):
        return None
    if not has_any and agreed is None and not sources_of(values):
        return None
    return values


def location_values(location: Mapping[str, Any]) -> Values:
    """A location as it is kept: a polygon's `lat`, `lon` are its centroid."""
    if location["fence"] is None:
        return dict(location)
    lat, lon = _centroid(parse_polygon(location["fence"]))
    return {"lat": lat, "lon": lon, "radius_m": None, "fence": location["fence"]}


def _centroid(fence: PolygonFence) -> tuple[float, float]:
    """The centre of gravity in degrees; the longitudes are taken around the first one, for the 180° meridian."""
    first = fence.rings[0][0][0]
    shell, *holes = ([((lon - first + 180) % 360 - 180, lat) for lon, lat in ring] for ring in fence.rings)
    centre = shapely.Polygon(shell, holes).centroid
    return centre.y, (centre.x + first + 180) % 360 - 180
