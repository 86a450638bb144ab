"""The SQL that writes outlets with their location and terms versions: sets of rows, a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from typing import cast as cast_type

from geoalchemy2 import Geography
from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    RowMapping,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import CURRENT_XACT
from app.ground.db.upserts import as_json, recordset, types_of
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.outlets.outlet_changes import LOCATION, TERMS
from app.masters.territories.models import Rep, Territory

PRODUCTS = table("products", column("id"), column("code"))
"""Products are strangers to outlets: named by string, like a foreign key."""

_outlet = cast_type(Table, Outlet.__table__)
_location = cast_type(Table, OutletLocation.__table__)
_terms = cast_type(Table, OutletTerms.__table__)
_codes = any_(bindparam("codes", type_=ARRAY(Text)))
_at = bindparam("at", type_=DateTime(timezone=True))
_OWN = ("code", "name", "territory_id", "address", "phone", "channel", "language", "active", "emails", "rep_id")

_new_rows = recordset(types_of(_outlet, *_OWN))
_exists = exists(select(_outlet.c.id).where(_outlet.c.code == _new_rows.c.code).correlate(_new_rows))
_INSERT_NEW = (
    insert(_outlet)
    .from_select(
        [*_OWN, "created_at", "updated_at"],
        select(*_new_rows.c, _at.label("created_at"), _at.label("updated_at"))
        .where(~_exists)
        .order_by(_new_rows.c.code),
    )
    .on_conflict_do_nothing(index_elements=[_outlet.c.code])
    .returning(_outlet.c.code)
)
_LOCK = select(Outlet.id).where(Outlet.code == _codes).order_by(Outlet.code).with_for_update(key_share=True)

_any_location, _any_terms = _location.alias("any_location"), _terms.alias("any_terms")

# columns, not mapped classes: an import reads 20,000 of these at once
_STATES = (
    select(
        *(_outlet.c[name] for name in ("id", "version", *_OWN, "location_version", "terms_version")),
        *(_location.c[name].label(f"location_{name}") for name in LOCATION),
        *(_terms.c[name].label(f"terms_{name}") for name in TERMS),
        Territory.code.label("territory_code"),
        Rep.code.label("rep_code"),
        select(func.coalesce(func.max(_any_location.c.version), 0))
        .where(_any_location.c.outlet_id == _outlet.c.id)
        .scalar_subquery()
        .label("last_location"),
        select(func.coalesce(func.max(_any_terms.c.version), 0))
        .where(_any_terms.c.outlet_id == _outlet.c.id)
        .scalar_subquery()
        .label("last_terms"),
    )
    .select_from(_outlet)
    .join(Territory, Territory.id == _outlet.c.territory_id)
    .outerjoin(Rep, Rep.id == _outlet.c.rep_id)
    .outerjoin(
        _location, and_(_location.c.outlet_id == _outlet.c.id, _location.c.version == _outlet.c.location_version)
    )
    .outerjoin(_terms, and_(_terms.c.outlet_id == _outlet.c.id, _terms.c.version == _outlet.c.terms_version))
    .where(_outlet.c.code == _codes)
)

_CHANGEABLE = (
    *("name", "territory_id", "address", "phone", "channel", "language", "active", "emails", "rep_id"),
    *("location_version", "terms_version"),
)
_changed_rows = recordset(types_of(_outlet, "id", "version", *_CHANGEABLE))
_UPDATE = (
    update(_outlet)
    .where(_outlet.c.id == _changed_rows.c.id)
    .values({name: _changed_rows.c[name] for name in ("version", *_CHANGEABLE)} | {"updated_at": _at})
    .values(changed_in=CURRENT_XACT)
)

_LOCATION_VALUES = ("outlet_id", "version", *LOCATION)
_location_rows = recordset(types_of(_location, *_LOCATION_VALUES))
_centre = func.ST_SetSRID(func.ST_MakePoint(_location_rows.c.lon, _location_rows.c.lat), 4326)
_INSERT_LOCATIONS = insert(_location).from_select(
    [*_LOCATION_VALUES, "centre", "created_at", "created_by"],
    select(
        *_location_rows.c,
        cast(_centre, Geography("POINT", srid=4326)).label("centre"),
        _at.label("created_at"),
        bindparam("by", type_=Text).label("created_by"),
    ),
)

_TERMS_VALUES = ("outlet_id", "version", *TERMS)
_terms_rows = recordset(types_of(_terms, *_TERMS_VALUES))
_INSERT_TERMS = insert(_terms).from_select(
    [*_TERMS_VALUES, "valid_from", "created_by"],
    select(*_terms_rows.c, _at.label("valid_from"), bindparam("by", type_=Text).label("created_by")),
)


_assignments = (
    func.unnest(bindparam("outlet_ids", type_=ARRAY(Integer)), bindparam("rep_ids", type_=ARRAY(Integer)))
    .table_valued(column("outlet_id", Integer), column("rep_id", Integer), name="assigned")
    .render_derived()
)
_assigned_rep = Rep.__table__.alias("assigned_rep")
_TO_ASSIGN = (
    select(_outlet.c.code, Rep.code.label("before"), _assigned_rep.c.code.label("after"))
    .join(_assignments, _outlet.c.id == _assignments.c.outlet_id)
    .join(_assigned_rep, _assigned_rep.c.id == _assignments.c.rep_id)
    .outerjoin(Rep, Rep.id == _outlet.c.rep_id)
    .where(_outlet.c.rep_id.is_distinct_from(_assignments.c.rep_id))
    .order_by(_outlet.c.code)
    .with_for_update(key_share=True, of=_outlet)
)
_ASSIGN = (
    update(_outlet)
    .where(_outlet.c.id == _assignments.c.outlet_id, _outlet.c.rep_id.is_distinct_from(_assignments.c.rep_id))
    .values(rep_id=_assignments.c.rep_id, version=_outlet.c.version + 1, updated_at=_at, changed_in=CURRENT_XACT)
)


async def insert_new(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime) -> set[str]:
    """Insert those outlets that are not there, with neither location nor terms; answers their codes."""
    if not rows:
        return set()
    return set((await session.scalars(_INSERT_NEW, {"rows": as_json(rows), "at": at})).all())


async def states(session: AsyncSession, codes: Collection[str]) -> Sequence[RowMapping]:
    """Lock these outlets, in the order of their codes, and read them with location, terms, and last versions of both.

    By two statements: a join that waited for a lock could show the outlet as it is and its location as it was.
    """
    await session.execute(_LOCK, {"codes": list(codes)})
    rows = await session.execute(_STATES, {"codes": list(codes)})
    return rows.mappings().all()


async def update_outlets(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Write the new state of outlets that change."""
    if rows:
        await session.execute(_UPDATE, {"rows": as_json(rows), "at": at})


