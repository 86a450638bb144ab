"""Routes of location proposals (V4)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.outlets import proposal_queries, proposals
from app.masters.outlets.proposal_queries import ProposalFilter
from app.masters.outlets.proposal_schemas import (
    LocationDecisionBody,
    LocationProposalAnswer,
    LocationProposalBody,
    LocationProposalStatus,
)

router = make_router("outlets")

KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"description": "It was proposed before.", "model": LocationProposalAnswer}
}


@router.post(
    "/outlets/{code}/location-proposals",
    operation_id="propose_location",
    summary="Propose where an outlet really is",
    status_code=201,
    responses=KNOWN | problems(401, 403, 404, 409, 422),
)
async def propose_location(
    code: Annotated[Code, Path()],
    form: LocationProposalBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(device=True)],
    response: Response,
) -> LocationProposalAnswer:
    """A rep's handheld proposes a circle for an outlet of its territory; a supervisor decides.

    New (201), or the same as before (200): repeating is safe. Another proposal under a known id is a conflict.
    """
    proposal, new = await proposals.propose(session, caller, code, form, clock.now())
    response.status_code = 201 if new else 200
    return proposal


@router.get(
    "/location-proposals",
    operation_id="list_location_proposals",
    summary="Location proposals",
    responses=problems(401, 403, 422),
)
async def list_location_proposals(
    session: ReadSession,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, scope="master:read")],
    paging: Paging,
    territory_code: Annotated[Code | None, Query()] = None,
    status: Annotated[LocationProposalStatus | None, Query()] = None,
) -> Page[LocationProposalAnswer]:
    """What reps and the system proposed for outlets within the caller's sight, the oldest first.

    The system proposes the geometric median of trusted fixes where five check-ins on two days disagree with the present
    location; `evidence` names the check-ins, and how far the fixes lie from their median.
    """
    proposal_filter = ProposalFilter(caller.territory_ids, territory_code, status)
    rows = await proposal_queries.proposal_page(session, proposal_filter, paging.key(instant_part, UUID), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.proposed_at.isoformat(), row.id])
    return Page(items=page, next_cursor=cursor)


@router.post(
    "/location-proposals/{proposal_id}/decision",
    operation_id="decide_location_proposal",
    summary="Approve or reject a location proposal",
    responses=problems(401, 403, 404, 409, 422),
)
async def decide_location_proposal(
    proposal_id: Annotated[UUID, Path()],
    form: LocationDecisionBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.SUPERVISOR)],
) -> LocationProposalAnswer:
    """An approval makes a new location version of the outlet; check-ins keep the verdicts that they have.

    The first decision stands: the same again is answered like the first time, another is a conflict.
    """
    return await proposals.decide(session, caller, proposal_id, form, clock.now())
