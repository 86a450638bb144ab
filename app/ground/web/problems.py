"""Errors become RFC 9457 problems (`application/problem+json`), here and nowhere else."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.ground import errors
from app.ground.db.outages import DRIVER_ERRORS, is_outage
from app.ground.db.violations import constraint_name
from app.ground.errors import AppError, FieldProblem

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 2

STATUS: dict[type[AppError], int] = {
    errors.NotFound: 404,
    errors.StaleVersion: 412,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.TooManyAttempts: 429,
    errors.Unauthenticated: 401,
    errors.TooManyAtOnce: 429,
    errors.TooLarge: 413,
    errors.UnknownEncoding: 415,
    errors.Invalid: 422,
    errors.TooSlow: 408,
    errors.Unavailable: 503,
}
"""The nearest class in an error's ancestry tells its status."""

HTTP_TYPE = "/problems#http"
"""The `type` of what HTTP itself has a name for; the title says which."""

UNEXPECTED_TYPE = "/problems#internal-server-error"

UNFIT_TEXT = frozenset({"22021", "22P05"})
"""PostgreSQL's states for a NUL and the like: the last net, for what no field's type has caught."""

OUT_OF_TIME = "57014"
"""PostgreSQL's state for a statement that `statement_timeout` broke off."""

CONSTRAINTS: dict[str, type[AppError]] = {}
"""A constraint's name → the Conflict that its violation means. Domains fill it through `know_constraints`."""


def know_constraints(constraints: Mapping[str, type[AppError]]) -> None:
    """Teach this module what the violation of a named constraint means. Called by `create_app`."""
    CONSTRAINTS.update(constraints)


class ProblemError(BaseModel):
    """One thing that is wrong with the input."""

    pointer: str = Field(description="JSON pointer into the body, or /query/…, /path/…, /header/…")
    code: str = Field(description="stable, for programs")
    message: str = Field(description="a sentence, for people")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(
        description="what went wrong, for programs",
        examples=["/problems#not-found"],
    )
    title: str
    status: int
    detail: str
    instance: str = Field(description="the request's id, which the server's log has too")
    errors: list[ProblemError] = Field(default=[], description="every problem of the input at once")
    error: str | None = Field(
        default=None, description="of tokens: what OAuth 2 calls it (RFC 6749, RFC 6750)", examples=["invalid_grant"]
    )
    error_description: str | None = Field(default=None, description="goes with `error`")


def problem_type(error: type[AppError]) -> str:
    """The `type` URI of an error class."""
    return f"/problems#{error.slug()}"


def status_of(error: type[AppError]) -> int:
    """The HTTP status of an error class, from the nearest of its ancestors in `STATUS`."""
    return next(STATUS[kind] for kind in error.__mro__ if kind in STATUS)


