"""The OpenAPI document and the list of problem types, both made from the code; a test fails when the files drift."""

import inspect
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.ground.errors import AppError
from app.ground.web.access import AccessRule, access_of
from app.ground.web.problems import Problem, problems, status_of

_REF = "#/components/schemas/{model}"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


PREAMBLE = """\
Every error is an RFC 9457 problem (`application/problem+json`). Its `type` is `/problems#` and one of the names below;
`errors` lists every single thing that is wrong with the input, each with a JSON pointer, a stable code and a message;
`instance` is the request's id, which the server's log has too."""


def install(app: FastAPI) -> None:
    """Let `app.openapi()` answer `document(app)`."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's documented way to replace it


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document: FastAPI's, with our problems for its error shape, and each route's access rule."""
    if app.openapi_schema:
        return app.openapi_schema
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=_REF)
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    for route in api_routes(app):
        for method in route.methods or ():
            operation = made["paths"][route.path_format][method.lower()]
            _describe_access(operation, access_of(route.dependant))
            _describe_problems(operation, access_of(route.dependant))
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    app.openapi_schema = made
    return made


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """The routes that stand in the document, those of included routers among them."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield route


def _describe_access(operation: dict[str, Any], rule: AccessRule | str | None) -> None:
    if isinstance(rule, AccessRule):
        operation["x-access"] = {
            "roles": sorted(rule.roles),
            "device": rule.device,
            "scope": rule.scope,
            "any_client": rule.any_client,
        }
    else:
        operation["x-access"] = rule


def _describe_problems(operation: dict[str, Any], rule: AccessRule | str | None) -> None:
    """Every operation tells the problems that the edge itself may answer, beside those that its route names."""
    statuses = {413, 503}
    if isinstance(rule, AccessRule):
        statuses |= {401, 403}
    parameters = operation.get("parameters", [])
    if parameters or "requestBody" in operation:
        statuses |= {422}
    if "requestBody" in operation:
        statuses |= {400}
    if any(parameter["in"] == "header" and parameter["name"].lower() == "if-match" for parameter in parameters):
        statuses |= {412}
    for status, response in problems(*statuses).items():
        stands = operation["responses"].get(str(status))
        if stands is None or "HTTPValidationError" in str(stands):
            operation["responses"][str(status)] = response


def error_classes() -> list[type[AppError]]:
    """Every error class that has been imported, those of `app.ground.errors` first, then by name."""
    found: set[type[AppError]] = set()
    waiting = [AppError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__.startswith("app."):
                found.add(kind)
                waiting.append(kind)
    return sorted(found, key=lambda kind: (kind.__module__ != "app.ground.errors", kind.slug()))


def problem_types() -> str:
    """openapi/problems.md: one anchor for each problem type. Import the app before, so that all classes are known."""
    parts = [
        "# Problem types",
        PREAMBLE,
        "This page is made from the code: `fieldproof openapi`.",
    ]
    for kind in error_classes():
        title, _, rest = inspect.cleandoc(kind.__doc__ or "").partition("\n")
        parts += [f"## {kind.slug()}", f"**{status_of(kind)}** · {title}"]
        if rest.strip():
            parts.append(rest.strip())
    parts += ["## http", "**4xx** · What HTTP itself has a name for; the title says which, e.g. Method Not Allowed."]
    parts += ["## internal-server-error", "**500** · Something went wrong on the server; its log has the details."]
    return "\n\n".join(parts) + "\n"
