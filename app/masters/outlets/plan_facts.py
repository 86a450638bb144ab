"""Outlets as whoever plans visits needs them: where they are, when they are welcome, how often (M1, M2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.territories.models import Rep


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """When visits are welcome; `weekdays` None: on every day."""

    weekdays: frozenset[int] | None
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class PlanOutlet:
    """An outlet for planning. `lat`, `lon` None: nobody knows where it is; `visiting_hours` empty: any time."""

    id: int
    code: str
    name: str
    territory_id: int
    active: bool
    rep_id: int | None
    lat: float | None
    lon: float | None
    visits_per_week: Decimal | None = None
    min_gap_days: int | None = None
    allowed_weekdays: frozenset[int] | None = None
    visiting_hours: tuple[OpenSpan, ...] = ()
    service_minutes: int | None = None
    address: str | None = None

    def spans_on(self, day: date) -> tuple[tuple[time, time], ...] | None:
        """When it is open on a day, by opening; None: all day; empty: not at all."""
        if not self.visiting_hours:
            return None
        weekday = day.isoweekday()
        spans = ((s.opens, s.closes) for s in self.visiting_hours if s.weekdays is None or weekday in s.weekdays)
        return tuple(sorted(spans))

    def welcome_on(self, day: date) -> bool:
        """Whether its terms allow a visit on a day at all."""
        allowed = self.allowed_weekdays is None or day.isoweekday() in self.allowed_weekdays
        return allowed and self.spans_on(day) != ()


_FACTS = (
    select(
        Outlet.id,
        Outlet.code,
        Outlet.name,
        Outlet.territory_id,
        Outlet.active,
        Outlet.rep_id,
        OutletLocation.lat,
        OutletLocation.lon,
        OutletTerms.visits_per_week,
        OutletTerms.min_gap_days,
        OutletTerms.allowed_weekdays,
        OutletTerms.visiting_hours,
        OutletTerms.service_minutes,
        Outlet.address,
    )
    .outerjoin(
        OutletLocation,
        and_(OutletLocation.outlet_id == Outlet.id, OutletLocation.version == Outlet.location_version),
    )
    .outerjoin(OutletTerms, and_(OutletTerms.outlet_id == Outlet.id, OutletTerms.version == Outlet.terms_version))
    .order_by(Outlet.id)
)


async def outlets_to_plan(session: AsyncSession, territory_id: int) -> list[PlanOutlet]:
    """The active outlets of a territory, by id, by one statement."""
    rows = await session.execute(_FACTS.where(Outlet.territory_id == territory_id, Outlet.active))
    return [_fact(row) for row in rows]


async def outlets_of_nobody(session: AsyncSession, territory_id: int, *, lock: bool) -> set[int]:
    """The active outlets with agreed visits that no active rep of the territory looks after; with `lock`, locked until
    the commit. Their ids, by one statement.
    """
    agreed = exists().where(
        OutletTerms.outlet_id == Outlet.id,
        OutletTerms.version == Outlet.terms_version,
        OutletTerms.visits_per_week > 0,
    )
    looked_after = and_(Rep.id == Outlet.rep_id, Rep.active, Rep.territory_id == Outlet.territory_id)
    rows = (
        select(Outlet.id)
        .outerjoin(Rep, looked_after)
        .where(Outlet.territory_id == territory_id, Outlet.active, Rep.id.is_(None), agreed)
        .order_by(Outlet.id)
    )
    return set(await session.scalars(rows.with_for_update(of=Outlet, key_share=True) if lock else rows))


async def outlets_of_rep(session: AsyncSession, rep_id: int, territory_id: int) -> list[PlanOutlet]:
    """The active outlets of a territory that a rep looks after, by id, by one statement."""
    rows = await session.execute(
        _FACTS.where(Outlet.rep_id == rep_id, Outlet.territory_id == territory_id, Outlet.active)
    )
    return [_fact(row) for row in rows]


async def planned_outlets_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, PlanOutlet]:
    """These outlets, active or not, by one statement."""
    rows = await session.execute(_FACTS.where(Outlet.id.in_(ids)))
    return {row.id: _fact(row) for row in rows}


async def planned_outlets_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, PlanOutlet]:
    """These outlets, active or not, by one statement."""
    rows = await session.execute(_FACTS.where(Outlet.code.in_(codes)))
    return {row.code: _fact(row) for row in rows}


def _fact(row: Any) -> PlanOutlet:
    return PlanOutlet(
        id=row.id,
        code=row.code,
        name=row.name,
        territory_id=row.territory_id,
        active=row.active,
        rep_id=row.rep_id,
        lat=row.lat,
        lon=row.lon,
        visits_per_week=row.visits_per_week,
        min_gap_days=row.min_gap_days,
        allowed_weekdays=frozenset(row.allowed_weekdays) if row.allowed_weekdays else None,
        visiting_hours=tuple(_span(span) for span in row.visiting_hours or ()),
        service_minutes=row.service_minutes,
        address=row.address,
    )


def _span(span: dict[str, Any]) -> OpenSpan:
    weekdays = span.get("weekdays")
    return OpenSpan(
        frozenset(weekdays) if weekdays else None,
        time.fromisoformat(span["opens"]),
        time.fromisoformat(span["closes"]),
    )
