"""Answers of the handheld's door, made straight into JSON: an upload's has up to 500 results."""

from typing import Any

import orjson
from fastapi import Request, Response

from app.doors.handheld.download.service import Changes
from app.doors.handheld.upload.records import FirstAnswer, Result, Status, UploadOutcome
from app.field.check_ins.records import StoredVerdict
from app.ground.web.problems import answer, problem_body


def upload_answer(outcome: UploadOutcome, instance: str) -> Response:
    """The answer to an upload; `instance` is the request's id, for its problems."""
    content = {
        "received_at": outcome.received_at,
        "clock_skew_ms": outcome.skew_ms,
        "watermark": outcome.watermark_at,
        "results": [_result(result, instance) for result in outcome.results],
    }
    return Response(_json(content), media_type="application/json")


def changes_answer(changes: Changes) -> Response:
    """The answer to a download."""
    content = {
        "full": changes.full,
        "more": changes.more,
        "token": changes.token,
        **changes.rows,
        "routes": changes.routes,
        "suggestions": changes.suggestions,
        "deletions": {"outlets": changes.departed_outlets, "visits": changes.removed_visits},
    }
    return Response(_json(content), media_type="application/json")


def single_answer(request: Request, result: Result) -> Response:
    """The answer to one event on its own: 201 new, 200 duplicate, 409 conflict, 422 rejected.

    A problem is answered, not raised: what a refusal leaves behind is to be committed.
    """
    if result.problem is not None:
        return answer(request, result.problem)
    told = result.answer
    content = {
        "id": result.id,
        "status": result.status,
        **_verdict_and_warnings(told),
        "problem": None,
        "received_at": told.received_at if told else None,
        "corrected_at": told.corrected_at if told else None,
        "business_date": told.business_date if told else None,
        "clock_skew_ms": told.skew_ms if told else None,
    }
    status = 201 if result.status is Status.ACCEPTED else 200
    return Response(_json(content), status, media_type="application/json")


def _result(result: Result, instance: str) -> dict[str, Any]:
    return {
        "id": result.id,
        "status": result.status,
        **_verdict_and_warnings(result.answer),
        "problem": problem_body(result.problem, instance) if result.problem else None,
    }


def _verdict_and_warnings(told: FirstAnswer | None) -> dict[str, Any]:
    return {"verdict": _verdict(told.verdict) if told else None, "warnings": told.warnings if told else ()}


def _verdict(verdict: StoredVerdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"code": verdict.code, "p_inside": verdict.p_inside, "distance_m": verdict.distance_m}


def _json(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)
