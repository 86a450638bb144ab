"""The SQL of outlets' single reads and lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.searching import Placed, SearchedList
from app.masters.outlets import channel_queries
from app.masters.outlets.models import SEARCHED, ChannelTerms, Outlet, OutletLocation, OutletTerms
from app.masters.outlets.rules import OutletGap
from app.masters.outlets.schemas import LocationAnswer, OutletAnswer
from app.masters.outlets.terms import own_terms, sources_of
from app.masters.outlets.terms_schemas import EffectiveTermsAnswer
from app.masters.territories.models import Rep, Territory

_OUTLET: Any = (
    select(Outlet, Territory.code.label("territory_code"), OutletLocation, OutletTerms, Rep.code.label("rep_code"))
    .join(Territory, Territory.id == Outlet.territory_id)
    .outerjoin(Rep, Rep.id == Outlet.rep_id)
    .outerjoin(
        OutletLocation,
        and_(OutletLocation.outlet_id == Outlet.id, OutletLocation.version == Outlet.location_version),
    )
    .outerjoin(OutletTerms, and_(OutletTerms.outlet_id == Outlet.id, OutletTerms.version == Outlet.terms_version))
    .execution_options(populate_existing=True)
)
_MISSING: dict[OutletGap, ColumnElement[bool]] = {
    OutletGap.LOCATION: Outlet.location_version == 0,
    OutletGap.REP: Outlet.rep_id.is_(None),
}


@dataclass(frozen=True, slots=True)
class OutletFilter:
    """Which outlets: within sight (None: all territories), of one territory or channel, active or not.

    `search`: what the code, the name, the address or the phone is remembered by; `missing`: what it lacks.
    """

    sight: frozenset[int] | None
    territory_code: str | None = None
    channel: str | None = None
    active: bool | None = None
    search: str | None = None
    missing: OutletGap | None = None


async def outlet(session: AsyncSession, code: str, sight: frozenset[int] | None) -> OutletAnswer | None:
    """An outlet within sight, read anew."""
    query = _OUTLET.where(Outlet.code == code)
    if sight is not None:
        query = query.where(Outlet.territory_id.in_(sight))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _shown(row)


async def lock_outlet(session: AsyncSession, code: str) -> None:
    """Keep an outlet as it is until the commit, and the terms of channels before it.

    In this order: a change of a channel's terms locks those alone first, and then waits for the outlets.
    """
    await channel_queries.share(session)
    await session.execute(select(Outlet.id).where(Outlet.code == code).with_for_update(key_share=True))


async def outlet_page(
    session: AsyncSession, outlet_filter: OutletFilter, after: Sequence[Any] | None, limit: int
) -> list[Placed[OutletAnswer]]:
    """Outlets after a place, one more than `limit`, each with its own: by code, or by how well they fit a search."""
    listed = sorted_by(outlet_filter.search)
    query = listed.of(_OUTLET.where(*_conditions(outlet_filter)), after, limit + 1)
    return [Placed(_shown(row), listed.place_of(row)) for row in await session.execute(query)]


def sorted_by(search: str | None) -> SearchedList:
    """How outlets are listed."""
    return SearchedList(SEARCHED, Outlet.code, Outlet.name, search)


async def outlets_like(session: AsyncSession, search: str, sight: frozenset[int] | None, most: int) -> list[int]:
    """The ids of up to `most` outlets within sight that fit a search best, closed ones too."""
    query = select(Outlet.id)
    if sight is not None:
        query = query.where(Outlet.territory_id.in_(sight))
    return list(await session.scalars(sorted_by(search).of(query, None, most)))


def _conditions(outlet_filter: OutletFilter) -> Iterator[ColumnElement[bool]]:
    if outlet_filter.sight is not None:
        yield Outlet.territory_id.in_(outlet_filter.sight)
    if outlet_filter.territory_code is not None:
        yield Territory.code == outlet_filter.territory_code
    if outlet_filter.channel is not None:
        yield Outlet.channel == outlet_filter.channel
    if outlet_filter.active is not None:
        yield Outlet.active.is_(outlet_filter.active)
    if outlet_filter.missing is not None:
        yield _MISSING[outlet_filter.missing]


def _shown(row: Any) -> OutletAnswer:
    outlet, location, terms = row.Outlet, row.OutletLocation, row.OutletTerms
    return OutletAnswer(
        code=outlet.code,
        name=outlet.name,
        territory_code=row.territory_code,
        address=outlet.address,
        phone=outlet.phone,
        channel=outlet.channel,
        language=outlet.language,
        active=outlet.active,
        emails=outlet.emails,
        location=None if location is None else _shown_location(location),
        terms=None if terms is None else own_terms(kept(terms)),
        effective_terms=None if terms is None else shown_terms(terms),
        rep_code=row.rep_code,
        version=outlet.version,
        updated_at=outlet.updated_at,
    )


def kept(terms: OutletTerms | ChannelTerms) -> dict[str, Any]:
    """A version of terms by the names of its columns."""
    return {column.key: getattr(terms, column.key) for column in terms.__table__.columns}


def shown_terms(terms: OutletTerms) -> EffectiveTermsAnswer:
    """A version of terms, as it holds, with its sources."""
    values = kept(terms)
    return EffectiveTermsAnswer.model_validate(values | {"sources": sources_of(values)})


async def terms_versions(
    session: AsyncSession, code: str, sight: frozenset[int] | None, before: int | None, limit: int
) -> Sequence[OutletTerms] | None:
    """The versions of an outlet's terms, the newest first, those before one; two more than `limit`.

    None where there is no such outlet within sight.
    """
    outlet_query = select(Outlet.id).where(Outlet.code == code)
    outlet_id = await session.scalar(
        outlet_query if sight is None else outlet_query.where(Outlet.territory_id.in_(sight))
    )
    if outlet_id is None:
        return None
    version_query = select(OutletTerms).where(OutletTerms.outlet_id == outlet_id).order_by(OutletTerms.version.desc())
    if before is not None:
        version_query = version_query.where(OutletTerms.version < before)
    return (await session.scalars(version_query.limit(limit + 2))).all()


def _shown_location(location: OutletLocation) -> LocationAnswer:
    """A circle by its centre and radius, a polygon by its fence alone."""
    if location.fence is not None:
        return LocationAnswer(version=location.version, lat=None, lon=None, radius_m=None, fence=location.fence)
    return LocationAnswer(
        version=location.version, lat=location.lat, lon=location.lon, radius_m=location.radius_m, fence=None
    )
