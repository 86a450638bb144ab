"""What became of events, and how they leave: straight into JSON, for an upload's answer has up to 500."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson
from fastapi import Request, Response

from app.doors.order_taking.errors import EventRejected
from app.ground.errors import AppError, FieldProblem
from app.ground.values import value
from app.ground.web.problems import answer, problem_body
from app.masters.outlets.positions import Verdict


class EventStatus(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@value(frozen=True, slots=True)
class Result:
    """What became of one event. A duplicate is told what its first content was (O3), a refused one its problem.

    `id` None: none could be read. Warnings are JSON values; `total_value` is an order's.
    """

    id: str | None
    status: EventStatus
    verdict: Verdict | None = None
    warnings: Sequence[dict[str, Any]] = ()
    received_at: datetime | None = None
    corrected_at: datetime | None = None
    business_date: date | None = None
    skew_ms: int | None = None
    total_value: Decimal | None = None
    problem: AppError | None = None


MAY_BECOME_GOOD = frozenset(
    {
        "another_outlet",
        "credit_hold",
        "inactive_outlet",
        "inactive_product",
        "not_a_multiple_of_pack",
        "outlet_outside_territory",
        "unknown_outlet",
        "unknown_product",
        "unknown_reason",
        "unknown_type",
    }
)
"""The problems that go away when masters are mended, or the server is renewed: the same event may be sent again."""


def may_become_good(problems: Iterable[FieldProblem]) -> bool:
    """Whether it can help to send the very same event again later (T7)."""
    return all(problem.code in MAY_BECOME_GOOD for problem in problems)


def rejected(id_: str | None, detail: str, problems: Sequence[FieldProblem]) -> Result:
    """The result of an event that cannot be recorded."""
    problem = EventRejected(detail, errors=problems, can_be_sent_again=may_become_good(problems))
    return Result(id_, EventStatus.REJECTED, problem=problem)


def with_warnings(result: Result, warnings: Sequence[dict[str, Any]]) -> Result:
    """The result, and what was repaired in the event as it came this time: the same each time it comes."""
    return replace(result, warnings=[*result.warnings, *warnings]) if warnings else result


def result_json(result: Result, instance: str) -> dict[str, Any]:
    """The result of one event among others; `instance` is the request's id, for its problem."""
    return {
        "id": result.id,
        "status": result.status,
        "verdict": _verdict(result),
        "warnings": result.warnings,
        "problem": problem_body(result.problem, instance) if result.problem else None,
    }


def single_answer(request: Request, result: Result) -> Response:
    """The answer to one event on its own: 201 new, 200 duplicate, 409 conflict, 422 rejected.

    A problem is answered, not raised: what a refusal leaves behind is to be committed.
    """
    if result.problem is not None:
        return answer(request, result.problem)
    content = {
        "id": result.id,
        "status": result.status,
        "verdict": _verdict(result),
        "warnings": result.warnings,
        "problem": None,
        "received_at": result.received_at,
        "corrected_at": result.corrected_at,
        "business_date": result.business_date,
        "clock_skew_ms": result.skew_ms,
    }
    return json_response(content, 201 if result.status is EventStatus.ACCEPTED else 200)


def json_response(content: dict[str, Any], status: int = 200) -> Response:
    """An answer of plain values; instants in UTC."""
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), status, media_type="application/json")


def _verdict(result: Result) -> dict[str, Any] | None:
    verdict = result.verdict
    if verdict is None:
        return None
    return {
        "code": verdict.code,
        "p_inside": verdict.p_inside,
        "distance_m": verdict.distance_m,
        "reasons": verdict.reasons,
    }
