"""Why an entry of a ledger is what it is."""

from typing import Annotated

from fastapi import Path

from app.closing.explanations import service
from app.closing.explanations.schemas import ExplanationAnswer
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("points")


@router.get(
    "/points/{entry_id}/explanation",
    operation_id="explain_points_entry",
    summary="Why an entry of a ledger is what it is",
    response_model=ExplanationAnswer,
    responses=problems(401, 403, 404, 422),
)
async def explain_points_entry(
    entry_id: Annotated[int, Path(ge=1, le=2**63 - 1, description="of `GET /v1/reps/{rep_code}/points`")],
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.POINTS_READ)],
    session: ReadSession,
) -> ExplanationAnswer:
    """The rule in words, the facts as they were when it was booked, the records, and what would have changed it.

    A rep's handheld asks about its own entries. Records that the caller could not read by itself are not named.
    """
    return ExplanationAnswer.of(await service.explain(session, caller, entry_id))
