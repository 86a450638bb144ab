"""Refusals of the token route as OAuth 2 has them (RFC 6749 5.2): `error` and `error_description` in a problem."""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.ground.errors import AppError, Invalid, TooLarge, TooManyAttempts, Unauthenticated
from app.ground.web.problems import field_problems, problem_response
from app.ground.web.requests import StrictRoute
from app.masters.identity.errors import ScopeNotGranted, UnknownClient

OAuthError = Literal["invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type", "invalid_scope"]

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="fieldproof"'}
_UNTOLD = re.compile(r"[^\x20-\x7e]|[\"\\]")
"""What an `error_description` may not hold."""


class TokenRoute(StrictRoute):
    """A route whose refusals are OAuth 2's: 401 for an unknown client, 400 for all else that the request lacks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                detail = "The request does not have the form it must have."
                refusal: AppError = Invalid(detail, errors=field_problems(error.errors()))
                return _answer(request, refusal, _error_of_form(error))
            except HTTPException as error:  # a form that cannot be parsed
                return _answer(request, Invalid(str(error.detail)), "invalid_request")
            except (TooLarge, TooManyAttempts):
                raise
            except (Unauthenticated, Invalid) as error:
                return _answer(request, error, _error_of(error))

        return handle


def _error_of_form(error: RequestValidationError) -> OAuthError:
    faults = {(fault["type"], fault["loc"][-1]) for fault in error.errors()}
    grant_is_other = ("literal_error", "grant_type") in faults
    return "unsupported_grant_type" if grant_is_other else "invalid_request"


def _error_of(error: AppError) -> OAuthError:
    match error:
        case UnknownClient():
            return "invalid_client"
        case Unauthenticated():
            return "invalid_grant"
        case ScopeNotGranted():
            return "invalid_scope"
    return "invalid_request"


def _answer(request: Request, error: AppError, code: OAuthError) -> Response:
    members = {"error": code, "error_description": _UNTOLD.sub("'", error.detail or error.title())}
    if code == "invalid_client":
        return problem_response(request, error, 401, members, _CHALLENGE)
    return problem_response(request, error, 400, members)
