"""Several reviews at once, in and out."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.field.risk_signals.review_rules import ReviewResult, ReviewStatus, SignalReview
from app.field.risk_signals.schemas import SignalAnswer, SignalReviewBody
from app.ground.web.problems import Problem, problem_body

MOST_REVIEWS = 100

_SIGNAL_ID = "7d1c3b0e-52a7-4a57-9a0b-3f6d0d8c9e21"
_REVIEW: dict[str, Any] = {"signal_id": _SIGNAL_ID, "outcome": "dismissed", "comment": "A test phone."}
_NOT_FOUND: dict[str, Any] = {
    "type": "/problems#risk-signal-not-found",
    "title": "No such risk signal here",
    "status": 404,
    "detail": "No such risk signal here.",
    "instance": "0193a6e2f0c17d0c",
    "errors": [],
}


class NamedReviewBody(SignalReviewBody):
    """A reviewer's word about one signal of several."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REVIEW]})

    signal_id: UUID

    def review(self) -> SignalReview:
        """It as a plain value."""
        return SignalReview(self.signal_id, self.outcome, self.comment)


class ReviewsBody(BaseModel):
    """Up to 100 reviews. Of several of one signal the first is the one that counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reviews": [_REVIEW]}]})

    reviews: Annotated[list[NamedReviewBody], Field(min_length=1, max_length=MOST_REVIEWS)]


class ReviewResultAnswer(BaseModel):
    """What became of one review. `duplicate`: the very same stood already."""

    signal_id: UUID
    status: ReviewStatus
    signal: SignalAnswer | None = Field(description="as it stands now, where the review counts")
    problem: Problem | None = Field(description="why the review does not count")

    @classmethod
    def of(cls, signal_id: UUID, result: ReviewResult, instance: str) -> Self:
        """A result as it leaves; `instance` is the request's id, for its problem."""
        problem = None if result.problem is None else Problem.model_validate(problem_body(result.problem, instance))
        signal = None if result.signal is None else SignalAnswer.of(result.signal)
        return cls(signal_id=signal_id, status=result.status, signal=signal, problem=problem)


class ReviewsAnswer(BaseModel):
    """What became of each review, in the order of the request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"results": [{"signal_id": _SIGNAL_ID, "status": "not_found", "signal": None, "problem": _NOT_FOUND}]}
            ]
        }
    )

    results: list[ReviewResultAnswer]
