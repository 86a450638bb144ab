"""The reads of check-ins, and the forgetting of where they were."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Row, Select, bindparam, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import geofence
from app.field.check_ins.geofence import Fence, Fix, GeofenceVerdict, Verdict, fence_of
from app.field.check_ins.models import CheckIn, VerdictPolicy
from app.field.check_ins.records import CheckInFilter, ListedCheckIn
from app.field.visits.sight import outlet_in_sight, planned_visit_of
from app.ground.db.statements import records_of
from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet, OutletLocation
from app.masters.outlets.positions import reasons_of
from app.masters.territories.models import Rep, Territory

CheckInKey = tuple[date, datetime, UUID]
"""What a list of check-ins is sorted by, the newest first."""

_KEY = (CheckIn.business_date, CheckIn.corrected_at, CheckIn.id)

_FIX = ("lat", "lon", "accuracy_m", "fix_at", "provider", "mock")
"""The columns that are the fields of a `Fix`."""

_SHOWN = (
    select(
        CheckIn.id,
        CheckIn.kind,
        Territory.code.label("territory_code"),
        Rep.code.label("rep_code"),
        Outlet.code.label("outlet_code"),
        CheckIn.business_date,
        CheckIn.captured_at,
        CheckIn.received_at,
        CheckIn.corrected_at,
        CheckIn.skew_ms,
        CheckIn.trusted,
        CheckIn.clock_changed,
        CheckIn.location_version,
        CheckIn.policy_version,
        CheckIn.verdict,
        CheckIn.p_inside,
        CheckIn.distance_m,
        CheckIn.verdict_reasons,
        *(getattr(CheckIn, name) for name in _FIX),
    )
    .join(Territory, Territory.id == CheckIn.territory_id)
    .join(Rep, Rep.id == CheckIn.rep_id)
    .join(Outlet, Outlet.id == CheckIn.outlet_id)
)


async def check_ins_page(
    session: AsyncSession, caller: Caller, filters: CheckInFilter, after: CheckInKey | None, limit: int
) -> list[ListedCheckIn]:
    """Up to `limit` check-ins that the caller may see, newest business date first."""
    conditions: list[ColumnElement[bool]] = []
    if filters.first is not None:
        conditions.append(CheckIn.business_date >= filters.first)
    if filters.last is not None:
        conditions.append(CheckIn.business_date <= filters.last)
    if after is not None:
        # the first condition is what finds the partitions and the index's beginning
        conditions += [CheckIn.business_date <= after[0], tuple_(*_KEY) < after]
    for column, code in (
        (Territory.code, filters.territory_code),
        (Rep.code, filters.rep_code),
        (Outlet.code, filters.outlet_code),
    ):
        if code is not None:
            conditions.append(column == code)
    newest_first = [column.desc() for column in _KEY]
    rows = await session.execute(_within(_SHOWN, caller).where(*conditions).order_by(*newest_first).limit(limit))
    return [_listed(row) for row in rows]


async def check_ins_by_keys(
    session: AsyncSession, caller: Caller, keys: Collection[tuple[date, UUID]]
) -> list[ListedCheckIn]:
    """Those of the check-ins by business date and id that the caller may see."""
    key = tuple_(CheckIn.business_date, CheckIn.id)
    return [_listed(row) for row in await session.execute(_within(_SHOWN, caller).where(key.in_(keys)))]


async def check_ins_of_day(session: AsyncSession, caller: Caller, rep_id: int, day: date) -> list[ListedCheckIn]:
    """The check-ins of a rep's day that the caller may see, the earliest first."""
    of_day = _within(_SHOWN, caller).where(CheckIn.rep_id == rep_id, CheckIn.business_date == day)
    rows = await session.execute(of_day.order_by(CheckIn.corrected_at, CheckIn.id))
    return [_listed(row) for row in rows]


async def policies(session: AsyncSession) -> dict[int, geofence.VerdictPolicy]:
    """Every version of the verdict's policy, by version."""
    rows = await session.execute(
        select(
            VerdictPolicy.version,
            VerdictPolicy.inside_at_least,
            VerdictPolicy.outside_at_most,
            VerdictPolicy.accuracy_floor_m,
            VerdictPolicy.max_accuracy_m,
            VerdictPolicy.max_fix_age_s,
            VerdictPolicy.max_fix_lead_s,
            VerdictPolicy.any_clock,
        )
    )
    return {policy.version: policy for policy in records_of(geofence.VerdictPolicy, rows)}


async def fences(session: AsyncSession, locations: Collection[tuple[str, int]]) -> dict[tuple[str, int], Fence | None]:
    """The fences of location versions, by outlet code and version."""
    rows = await session.execute(
        select(
            Outlet.code,
            OutletLocation.version,
            OutletLocation.lat,
            OutletLocation.lon,
            OutletLocation.radius_m,
            OutletLocation.fence,
        )
        .join(Outlet, Outlet.id == OutletLocation.outlet_id)
        .where(tuple_(Outlet.code, OutletLocation.version).in_(list(locations)))
    )
    return {(row.code, row.version): fence_of(row.version, row.lat, row.lon, row.radius_m, row.fence) for row in rows}


def _within(rows: Select[*tuple[Any, ...]], caller: Caller) -> Select[*tuple[Any, ...]]:
    rows = rows.add_columns(outlet_in_sight(caller, planned_visit_of(CheckIn)).label("in_sight"))
    if caller.rep_id is not None:
        return rows.where(CheckIn.rep_id == caller.rep_id)
    if caller.territory_ids is not None:
        return rows.where(CheckIn.territory_id.in_(caller.territory_ids))
    return rows


def _listed(row: Row[*tuple[Any, ...]]) -> ListedCheckIn:
    columns = row._asdict()
    in_sight = columns.pop("in_sight")
    position = {name: columns.pop(name) for name in _FIX}
    verdict = Verdict(
        GeofenceVerdict(columns.pop("verdict")),
        columns.pop("p_inside"),
        columns.pop("distance_m"),
        reasons_of(columns.pop("verdict_reasons")),
    )
    check_in = ListedCheckIn(**columns, fix=None if position["lat"] is None else Fix(**position), verdict=verdict)
    return check_in if in_sight else check_in.without_its_outlet()


# the owner's function: check-ins are append-only, and this is all that may be taken from them (decision 45)
_FORGET = select(
    func.forget_check_in_positions(
        bindparam("first", type_=Date), bindparam("end", type_=Date), bindparam("most", type_=Integer)
    )
)


async def forget_positions(session: AsyncSession, first: date, end: date, most: int) -> int:
    """Take the positions from up to `most` check-ins of these days, `end` left out; how many had one."""
    return int((await session.execute(_FORGET, {"first": first, "end": end, "most": most})).scalar_one())
