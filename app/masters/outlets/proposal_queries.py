"""All SQL of location proposals. A proposal is seen by whoever sees the present territory of its outlet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Table, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import CURRENT_XACT
from app.ground.db.upserts import as_json, recordset, types_of
from app.masters.outlets.models import LocationProposal, Outlet, OutletLocation
from app.masters.outlets.proposal_schemas import LocationDecision, LocationProposalAnswer, LocationProposalStatus
from app.masters.territories.models import Rep, Territory

_SHOWN: Any = (
    select(
        LocationProposal,
        Outlet.code.label("outlet_code"),
        Territory.code.label("territory_code"),
        Rep.code.label("rep_code"),
    )
    .join(Outlet, Outlet.id == LocationProposal.outlet_id)
    .join(Territory, Territory.id == Outlet.territory_id)
    .outerjoin(Rep, Rep.id == LocationProposal.rep_id)
    .execution_options(populate_existing=True)
)
_NAMES = ("id", "outlet_id", "territory_id", "rep_id", "lat", "lon", "radius_m", "evidence", "comment", "proposed_at")
_proposals = cast(Table, LocationProposal.__table__)
_rows = recordset(types_of(_proposals, *_NAMES))
_INSERT = (
    insert(_proposals)
    .from_select(_NAMES, select(*_rows.c).order_by(_rows.c.outlet_id))
    # the id is there already, or the system has an open proposal for the outlet
    .on_conflict_do_nothing()
    .returning(_proposals.c.id)
)


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Which proposals: of outlets within sight (None: all), of one territory, of one status."""

    sight: frozenset[int] | None
    territory_code: str | None = None
    status: LocationProposalStatus | None = None


async def insert_proposals(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Insert proposals that are not there; answers their ids."""
    return set((await session.scalars(_INSERT, {"rows": as_json(rows)})).all())


async def proposal(session: AsyncSession, proposal_id: UUID, sight: frozenset[int] | None) -> Row[Any] | None:
    """A proposal within sight, read anew: its `LocationProposal`, `outlet_code`, `territory_code`, `rep_code`."""
    query = _SHOWN.where(LocationProposal.id == proposal_id)
    if sight is not None:
        query = query.where(Outlet.territory_id.in_(sight))
    row: Row[Any] | None = (await session.execute(query)).one_or_none()
    return row


async def proposal_page(
    session: AsyncSession, proposal_filter: ProposalFilter, after: Sequence[Any] | None, limit: int
) -> list[LocationProposalAnswer]:
    """Proposals after (proposed at, id), the oldest first, one more than `limit`."""
    query = _SHOWN.order_by(LocationProposal.proposed_at, LocationProposal.id).limit(limit + 1)
    if proposal_filter.sight is not None:
        query = query.where(Outlet.territory_id.in_(proposal_filter.sight))
    if proposal_filter.territory_code is not None:
        query = query.where(Territory.code == proposal_filter.territory_code)
    if proposal_filter.status is LocationProposalStatus.OPEN:
        query = query.where(LocationProposal.decision.is_(None))
    elif proposal_filter.status is not None:
        query = query.where(LocationProposal.decision == proposal_filter.status.value)
    if after is not None:
        query = query.where(tuple_(LocationProposal.proposed_at, LocationProposal.id) > tuple_(*after))
    return [shown(row) for row in await session.execute(query)]


def shown(row: Any) -> LocationProposalAnswer:
    """A proposal as it is answered."""
    proposal = row.LocationProposal
    return LocationProposalAnswer(
        id=proposal.id,
        outlet_code=row.outlet_code,
        territory_code=row.territory_code,
        rep_code=row.rep_code,
        lat=proposal.lat,
        lon=proposal.lon,
        radius_m=proposal.radius_m,
        evidence=proposal.evidence,
        comment=proposal.comment or "",
        proposed_at=proposal.proposed_at,
        status=LocationProposalStatus(proposal.decision or "open"),
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        decision_comment=proposal.decision_comment,
        location_version=proposal.location_version,
    )


async def decide(
    session: AsyncSession, proposal_id: UUID, decision: LocationDecision, *, by: str, at: datetime, comment: str
) -> bool:
    """Write the decision of an open proposal; False where it has one."""
    ids = await session.scalars(
        update(LocationProposal)
        .where(LocationProposal.id == proposal_id, LocationProposal.decision.is_(None))
        .values(decision=decision.value, decided_by=by, decided_at=at, decision_comment=comment)
        .returning(LocationProposal.id)
        .execution_options(synchronize_session=False)
    )
    return ids.one_or_none() is not None


@dataclass(frozen=True, slots=True)
class PlacedOutlet:
    """An outlet's code, and where it is: a circle or a fence, None for nowhere yet."""

    code: str
    location: dict[str, Any] | None


async def next_location_version(session: AsyncSession, outlet_id: int) -> tuple[PlacedOutlet, int]:
    """The outlet as it stands, and the number of the location version to add.

    Locks the outlet, so that nobody else takes it.
    """
    lock = select(Outlet.code, Outlet.location_version).where(Outlet.id == outlet_id).with_for_update(key_share=True)
    code, current = (await session.execute(lock)).one()
    query = select(OutletLocation).where(OutletLocation.outlet_id == outlet_id)
    newest_first = query.order_by(OutletLocation.version.desc())
    last = (await session.scalars(newest_first.limit(1))).one_or_none()
    place = (await session.scalars(query.where(OutletLocation.version == current))).one_or_none()
    location = None
    if place is not None:
        circle = {name: None if place.fence else getattr(place, name) for name in ("lat", "lon", "radius_m")}
        location = circle | {"fence": place.fence}
    return PlacedOutlet(code, location), (last.version if last else 0) + 1


async def note_location(session: AsyncSession, proposal_id: UUID, outlet_id: int, version: int, at: datetime) -> None:
    """Make a location version the outlet's current one, and note its version on the proposal."""
    await session.execute(
        update(Outlet)
        .where(Outlet.id == outlet_id)
        .values(location_version=version, version=Outlet.version + 1, updated_at=at, changed_in=CURRENT_XACT)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(LocationProposal)
        .where(LocationProposal.id == proposal_id)
        .values(location_version=version)
        .execution_options(synchronize_session=False)
    )
