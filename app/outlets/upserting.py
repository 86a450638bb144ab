"""Making and changing outlets: the single PUT, the PATCH and the import are one (V4: versions are only added)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldProblem
from app.outlets import inserts
from app.outlets.fences import PolygonFence, parse_polygon
from app.outlets.schemas import LocationBody, OutletBody, TermsBody
from app.territories.rules import TerritoryFacts
from app.territories.service import territories_by_code, unknown_territory
from app.web.fields import wall_time_text
from app.web.upserts import Batch, Upserted

Values = dict[str, Any]

_OWN = ("name", "address", "phone", "channel", "active")


@dataclass(frozen=True, slots=True)
class Change:
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
    products = await inserts.known_products(session, {code for _, body in rows for code in _must_stock(body)})
    for place, body in list(batch.waiting()):
        if problems := _problems(body, territories, products):
            batch.reject(place, problems)
    waiting = {rows[place][0]: (place, body) for place, body in batch.waiting()}
    own = [
        {
            "code": code,
            "territory_id": territories[body.territory_code].id,
            **{name: getattr(body, name) for name in _OWN},
        }
        for code, (_, body) in waiting.items()
    ]
    created = await inserts.insert_new(session, own, at)
    changes: list[Change] = []
    for outlet, location, terms, last_location, last_terms in await inserts.states(session, waiting):
        place, body = waiting[outlet.code]
        territory_id = territories[body.territory_code].id
        change = _change(outlet, location, terms, body, territory_id, last_location + 1, last_terms + 1)
        new = outlet.code in created
        if change is not None:
            change.outlet["version"] = outlet.version + (0 if new else 1)
            changes.append(change)
        version = change.outlet["version"] if change else outlet.version
        batch.settle(place, created=new, changed=change is not None, version=version)
    await inserts.update_outlets(session, [change.outlet for change in changes], at)
    await inserts.insert_locations(session, [change.location for change in changes if change.location], at, by)
    await inserts.insert_terms(session, [change.terms for change in changes if change.terms], at, by)
    return batch.outcomes()


def _must_stock(body: OutletBody) -> list[str]:
    return [item.product_code for item in body.terms.must_stock] if body.terms else []


def _problems(body: OutletBody, territories: dict[str, TerritoryFacts], products: set[str]) -> list[FieldProblem]:
    problems = [] if body.territory_code in territories else [unknown_territory()]
    problems += [
        FieldProblem(f"/terms/must_stock/{number}/product_code", "unknown_product", f"There is no product {code}.")
        for number, code in enumerate(_must_stock(body))
        if code not in products
    ]
    return problems


def _change(
    outlet: Any, location: Any, terms: Any, body: OutletBody, territory_id: int, next_location: int, next_terms: int
) -> Change | None:
    """What of an outlet changes when it is put like this; None where nothing does."""
    stands = {name: getattr(outlet, name) for name in _OWN} | {"territory_id": outlet.territory_id}
    wanted = {name: getattr(body, name) for name in _OWN} | {"territory_id": territory_id}
    versions = {"location_version": outlet.location_version, "terms_version": outlet.terms_version}
    new_location = new_terms = None
    if body.location is not None:
        values = location_values(body.location)
        if location is None or any(getattr(location, name) != value for name, value in values.items()):
            new_location = values | {"outlet_id": outlet.id, "version": next_location}
            versions["location_version"] = next_location
    elif "location" in body.model_fields_set:
        versions["location_version"] = 0
    asked = body.terms if body.terms is not None else _no_terms(body, terms)
    if asked is not None:
        values = terms_values(asked)
        if terms is None or terms_values(TermsBody.model_validate(terms)) != values:
            new_terms = values | {"outlet_id": outlet.id, "version": next_terms}
            versions["terms_version"] = next_terms
    before = stands | {"location_version": outlet.location_version, "terms_version": outlet.terms_version}
    after = wanted | versions
    return None if after == before else Change(after | {"id": outlet.id}, new_location, new_terms)


def _no_terms(body: OutletBody, terms: Any) -> TermsBody | None:
    """Terms that are set to null become those of an outlet with no agreement, where there were any."""
    return TermsBody() if "terms" in body.model_fields_set and terms is not None else None


def location_values(location: LocationBody) -> Values:
    """A location as it is kept: a polygon's `lat`, `lon` are its centroid."""
    if location.fence is None:
        return {"lat": location.lat, "lon": location.lon, "radius_m": location.radius_m, "fence": None}
    lat, lon = _centroid(parse_polygon(location.fence))
    return {"lat": lat, "lon": lon, "radius_m": None, "fence": location.fence}


def terms_values(terms: TermsBody) -> Values:
    """Terms as they are kept, and compared."""
    hours = terms.visiting_hours
    return {
        "order_due_time": terms.order_due_time and wall_time_text(terms.order_due_time),
        "visits_per_week": terms.visits_per_week,
        "min_gap_days": terms.min_gap_days,
        "allowed_weekdays": terms.allowed_weekdays,
        "visiting_hours": None if hours is None else [window.model_dump(mode="json") for window in hours],
        "must_stock": [item.model_dump(mode="json") for item in terms.must_stock],
        "min_order_value": terms.min_order_value,
        "credit_hold": terms.credit_hold,
    }


def _centroid(fence: PolygonFence) -> tuple[float, float]:
    """The centre of gravity in degrees; the longitudes are taken around the first one, for the 180° meridian."""
    first = fence.rings[0][0][0]
    shell, *holes = ([((lon - first + 180) % 360 - 180, lat) for lon, lat in ring] for ring in fence.rings)
    centre = shapely.Polygon(shell, holes).centroid
    return centre.y, (centre.x + first + 180) % 360 - 180
