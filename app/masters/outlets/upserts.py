"""Making and changing outlets: the single PUT, the PATCH and the import are one (V4: versions are only added)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem
from app.ground.web.upserts import Batch, Upserted
from app.masters.outlets import channel_queries, inserts
from app.masters.outlets.fences import PolygonFence, parse_polygon
from app.masters.outlets.schemas import LocationBody, OutletBody
from app.masters.outlets.terms import ChannelDefaults, holding, own_of, same_terms, sources_of
from app.masters.outlets.terms_schemas import TermsBody
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.service import reps_by_code, territories_by_code, unknown_territory

Values = dict[str, Any]

_OWN = ("name", "address", "phone", "channel", "active", "emails", "rep_id")


@dataclass(frozen=True, slots=True)
class OutletUpdate:
    """What an outlet becomes: its row, and the location and terms versions to add (None: none)."""

    outlet: Values
    location: Values | None
    terms: Values | None


async def upsert_outlets(
    session: AsyncSession, rows: Sequence[tuple[str, OutletBody]], at: datetime, by: str
) -> list[Upserted]:
    """Make or replace outlets by code, by a fixed number of statements; each row's fate, in the order given.

    A location that differs from the current one makes a new location version, other terms a new terms version; those
    that were are never changed. Rows of unknown territories or with unknown must-stock products are rejected.
    """
    batch = Batch(rows)
    territories = await territories_by_code(session, {body.territory_code for _, body in rows})
    rep_codes = {body.rep_code for _, body in rows if body.rep_code is not None}
    reps = await reps_by_code(session, rep_codes) if rep_codes else {}
    # in threads: 20,000 rows of an import would keep everyone else waiting
    products = await inserts.known_products(session, await asyncio.to_thread(_products_of, rows))
    await asyncio.to_thread(_judge, batch, _References(territories, products, reps))
    waiting = {rows[place][0]: (place, body) for place, body in batch.waiting()}
    columns = [
        {
            "code": code,
            "territory_id": territories[body.territory_code].id,
            **_own(body, {"emails": [], "rep_id": None}, reps),
        }
        for code, (_, body) in waiting.items()
    ]
    channels = {body.channel for _, body in waiting.values() if body.channel}
    defaults = await channel_queries.defaults_of(session, channels)
    created = await inserts.insert_new(session, columns, at)
    states = await inserts.states(session, waiting)
    bodies = {code: body for code, (_, body) in waiting.items()}
    updates = await asyncio.to_thread(_changes, states, bodies, _References(territories, products, reps), defaults)
    for state, change in zip(states, updates, strict=True):
        place, new, version = waiting[state["code"]][0], state["code"] in created, state["version"]
        if change is not None:
            version += 0 if new else 1
            change.outlet["version"] = version
        batch.settle(place, created=new, changed=change is not None, version=version)
    changes = [change for change in updates if change is not None]
    await inserts.update_outlets(session, [change.outlet for change in changes], at)
    await inserts.insert_locations(session, [change.location for change in changes if change.location], at, by)
    await inserts.insert_terms(session, [change.terms for change in changes if change.terms], at, by)
    return batch.outcomes()


def _products_of(rows: Sequence[tuple[str, OutletBody]]) -> set[str]:
    return {code for _, body in rows for code in _must_stock(body)}


@dataclass(frozen=True, slots=True)
class _References:
    """What rows refer to, as far as it exists."""

    territories: Mapping[str, TerritoryFacts]
    products: set[str]
    reps: Mapping[str, RepFacts]


def _judge(batch: Batch[OutletBody], references: _References) -> None:
    """Reject the rows that refer to what does not exist."""
    for place, body in list(batch.waiting()):
        if problems := _problems(body, references):
            batch.reject(place, problems)


def _must_stock(body: OutletBody) -> list[str]:
    return [item.product_code for item in body.terms.must_stock] if body.terms else []


def _problems(body: OutletBody, references: _References) -> list[FieldProblem]:
    problems = [] if body.territory_code in references.territories else [unknown_territory()]
    rep = references.reps.get(body.rep_code or "")
    if body.rep_code is not None and rep is None:
        problems.append(FieldProblem("/rep_code", "unknown_rep", "There is no such rep."))
    elif rep is not None and not problems and rep.territory_id != references.territories[body.territory_code].id:
        problems.append(
            FieldProblem("/rep_code", "rep_of_another_territory", "This is no rep of the outlet's territory.")
        )
    problems += [
        FieldProblem(f"/terms/must_stock/{number}/product_code", "unknown_product", f"There is no product {code}.")
        for number, code in enumerate(_must_stock(body))
        if code not in references.products
    ]
    return problems


def _changes(
    states: Sequence[RowMapping],
    bodies: Mapping[str, OutletBody],
    references: _References,
    defaults: Mapping[str, ChannelDefaults],
) -> list[OutletUpdate | None]:
    """What of each outlet changes, in the order of `states`."""
    pairs = ((state, bodies[state["code"]]) for state in states)
    return [_change(state, body, references, defaults.get(body.channel or "")) for state, body in pairs]


def _own(body: OutletBody, state: Mapping[Any, Any], reps: Mapping[str, RepFacts]) -> Values:
    """The outlet's own columns as they are put; addresses and a rep that are left out stay as they are."""
    own = {name: getattr(body, name, None) for name in _OWN}
    own["emails"] = (body.emails or []) if "emails" in body.model_fields_set else state["emails"]
    own["rep_id"] = state["rep_id"]
    if "rep_code" in body.model_fields_set:
        own["rep_id"] = reps[body.rep_code].id if body.rep_code is not None else None
    return own


