"""Proposing and deciding where an outlet really is (V4). Old versions, and verdicts by them, never change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, author_of, record
from app.ground.events import service as events
from app.ground.web.access import Caller
from app.masters.outlets import inserts, proposal_queries
from app.masters.outlets.errors import (
    LocationProposalDecided,
    LocationProposalExists,
    LocationProposalNotFound,
    OutletNotFound,
)
from app.masters.outlets.geodesy import distance_m
from app.masters.outlets.proposal_schemas import (
    LocationDecision,
    LocationDecisionBody,
    LocationProposalAnswer,
    LocationProposalBody,
)
from app.masters.outlets.rules import DEFAULT_RADIUS_M, FieldOutlet
from app.masters.outlets.service import outlets_by_code


@dataclass(frozen=True, slots=True)
class SystemProposal:
    """What the record of check-ins says about where an outlet is; `evidence` is shown to whoever decides."""

    outlet_id: int
    territory_id: int
    lat: float
    lon: float
    radius_m: float
    evidence: dict[str, Any]


async def propose(
    session: AsyncSession, caller: Caller, outlet_code: str, form: LocationProposalBody, at: datetime
) -> tuple[LocationProposalAnswer, bool]:
    """A rep proposes a location; answers the proposal, and whether it is new. The same one again changes nothing.

    Raises OutletNotFound for an outlet outside of the rep's territory, LocationProposalExists where another proposal
    has the id.
    """
    outlet = (await outlets_by_code(session, [outlet_code])).get(outlet_code)
    if outlet is None or caller.territory_ids is None or outlet.territory_id not in caller.territory_ids:
        raise OutletNotFound
    values = {
        "id": form.id,
        "outlet_id": outlet.id,
        "territory_id": outlet.territory_id,
        "rep_id": caller.rep_id,
        "lat": form.lat,
        "lon": form.lon,
        "radius_m": form.radius_m or outlet.radius_m or DEFAULT_RADIUS_M,
        "evidence": _held_against(outlet, form.lat, form.lon),
        "comment": form.comment,
        "proposed_at": at,
    }
    new = form.id in await proposal_queries.insert_proposals(session, [values])
    row = await proposal_queries.proposal(session, form.id, caller.territory_ids)
    if row is None or (not new and not _is_same(row.LocationProposal, outlet, caller, form)):
        raise LocationProposalExists
    return proposal_queries.shown(row), new


def _held_against(outlet: FieldOutlet, lat: float, lon: float) -> dict[str, Any]:
    """The location version that the proposal disagrees with, and how far off it is from its centre."""
    if outlet.lat is None or outlet.lon is None:
        return {"location_version": outlet.location_version, "distance_m": None}
    away_m = distance_m(outlet.lat, outlet.lon, lat, lon)
    return {"location_version": outlet.location_version, "distance_m": round(away_m, 1)}


def _is_same(proposal: Any, outlet: FieldOutlet, caller: Caller, form: LocationProposalBody) -> bool:
    existing = (proposal.outlet_id, proposal.rep_id, proposal.lat, proposal.lon, proposal.comment)
    radius_m = proposal.radius_m if form.radius_m is None else form.radius_m
    return existing == (outlet.id, caller.rep_id, form.lat, form.lon, form.comment) and proposal.radius_m == radius_m


async def propose_by_system(session: AsyncSession, proposals: Sequence[SystemProposal], at: datetime) -> int:
    """Write the system's proposals by one statement, one open proposal for an outlet at the most; answers how many."""
    rows = [
        {
            "id": uuid4(),
            "outlet_id": proposal.outlet_id,
            "territory_id": proposal.territory_id,
            "rep_id": None,
            "lat": proposal.lat,
            "lon": proposal.lon,
            "radius_m": proposal.radius_m,
            "evidence": proposal.evidence,
            "comment": None,
            "proposed_at": at,
        }
        for proposal in proposals
    ]
    return len(await proposal_queries.insert_proposals(session, rows)) if rows else 0


async def decide(
    session: AsyncSession, caller: Caller, proposal_id: UUID, form: LocationDecisionBody, at: datetime
) -> LocationProposalAnswer:
    """A supervisor decides. An approval makes a new location version: a circle around the proposed place.

    The same decision again is answered like the first time. Raises LocationProposalNotFound outside of the caller's
    sight, LocationProposalDecided where it was decided otherwise.
    """
    row = await proposal_queries.proposal(session, proposal_id, caller.territory_ids)
    if row is None:
        raise LocationProposalNotFound
    if await proposal_queries.decide(session, proposal_id, form.decision, by=caller.actor, at=at, comment=form.comment):
        if form.decision is LocationDecision.APPROVED:
            await _move(session, row.LocationProposal, caller, at)
        payload = {"proposal_id": str(proposal_id), "outlet_code": row.outlet_code, "by": caller.actor}
        territory_id = await _territory_of(session, row.outlet_code)
        await events.record(session, f"location_proposal.{form.decision.value}", territory_id, payload, at)
    current = await proposal_queries.proposal(session, proposal_id, caller.territory_ids)
    if current is None:
        raise LocationProposalNotFound
    answer = proposal_queries.shown(current)
    if answer.status != form.decision.value:
        raise LocationProposalDecided
    return answer


async def _territory_of(session: AsyncSession, outlet_code: str) -> int:
    return (await outlets_by_code(session, [outlet_code]))[outlet_code].territory_id


async def _move(session: AsyncSession, proposal: Any, caller: Caller, at: datetime) -> None:
    outlet, version = await proposal_queries.next_location_version(session, proposal.outlet_id)
    circle = {"lat": proposal.lat, "lon": proposal.lon, "radius_m": proposal.radius_m, "fence": None}
    row = circle | {"outlet_id": proposal.outlet_id, "version": version}
    await inserts.insert_locations(session, [row], at, caller.actor)
    await proposal_queries.note_location(session, proposal.id, proposal.outlet_id, version, at)
    change = Change(AuditKind.OUTLET, outlet.code, {"location": outlet.location}, {"location": circle})
    await record(session, [change], author_of(caller), at)
