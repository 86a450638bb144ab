"""What becomes of reviews: one that is new stands, the same again changes nothing, another one does not count (V6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.field.risk_signals.errors import RiskSignalNotFound, SignalAlreadyReviewed, SignalWithdrawn
from app.field.risk_signals.records import ListedSignal, SignalReviewOutcome
from app.ground.errors import AppError


class ReviewStatus(StrEnum):
    """What became of a review. `duplicate`: the very same stood already."""

    REVIEWED = "reviewed"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class SignalReview:
    """What a person says of a signal."""

    signal_id: UUID
    outcome: SignalReviewOutcome
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """What became of a review: the signal as it stands, or why the review does not count."""

    status: ReviewStatus
    signal: ListedSignal | None = None
    problem: AppError | None = None


def results_of(
    reviews: Sequence[SignalReview], signals: Mapping[UUID, ListedSignal], actor: str, at: datetime
) -> list[ReviewResult]:
    """What becomes of each review, in the order given: of several of one signal the first is the one that counts.

    `signals`: those of the reviews that there are, by id.
    """
    stood = dict(signals)
    results = []
    for review in reviews:
        result = _result(stood.get(review.signal_id), review, actor, at)
        if result.signal is not None:
            stood[review.signal_id] = result.signal
        results.append(result)
    return results


def _result(signal: ListedSignal | None, review: SignalReview, actor: str, at: datetime) -> ReviewResult:
    if signal is None:
        return ReviewResult(ReviewStatus.NOT_FOUND, problem=RiskSignalNotFound())
    if signal.reviewed_at is not None:
        if (signal.review_outcome, signal.review_comment) == (review.outcome.value, review.comment):
            return ReviewResult(ReviewStatus.DUPLICATE, signal)
        reviewed = SignalAlreadyReviewed(reviewed_by=signal.reviewed_by, outcome=signal.review_outcome)
        return ReviewResult(ReviewStatus.CONFLICT, problem=reviewed)
    if signal.withdrawn_at is not None:
        return ReviewResult(ReviewStatus.CONFLICT, problem=SignalWithdrawn())
    reviewed_signal = replace(
        signal,
        review_outcome=review.outcome.value,
        review_comment=review.comment,
        reviewed_by=actor,
        reviewed_at=at,
    )
    return ReviewResult(ReviewStatus.REVIEWED, reviewed_signal)