def _change(
    state: RowMapping, body: OutletBody, references: _References, defaults: ChannelDefaults | None
) -> OutletUpdate | None:
    """What of an outlet changes when it is put like this; None where nothing does.

    An outlet that goes to another territory leaves its rep behind, unless it is put with another one.
    """
    territory_id = references.territories[body.territory_code].id
    before = {name: state[name] for name in (*_OWN, "territory_id", "location_version", "terms_version")}
    after = before | _own(body, state, references.reps) | {"territory_id": territory_id}
    if territory_id != state["territory_id"] and "rep_code" not in body.model_fields_set:
        after["rep_id"] = None
    new_location = new_terms = None
    if body.location is not None:
        values = location_values(body.location)
        if not state["location_version"] or values != {name: state[f"location_{name}"] for name in inserts.LOCATION}:
            after["location_version"] = state["last_location"] + 1
            new_location = values | {"outlet_id": state["id"], "version": after["location_version"]}
    elif "location" in body.model_fields_set:
        after["location_version"] = 0
    terms = _terms_after(state, body, defaults)
    if terms is not None:
        after["terms_version"] = state["last_terms"] + 1
        new_terms = terms | {"outlet_id": state["id"], "version": after["terms_version"]}
    return None if after == before else OutletUpdate(after | {"id": state["id"]}, new_location, new_terms)


def _terms_after(state: RowMapping, body: OutletBody, defaults: ChannelDefaults | None) -> Values | None:
    """The terms that hold from now on; None where they do already, or where there still are none.

    Terms that are set to null become those of an outlet that has agreed on nothing.
    """
    has_any = bool(state["terms_version"])
    if "terms" in body.model_fields_set and (body.terms is not None or has_any):
        terms = body.terms or TermsBody()
        own, hold = own_of(terms), terms.credit_hold
    else:
        own = {name: state[f"terms_{name}"] for name in state["terms_own"]} if has_any else {}
        hold = bool(state["terms_credit_hold"])
        if not has_any and defaults is None:
            return None
    values = holding(own, defaults) | {"credit_hold": hold}
    if has_any and same_terms(values, {name: state[f"terms_{name}"] for name in inserts.TERMS}):
        return None
    if not has_any and body.terms is None and not sources_of(values):
        return None
    return values


def location_values(location: LocationBody) -> Values:
    """A location as it is kept: a polygon's `lat`, `lon` are its centroid."""
    if location.fence is None:
        return {"lat": location.lat, "lon": location.lon, "radius_m": location.radius_m, "fence": None}
    lat, lon = _centroid(parse_polygon(location.fence))
    return {"lat": lat, "lon": lon, "radius_m": None, "fence": location.fence}


def _centroid(fence: PolygonFence) -> tuple[float, float]:
    """The centre of gravity in degrees; the longitudes are taken around the first one, for the 180° meridian."""
    first = fence.rings[0][0][0]
    shell, *holes = ([((lon - first + 180) % 360 - 180, lat) for lon, lat in ring] for ring in fence.rings)
    centre = shapely.Polygon(shell, holes).centroid
    return centre.y, (centre.x + first + 180) % 360 - 180
