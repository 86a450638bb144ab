"""The OpenAPI document and the list of problem types, both made from the code; a test fails when the files drift."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.ground.errors import AppError
from app.ground.web import response_headers, security_schemes
from app.ground.web.access import AccessRule, access_of
from app.ground.web.problems import HTTP_TYPE, UNEXPECTED_TYPE, Problem, problem_type, problems, status_of

_COMPONENT = "#/components/schemas/"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
_ON_STATUS = {
    "401": ("WWW-Authenticate",),
    "403": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
_BY_PARAMETER = {"cursor": ("Link",), "idempotency-key": ("Cache-Control", "Idempotent-Replayed")}
"""What the edge sends by itself: with a problem's status, and with what a route that has a parameter answers."""


PREAMBLE = """\
Every error is an RFC 9457 problem (`application/problem+json`). Its `type` is `/problems#` and one of the names below;
`errors` lists every single thing that is wrong with the input, each with a JSON pointer, a stable code and a message;
`instance` is the request's id, which the server's log has too."""


def install(app: FastAPI) -> None:
    """Let `app.openapi()` answer `document(app)`."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's documented way to replace it


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document: FastAPI's, with what it does not know of our problems, headers and access rules."""
    if app.openapi_schema:
        return app.openapi_schema
    contract = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers,
        contact=app.contact,
        license_info=app.license_info,
    )
    components = contract["components"]
    components["schemas"] = _schemas(components["schemas"])
    components["headers"] = response_headers.COMPONENTS
    components["responses"] = {}
    components["securitySchemes"] = security_schemes.SCHEMES
    for route in api_routes(app):
        for method in route.methods or ():
            operation, rule = contract["paths"][route.path_format][method.lower()], access_of(route.dependant)
            _describe_access(operation, rule)
            _describe_problems(operation, rule)
            _describe_headers(operation)
            components["responses"] |= _problem_components(operation)
    app.openapi_schema = _renamed(contract, _page_names(components["schemas"]))
    return app.openapi_schema


def _schemas(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The document's schemas: FastAPI's, with the examples that it strips of every null, and our problem."""
    problem = Problem.model_json_schema(ref_template=_COMPONENT + "{model}")
    problem["properties"]["type"] = {"$ref": _COMPONENT + "ProblemType"}
    own = problem.pop("$defs") | {"Problem": problem, "ProblemType": _problem_type()}
    named = {name: schema for name, schema in schemas.items() if name not in _FASTAPIS_OWN} | own
    models = {model.__name__: model for model in _models(BaseModel) if model.__name__ in named}
    # bodies are described as they are read, answers as they are written: FastAPI has done so, this finds the same
    modes = [(model, "validation" if name.endswith("Body") else "serialization") for name, model in models.items()]
    _, definitions = models_json_schema(modes)  # type: ignore[arg-type]  # the second is one of two words
    for name, original in definitions["$defs"].items():
        if name in named:
            _restore_examples(named[name], original)
    return dict(sorted(named.items()))


def _problem_type() -> dict[str, Any]:
    types = [*map(problem_type, error_classes()), HTTP_TYPE, UNEXPECTED_TYPE]
    return {
        "type": "string",
        "title": "ProblemType",
        "description": "What went wrong, for programs; `/problems` has a paragraph on each. New ones may come.",
        "enum": types,
        "x-enum-varnames": [type_.partition("#")[2].replace("-", "_").upper() for type_ in types],
        "examples": ["/problems#not-found"],
    }


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in kind.__subclasses__():
        if model.__module__.startswith("app."):
            yield model
        yield from _models(model)


def _restore_examples(schema: Any, original: Any) -> None:
    """Put the examples of `original` in the places where `schema`, made of it, has them."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "examples" and isinstance(value, list):
                schema[key] = original[key]
            elif key in original:
                _restore_examples(value, original[key])
    elif isinstance(schema, list):
        for value, its_original in zip(schema, original, strict=True):
            _restore_examples(value, its_original)


def _page_names(schemas: Mapping[str, Any]) -> dict[str, str]:
    """`Page_OrderAnswer_`, as Pydantic refers to a page of orders → what its class is called."""
    return {name: schema["title"] for name, schema in schemas.items() if name.endswith("_")}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with components, and the references to them, by other names."""
    match value:
        case dict():
            return {names.get(key, key): _renamed(member, names) for key, member in value.items()}
        case list():
            return [_renamed(item, names) for item in value]
        case str() if value.startswith(_COMPONENT):
            name = value.removeprefix(_COMPONENT)
            return _COMPONENT + names.get(name, name)
    return value


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """The routes that stand in the document, those of included routers among them."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield route


def _describe_access(operation: dict[str, Any], rule: AccessRule | str | None) -> None:
    operation["security"] = security_schemes.requirements(rule)
    if isinstance(rule, AccessRule):
        operation["x-access"] = {
            "roles": sorted(rule.roles),
            "device": rule.device,
            "scope": rule.scope,
            "any_client": rule.any_client,
            "restricted": rule.restricted,
        }
    else:
        operation["x-access"] = rule


def _describe_problems(operation: dict[str, Any], rule: AccessRule | str | None) -> None:
    """Add to every operation the problems that the edge itself may answer, beside those that its route names."""
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
        existing = operation["responses"].get(str(status))
        if existing is None or "HTTPValidationError" in str(existing):
            operation["responses"][str(status)] = response


def _describe_headers(operation: dict[str, Any]) -> None:
    """Add to every answer the headers that the edge sends, beside those that its route names."""
    parameters = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    of_content = sorted(name for parameter in parameters for name in _BY_PARAMETER.get(parameter, ()))
    for status, response in operation["responses"].items():
        names = ["X-Request-ID", *_ON_STATUS.get(status, ()), *(of_content if status in {"200", "201"} else ())]
        response["headers"] = response.get("headers", {}) | response_headers.refer(*names)


def _problem_components(operation: dict[str, Any]) -> dict[str, Any]:
    """The problems of an operation as components by name; from now on the operation refers to them."""
    components = {}
    for status, response in operation["responses"].items():
        if status >= "400":
            name = re.sub("[^A-Za-z]", "", response["description"])
            components[name] = response
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return components


def error_classes() -> list[type[AppError]]:
    """Every error class that has been imported, those of `app.ground.errors` first, then by name."""
    classes: set[type[AppError]] = set()
    waiting = [AppError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__.startswith("app."):
                classes.add(kind)
                waiting.append(kind)
    return sorted(classes, key=lambda kind: (kind.__module__ != "app.ground.errors", kind.slug()))


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
