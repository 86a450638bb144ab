"""Reviewing a doubt. The route stands here, because a review changes what a day has cost."""

from typing import Annotated
from uuid import UUID

from app.closing.reviews import service
from app.field.risk_signals.schemas import SignalAnswer, SignalReviewBody
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("risk signals")


@router.post(
    "/risk-signals/{signal_id}/review",
    operation_id="review_risk_signal",
    summary="Confirm or dismiss a doubt",
    response_model=SignalAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def review_risk_signal(
    caller: Annotated[Caller, allow(Role.SUPERVISOR)], session: WriteSession, signal_id: UUID, form: SignalReviewBody
) -> SignalAnswer:
    """Answers the signal with its review. The same review again gets the same answer; another one is a conflict.

    Confirming that an order was averaged, or taken from afar, costs its rep `dumped_order` and takes back what the
    order earned. A penalty that waited for this doubt becomes final where it is confirmed, and is reversed where it is
    dismissed.
    """
    signal = await service.review(
        session, caller.territory_ids, signal_id, form.outcome, form.comment, actor=caller.actor
    )
    return SignalAnswer.of(signal)