def problem_body(error: AppError, instance: str = "") -> dict[str, Any]:
    """The members of `error`'s problem, ready for JSON."""
    return {
        **error.fields,
        "type": problem_type(type(error)),
        "title": error.title(),
        "status": status_of(type(error)),
        "detail": error.detail or f"{error.title()}.",
        "instance": instance,
        "errors": [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in error.errors],
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: which problems it may answer, for the OpenAPI document."""
    always = (413, 503)
    return {
        status: {
            "description": _phrase(status),
            "content": {
                PROBLEM_JSON: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": {
                        "type": _type_for(status),
                        "title": _title_for(status),
                        "status": status,
                        "detail": "what went wrong, in a sentence",
                        "instance": "0193a6e2f0c17d0c",
                        "errors": [],
                    },
                }
            },
        }
        for status in sorted({*statuses, *always})
    }


def _type_for(status: int) -> str:
    return next((problem_type(kind) for kind, code in STATUS.items() if code == status), HTTP_TYPE)


def _title_for(status: int) -> str:
    return next((kind.title() for kind, code in STATUS.items() if code == status), _phrase(status))


def answer(request: Request, error: AppError) -> Response:
    """`error` as a response."""
    status = status_of(type(error))
    headers = {}
    if status in {401, 403}:
        headers["WWW-Authenticate"] = _challenge(error, status)
    if status in {429, 503}:
        headers["Retry-After"] = str(error.fields.get("retry_after_seconds", RETRY_AFTER_SECONDS))
    return _response(problem_body(error, _request_id(request)), status, headers)


def _challenge(error: AppError, status: int) -> str:
    """What RFC 6750 (3) has a client told: nothing but the scheme where it sent no token."""
    code = error.fields.get("error", "insufficient_scope" if status == 403 else None)
    parameters = {"error": code, "scope": error.fields.get("scope")}
    attributes = ", ".join(f'{name}="{value}"' for name, value in parameters.items() if value)
    return f"Bearer {attributes}".rstrip()


def problem_response(
    request: Request, error: AppError, status: int, members: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """`error` as a response of another protocol's: with its status, and with its members beside the problem's."""
    return _response({**problem_body(error, _request_id(request)), **members, "status": status}, status, headers)


def _response(body: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> Response:
    content = orjson.dumps(body, default=str)
    return Response(content, status, headers=dict(headers or {}), media_type=PROBLEM_JSON)


def _request_id(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


async def _app_error(request: Request, error: AppError) -> Response:
    return answer(request, error)


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    field_errors = field_problems(error.errors())
    if isinstance(error.body, bytes) and error.body:  # FastAPI parses what is called JSON, and leaves all else as it is
        field_errors = [FieldProblem("/header/content-type", "media_type", "Send the body as application/json.")]
    return answer(request, errors.Invalid("The request does not have the form it must have.", errors=field_errors))


def field_problems(validation_errors: Sequence[Any], *, within: str = "") -> list[FieldProblem]:
    """Pydantic's errors as field problems. `within` is the pointer of what was validated."""
    return [_field_problem(error, within) for error in validation_errors]


def _field_problem(error: Any, within: str) -> FieldProblem:
    if error["type"] == "json_invalid":  # it has a position in the text, which is no pointer
        message = f"{error['msg']} at position {error['loc'][-1]}: {error['ctx']['error']}"
        return FieldProblem(within, "json_invalid", message)
    return FieldProblem(within + _pointer(error["loc"]), str(error["type"]), str(error["msg"]))


def _phrase(status: int) -> str:
    """A status in the words of RFC 9110, whatever this Python says: they are its own from 3.13 on."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def _pointer(loc: Sequence[str | int]) -> str:
    parts = list(loc[1:]) if loc and loc[0] == "body" else list(loc)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


async def _http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.BAD_REQUEST:  # a form that Starlette cannot parse
        return answer(request, errors.Invalid(str(error.detail)))
    body = {
        "type": _type_for(error.status_code),
        "title": _phrase(error.status_code),
        "status": error.status_code,
        "detail": str(error.detail),
        "instance": _request_id(request),
        "errors": [],
    }
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_here(request))
    return _response(body, error.status_code, headers)


def _methods_here(request: Request) -> list[str]:
    """The methods of every route at this address: Starlette names only those of the first."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.matches(dict(request.scope))[0] is not Match.NONE:
            methods |= set(route.methods) | ({"HEAD"} if "GET" in route.methods else set())
    return sorted(methods)


async def _integrity_error(request: Request, error: IntegrityError) -> Response:
    error_class = CONSTRAINTS.get(constraint_name(error) or "")
    if error_class is None:
        return await unexpected(request, error)
    return answer(request, error_class())


async def _database_error(request: Request, error: Exception) -> Response:
    if is_outage(error):
        log.warning("database_unavailable", error=type(error).__name__)
        return answer(request, errors.Unavailable("The database is away for the moment. Repeat the request."))
    state = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)
    if state == OUT_OF_TIME:
        log.warning("statement_out_of_time")
        detail = "This took longer than one request may keep the database busy. Ask for less, a shorter period for one."
        return answer(request, errors.Unavailable(detail))
    if isinstance(error, DBAPIError) and state in UNFIT_TEXT:
        return answer(request, errors.Invalid("A text holds a character that cannot be stored."))
    return await unexpected(request, error)


async def unexpected(request: Request, error: Exception) -> Response:
    """An unforeseen error: the log has it, the caller gets the request's id."""
    log.error("unexpected_error", exc_info=error)
    body = {
        "type": UNEXPECTED_TYPE,
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something went wrong on the server. Its log has the details under this request id.",
        "instance": _request_id(request),
        "errors": [],
    }
    return _response(body, 500)


def install(app: FastAPI) -> None:
    """Let `app` answer every error as a problem; what has no handler here is the request envelope's to answer."""
    app.exception_handler(AppError)(_app_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(IntegrityError)(_integrity_error)
    for kind in (DBAPIError, PoolTimeout, *DRIVER_ERRORS):
        app.exception_handler(kind)(_database_error)
