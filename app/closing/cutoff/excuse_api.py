"""Excusing a visit. The route stands here, because an excuse that comes after the cutoff changes what it did."""

from typing import Annotated
from uuid import UUID

from app.closing.cutoff import service
from app.field.visits.schemas import ExcuseBody, ExcusedVisitAnswer
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("visits")


@router.post(
    "/visits/{visit_id}/excuse",
    operation_id="excuse_visit",
    summary="Excuse a planned visit",
    response_model=ExcusedVisitAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def excuse_visit(
    visit_id: UUID, form: ExcuseBody, session: WriteSession, caller: Annotated[Caller, allow(Role.SUPERVISOR)]
) -> ExcusedVisitAnswer:
    """A supervisor's word that the visit need not be made, also on a frozen day. Who said it, when and why is kept.

    From then on the visit is not missed, and the cutoff does not flag it. A day that has closed keeps its report, but
    what the visit cost is taken back, and the outlet's call is cancelled, unless somebody has claimed it or another
    flagged visit there is not excused. The same excuse again is answered like the first one, another one is a conflict.
    """
    visit, excuse = await service.excuse_visit(
        session, visit_id, caller.territory_ids, reason_code=form.reason_code, comment=form.comment, by=caller.actor
    )
    return ExcusedVisitAnswer(
        id=visit.id,
        rep_code=visit.rep_code,
        outlet_code=visit.outlet_code,
        visit_date=visit.visit_date,
        reason_code=excuse.reason_code,
        comment=excuse.comment,
        excused_by=excuse.by,
        excused_at=excuse.at,
    )
