"""Results as they leave, made straight into JSON: an upload's answer has up to 500."""

from typing import Any

import orjson
from fastapi import Request, Response

from app.doors.order_taking.records import Result, Status
from app.ground.web.problems import answer, problem_body


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
    return json_response(content, 201 if result.status is Status.ACCEPTED else 200)


def json_response(content: dict[str, Any], status: int = 200) -> Response:
    """An answer of plain values; instants in UTC."""
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), status, media_type="application/json")


def _verdict(result: Result) -> dict[str, Any] | None:
    verdict = result.verdict
    if verdict is None:
        return None
    return {"code": verdict.code, "p_inside": verdict.p_inside, "distance_m": verdict.distance_m}
