"""Routes of planned visits. Reading them is compliance's: a visit's evidence joins everything."""

from typing import Annotated
from uuid import UUID

from app.visit_plans import service
from app.visit_plans.schemas import ExcuseForm, VisitExcuse
from app.web.access import Caller, Role, allow
from app.web.dependencies import WriteSession
from app.web.problems import problems
from app.web.requests import router as make_router

router = make_router("visits")


@router.post(
    "/visits/{visit_id}/excuse",
    operation_id="excuse_visit",
    summary="Excuse a planned visit",
    response_model=VisitExcuse,
    responses=problems(401, 403, 404, 409, 422),
)
async def excuse_visit(
    visit_id: UUID, form: ExcuseForm, session: WriteSession, caller: Annotated[Caller, allow(Role.SUPERVISOR)]
) -> VisitExcuse:
    """A supervisor's word that the visit need not be made, also on a frozen day. Who said it, when and why is kept.

    From then on the visit is not missed, and the cutoff does not flag it; a day that has closed keeps its report. The
    same excuse again is answered like the first one, another one is a conflict.
    """
    visit, excuse = await service.excuse_visit(
        session, visit_id, caller.territory_ids, reason_code=form.reason_code, comment=form.comment, by=caller.actor
    )
    return VisitExcuse(
        visit_id=visit.id,
        rep_code=visit.rep_code,
        outlet_code=visit.outlet_code,
        visit_date=visit.visit_date,
        reason_code=excuse.reason_code,
        comment=excuse.comment,
        excused_by=excuse.by,
        excused_at=excuse.at,
    )
