"""All SQL of outlets."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, and_, any_, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.outlets.rules import FieldOutlet, MustStock
from app.masters.territories.models import Territory

_FIELD_OUTLET = (
    select(
        Outlet.id,
        Outlet.code,
        Outlet.name,
        Outlet.territory_id,
        Outlet.active,
        Outlet.channel.label("trade_channel"),
        Outlet.location_version,
        OutletLocation.lat,
        OutletLocation.lon,
        OutletLocation.radius_m,
        OutletLocation.fence.label("polygon"),
        OutletTerms.order_due_time,
        OutletTerms.must_stock,
        OutletTerms.min_order_value,
        func.coalesce(OutletTerms.credit_hold, False).label("credit_hold"),
        OutletTerms.valid_from.label("terms_valid_from"),
        Territory.warehouse_code,
    )
    .join(Territory, Territory.id == Outlet.territory_id)
    .outerjoin(
        OutletLocation,
        and_(OutletLocation.outlet_id == Outlet.id, OutletLocation.version == Outlet.location_version),
    )
    .outerjoin(OutletTerms, and_(OutletTerms.outlet_id == Outlet.id, OutletTerms.version == Outlet.terms_version))
)
_BY_CODE = DirectStatement(_FIELD_OUTLET.where(Outlet.code == any_(bindparam("codes", type_=ARRAY(Text)))))
_BY_ID = DirectStatement(_FIELD_OUTLET.where(Outlet.id == any_(bindparam("ids", type_=ARRAY(Integer)))))

# Outlets that leave are noted by a trigger, whichever way they are moved (migration 0003).
_TOOK_OVER = text("""
    SELECT DISTINCT o.territory_id FROM outlet_departures d JOIN outlets o ON o.code = d.outlet_code
    WHERE d.territory_id = :territory_id AND o.territory_id <> d.territory_id
    ORDER BY o.territory_id
""")

_HAS_TAKEN_OVER = text("""
    SELECT EXISTS (
        SELECT FROM outlet_departures d JOIN outlets o ON o.code = d.outlet_code
        WHERE d.territory_id <> o.territory_id AND o.territory_id = :territory_id)
""")

_EXCEPTIONS = text("""
    SELECT id, territory_id, active FROM outlets WHERE territory_id = :territory_id AND NOT active
    UNION
    SELECT o.id, o.territory_id, o.active FROM outlet_departures d JOIN outlets o ON o.code = d.outlet_code
    WHERE d.territory_id = :territory_id
""")

_DEPARTURES = text("""
    SELECT DISTINCT gone.outlet_code
    FROM outlet_departures AS gone LEFT JOIN outlets AS outlet ON outlet.code = gone.outlet_code
    WHERE gone.territory_id = :territory_id AND gone.left_in >= :since
        AND outlet.territory_id IS DISTINCT FROM :territory_id
    ORDER BY gone.outlet_code
""")

_TERMS_AT = text("""
    SELECT given.outlet_id, given.moment, terms.order_due_time, terms.must_stock, terms.min_order_value,
        terms.credit_hold, terms.valid_from AS terms_valid_from
    FROM unnest(CAST(:ids AS integer[]), CAST(:moments AS timestamptz[])) AS given (outlet_id, moment)
    CROSS JOIN LATERAL (
        SELECT * FROM outlet_terms WHERE outlet_id = given.outlet_id AND valid_from <= given.moment
        ORDER BY version DESC LIMIT 1
    ) AS terms
""")


async def field_outlets_by_code(session: AsyncSession, codes: Collection[str]) -> Iterator[FieldOutlet]:
    """The outlets with these codes, with their current location and terms."""
    return _field_outlets(await _BY_CODE.rows(session, {"codes": list(codes)}))


async def field_outlets_by_id(session: AsyncSession, ids: Collection[int]) -> Iterator[FieldOutlet]:
    """The outlets with these ids, with their current location and terms."""
    return _field_outlets(await _BY_ID.rows(session, {"ids": list(ids)}))


async def language_of(session: AsyncSession, outlet_id: int) -> str:
    """The language in which an outlet is written to: its own, or its territory's."""
    language = func.coalesce(Outlet.language, Territory.language)
    query = select(language).join(Territory, Territory.id == Outlet.territory_id).where(Outlet.id == outlet_id)
    return str(await session.scalar(query))


async def territories_that_took_over(session: AsyncSession, territory_id: int) -> list[int]:
    """The present territories of the outlets that left this one."""
    return list(await session.scalars(_TOOK_OVER, {"territory_id": territory_id}))


async def has_taken_over(session: AsyncSession, territory_id: int) -> bool:
    """Whether an outlet that left another territory belongs to this one."""
    return bool(await session.scalar(_HAS_TAKEN_OVER, {"territory_id": territory_id}))


async def exceptions(session: AsyncSession, territory_id: int) -> dict[int, int | None]:
    """By outlet id: those that are closed, or have left; the territory of each, None where it is closed."""
    rows = await session.execute(_EXCEPTIONS, {"territory_id": territory_id})
    return {id_: now if active else None for id_, now, active in rows}


async def departures(session: AsyncSession, territory_id: int, since: int) -> list[str]:
    """The codes of outlets that left the territory and have not come back."""
    return list(await session.scalars(_DEPARTURES, {"territory_id": territory_id, "since": since}))


def _field_outlets(rows: Collection[Any]) -> Iterator[FieldOutlet]:
    for row in rows:
        columns = dict(row)
        columns["must_stock"] = _items(columns["must_stock"])
        yield FieldOutlet(**columns)


def _items(must_stock: Any) -> tuple[MustStock, ...]:
    return tuple(MustStock(item["product_code"], Decimal(item["min_quantity"])) for item in must_stock or ())


async def terms_at(
    session: AsyncSession, moments: Collection[tuple[int, datetime]]
) -> dict[tuple[int, datetime], dict[str, Any]]:
    """The terms of outlets at moments, as fields of a `FieldOutlet`: by one statement, by outlet id and moment.

    No entry where an outlet had agreed on nothing yet.
    """
    parameters = {"ids": [id_ for id_, _ in moments], "moments": [moment for _, moment in moments]}
    terms: dict[tuple[int, datetime], dict[str, Any]] = {}
    for row in await session.execute(_TERMS_AT, parameters):
        columns = row._asdict()
        columns["must_stock"] = _items(columns["must_stock"])
        terms[columns.pop("outlet_id"), columns.pop("moment")] = columns
    return terms