async def insert_locations(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime, by: str) -> None:
    """Add location versions."""
    if rows:
        await session.execute(_INSERT_LOCATIONS, {"rows": as_json(rows), "at": at, "by": by})


async def insert_terms(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime, by: str) -> None:
    """Add terms versions."""
    if rows:
        await session.execute(_INSERT_TERMS, {"rows": as_json(rows), "at": at, "by": by})


async def assign(session: AsyncSession, rep_ids: Mapping[int, int], at: datetime) -> list[tuple[str, str | None, str]]:
    """Write which rep looks after which outlet (rep by outlet id), where that changes; handhelds download it.

    Those that changed: the outlet's code, and the codes of the reps before and after.
    """
    parameters = {"outlet_ids": list(rep_ids), "rep_ids": list(rep_ids.values())}
    rows = await session.execute(_TO_ASSIGN, parameters)
    assigned = [(code, before, after) for code, before, after in rows]
    if assigned:
        await session.execute(_ASSIGN, parameters | {"at": at})
    return assigned


async def known_products(session: AsyncSession, codes: Collection[str]) -> set[str]:
    """Those of the product codes that exist; no statement where there are no codes."""
    if not codes:
        return set()
    query = select(PRODUCTS.c.code).where(PRODUCTS.c.code == any_(bindparam("products", type_=ARRAY(Text))))
    return set((await session.scalars(query, {"products": list(codes)})).all())
