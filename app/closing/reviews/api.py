"""Reviewing doubts. The routes stand here, because a review changes what a day has cost."""

from typing import Annotated
from uuid import UUID

from fastapi import Request

from app.closing.reviews import service
from app.closing.reviews.schemas import ReviewResultAnswer, ReviewsAnswer, ReviewsBody
from app.field.risk_signals.review_rules import SignalReview
from app.field.risk_signals.schemas import SignalAnswer, SignalReviewBody
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("risk signals")

MayReview = Annotated[Caller, allow(Role.SUPERVISOR)]


@router.post(
    "/risk-signals/{signal_id}/review",
    operation_id="review_risk_signal",
    summary="Confirm or dismiss a doubt",
    response_model=SignalAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def review_risk_signal(
    caller: MayReview, session: WriteSession, signal_id: UUID, form: SignalReviewBody
) -> SignalAnswer:
    """Answers the signal with its review. The same review again gets the same answer; another one is a conflict.

    Confirming that an order was averaged, or taken from afar, costs its rep `dumped_order` and takes back what the
    order earned. A penalty that waited for this doubt becomes final where it is confirmed, and is reversed where it is
    dismissed.
    """
    said = SignalReview(signal_id, form.outcome, form.comment)
    return SignalAnswer.of(await service.review(session, caller.territory_ids, said, actor=caller.actor))


@router.post(
    "/risk-signals/reviews",
    operation_id="review_risk_signals",
    summary="Confirm or dismiss several doubts at once",
    response_model=ReviewsAnswer,
    responses=problems(401, 403, 422),
)
async def review_risk_signals(
    request: Request, caller: MayReview, session: WriteSession, form: ReviewsBody
) -> ReviewsAnswer:
    """Each review has a result of its own, in the order given, and one that does not count costs no other: `not_found`,
    or `conflict` where another review stands already or the doubt was withdrawn. What follows is what follows from each
    of them alone. Sending it all again is safe: what had counted is a `duplicate` then.
    """
    reviews = [review.review() for review in form.reviews]
    results = await service.review_all(session, caller.territory_ids, reviews, actor=caller.actor)
    instance = str(request.scope.get("request_id", ""))
    pairs = zip(reviews, results, strict=True)
    return ReviewsAnswer(
        results=[ReviewResultAnswer.of(review.signal_id, result, instance) for review, result in pairs]
    )
