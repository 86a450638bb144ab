"""All SQL of maps of days. Each statement reads one set by its index; they are joined by the service."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.visit_facts import check_in_facts
from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.closing.cutoff.settlement_rules import Standing
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.ground.db.plans import one_of
from app.ground.db.statements import records_of
from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet, OutletLocation
from app.masters.territories.models import Rep
from app.sales.orders.models import Order
from app.sales.orders.sight import orders_in_sight


@dataclass(frozen=True, slots=True)
class OutletOnMap:
    """An outlet as it is now. `fence` is a polygon (GeoJSON), instead of a radius; all None: nobody knows the place."""

    id: int
    code: str
    name: str
    lat: float | None
    lon: float | None
    radius_m: float | None
    fence: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordedVisit:
    """A visit, without what was recorded there. `planned`: it stands in an approved plan."""

    id: UUID
    rep_id: int
    rep_code: str
    outlet_id: int
    sequence: int | None
    expected_at: datetime | None
    planned: bool
    excused: bool


@dataclass(frozen=True, slots=True)
class CheckInsAtOutlet:
    """What the check-ins of a rep at an outlet say (V5)."""

    rep_id: int
    outlet_id: int
    checked_in: bool
    arrived_inside: bool


_PLACE = (OutletLocation.lat, OutletLocation.lon, OutletLocation.radius_m, OutletLocation.fence)
_NOW = and_(OutletLocation.outlet_id == Outlet.id, OutletLocation.version == Outlet.location_version)


async def outlets_of(session: AsyncSession, territory_id: int, day: date, limit: int) -> list[OutletOnMap]:
    """Up to `limit` outlets of a territory by code: those that are active, and those that were to be visited."""
    visited = one_of(Outlet.id, select(Visit.outlet_id).where(*_of_day(territory_id, day)))
    rows = await session.execute(
        select(Outlet.id, Outlet.code, Outlet.name, *_PLACE)
        .outerjoin(OutletLocation, _NOW)
        .where(Outlet.territory_id == territory_id, or_(Outlet.active, visited))
        .order_by(Outlet.code)
        .limit(limit)
    )
    return records_of(OutletOnMap, rows)


async def places_of(session: AsyncSession, outlet_ids: Collection[int]) -> dict[int, OutletOnMap]:
    """Outlets with their present places, by id."""
    rows = await session.execute(
        select(Outlet.id, Outlet.code, Outlet.name, *_PLACE)
        .outerjoin(OutletLocation, _NOW)
        .where(Outlet.id.in_(outlet_ids))
    )
    return {outlet.id: outlet for outlet in records_of(OutletOnMap, rows)}


async def names_in_sight(session: AsyncSession, caller: Caller, codes: Collection[str]) -> dict[str, str]:
    """The names of outlets by their code, as far as they lie in the caller's territories."""
    query = select(Outlet.code, Outlet.name).where(Outlet.code.in_(codes))
    if caller.territory_ids is not None:
        query = query.where(Outlet.territory_id.in_(caller.territory_ids))
    return {row.code: row.name for row in await session.execute(query)}


async def visits_of(session: AsyncSession, territory_id: int, day: date) -> list[RecordedVisit]:
    """A territory's visits of a day, the ad hoc ones too."""
    return records_of(RecordedVisit, await session.execute(_visits().where(*_of_day(territory_id, day))))


async def visits_of_rep(session: AsyncSession, rep_id: int, day: date) -> list[RecordedVisit]:
    """A rep's visits of a day, in the order of the plan."""
    in_order = (Visit.sequence.asc().nulls_last(), Visit.expected_at.asc().nulls_last(), Visit.id)
    query = _visits().where(Visit.visit_date == day, Visit.rep_id == rep_id).order_by(*in_order)
    return records_of(RecordedVisit, await session.execute(query))


async def check_in_facts_of(session: AsyncSession, rep_ids: Collection[int], day: date) -> list[CheckInsAtOutlet]:
    """What check-ins of these reps say of each outlet: by rep, since a visit is its rep's, wherever that belonged."""
    rows = await session.execute(
        select(CheckIn.rep_id, CheckIn.outlet_id, *check_in_facts())
        .where(CheckIn.business_date == day, CheckIn.rep_id.in_(rep_ids))
        .group_by(CheckIn.rep_id, CheckIn.outlet_id)
    )
    return [CheckInsAtOutlet(row.rep_id, row.outlet_id, row.checked_in, row.arrived_inside) for row in rows]


async def ordering_outlets(session: AsyncSession, caller: Caller, territory_id: int, day: date) -> set[int]:
    """The ids of the territory's outlets that have ordered, by any channel (O5), as far as the caller may read it."""
    outlets = select(Outlet.id).where(Outlet.territory_id == territory_id)
    rows = await session.execute(
        select(Order.outlet_id).where(
            Order.business_date == day,
            Order.cancelled_at.is_(None),
            one_of(Order.outlet_id, outlets),
            *orders_in_sight(caller),
        )
    )
    return set(rows.scalars())


async def flagged_outlets(session: AsyncSession, territory_id: int, day: date) -> set[int]:
    """The ids of the outlets whose order is missing by the day's run, where nothing has settled that (C2, C4)."""
    last = (
        select(MissingOrderResolution.outcome)
        .where(
            MissingOrderResolution.business_date == MissingOrder.business_date,
            MissingOrderResolution.visit_id == MissingOrder.visit_id,
        )
        .order_by(MissingOrderResolution.step.desc())
        .limit(1)
        .lateral("last_resolution")
    )
    rows = await session.execute(
        select(MissingOrder.outlet_id)
        .join(CutoffRun, CutoffRun.id == MissingOrder.run_id)
        .outerjoin(last, true())
        .where(
            CutoffRun.territory_id == territory_id,
            CutoffRun.business_date == day,
            CutoffRun.voided_at.is_(None),
            MissingOrder.business_date == day,
            func.coalesce(last.c.outcome, Standing.MISSED.value) == Standing.MISSED.value,
        )
    )
    return set(rows.scalars())


def _visits() -> Select[*tuple[Any, ...]]:
    return select(
        Visit.id,
        Visit.rep_id,
        Rep.code.label("rep_code"),
        Visit.outlet_id,
        Visit.sequence,
        Visit.expected_at,
        Visit.approved_at.is_not(None).label("planned"),
        Visit.excused_at.is_not(None).label("excused"),
    ).join(Rep, Rep.id == Visit.rep_id)


def _of_day(territory_id: int, day: date) -> Sequence[Any]:
    return (Visit.territory_id == territory_id, Visit.visit_date == day)
