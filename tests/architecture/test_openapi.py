"""The OpenAPI document and the list of problems are what the code says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.ground.web.access import Scope
from app.ground.web.openapi import document, error_classes, problem_types

OPENAPI = Path(__file__).resolve().parents[2] / "openapi"
REFRESH = "run `make openapi` and commit what it writes"


@pytest.fixture
def operations(app: FastAPI) -> dict[str, dict[str, Any]]:
    """Every operation by "METHOD /path"."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document(app)["paths"].items()
        for method, operation in item.items()
    }


@pytest.fixture
def components(app: FastAPI) -> dict[str, Any]:
    return document(app)["components"]  # type: ignore[no-any-return]  # JSON


def test_the_committed_openapi_document_is_what_the_code_says(app: FastAPI) -> None:
    assert json.loads((OPENAPI / "openapi.json").read_text()) == json.loads(json.dumps(document(app))), REFRESH


def test_the_committed_list_of_problems_is_what_the_code_says(app: FastAPI) -> None:
    assert (OPENAPI / "problems.md").read_text() == problem_types(), REFRESH


def test_every_operation_has_an_id_a_summary_and_a_description(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        assert operation.get("operationId"), name
        assert operation.get("summary"), name
        assert operation.get("description"), name
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))


def test_every_operation_tells_its_problems_as_problem_json(
    operations: dict[str, dict[str, Any]], components: dict[str, Any]
) -> None:
    for name, operation in operations.items():
        problems = {status: response for status, response in operation["responses"].items() if status >= "400"}
        assert problems, name
        for status, response in problems.items():
            told = components["responses"][response["$ref"].rpartition("/")[2]]
            [(media_type, content)] = told["content"].items()
            assert media_type == "application/problem+json", name
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, name
            assert content["example"]["status"] == int(status), name


def test_every_json_body_and_answer_has_an_example(app: FastAPI, operations: dict[str, dict[str, Any]]) -> None:
    schemas = document(app)["components"]["schemas"]
    lacking = []
    for name, operation in operations.items():
        media = list(operation.get("requestBody", {}).get("content", {}).values())
        media += [m for s, r in operation["responses"].items() if s < "300" for m in r.get("content", {}).values()]
        lacking += [name for m in media if not _has_example(m, schemas)]
    assert lacking == []


def _has_example(media: dict[str, Any], schemas: dict[str, Any]) -> bool:
    schema = media.get("schema", {})
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    fields = schema.get("properties", {}).values()
    return any("example" in place or "examples" in place for place in (media, schema, *fields)) or not schema


def test_every_error_class_has_a_title_and_an_anchor_of_its_own() -> None:
    slugs = [kind.slug() for kind in error_classes()]
    assert len(slugs) == len(set(slugs))
    for kind in error_classes():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.slug())
        assert kind.title(), kind


def test_the_type_of_a_problem_is_one_of_those_that_have_a_paragraph(components: dict[str, Any]) -> None:
    types = components["schemas"]["ProblemType"]
    anchors = re.findall(r"^## (\S+)$", (OPENAPI / "problems.md").read_text(), re.MULTILINE)
    assert types["enum"] == [f"/problems#{anchor}" for anchor in anchors]
    assert len(set(types["x-enum-varnames"])) == len(anchors)
    assert components["schemas"]["Problem"]["properties"]["type"] == {"$ref": "#/components/schemas/ProblemType"}


def test_every_tag_is_described_and_used(app: FastAPI, operations: dict[str, dict[str, Any]]) -> None:
    described = {tag["name"]: tag["description"] for tag in document(app)["tags"]}
    assert all(described.values())
    assert {tag for operation in operations.values() for tag in operation["tags"]} == set(described)


def test_the_server_is_the_one_that_served_the_document(app: FastAPI) -> None:
    assert [server["url"] for server in document(app)["servers"]] == ["/"]


def test_the_security_of_an_operation_is_its_access_rule(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        access, ways = operation["x-access"], operation["security"]
        if access == "public":
            assert ways == [], name
            continue
        schemes = {scheme for way in ways for scheme in way}
        assert ("staff" in schemes) == bool(access["roles"]), name
        assert ("handheld" in schemes) == access["device"], name
        assert ("client" in schemes) == (access["scope"] is not None or access["any_client"]), name
        if access["scope"]:
            assert {"client": [access["scope"]]} in ways, name


def test_every_scope_is_one_that_an_integration_client_can_have(
    operations: dict[str, dict[str, Any]], components: dict[str, Any]
) -> None:
    scopes = components["securitySchemes"]["client"]["flows"]["clientCredentials"]["scopes"]
    assert set(scopes) == {scope.value for scope in Scope}
    asked = {
        scope for operation in operations.values() for way in operation["security"] for scope in way.get("client", ())
    }
    assert asked == set(scopes) - {Scope.PLANS_OVERRIDE}  # which opens no operation, but what one of them may do


def test_every_answer_tells_its_headers(operations: dict[str, dict[str, Any]], components: dict[str, Any]) -> None:
    responses = [response for operation in operations.values() for response in operation["responses"].values()]
    inline = [response for response in responses if "$ref" not in response]
    told = [set(response["headers"]) for response in [*inline, *components["responses"].values()]]
    assert all("X-Request-ID" in headers for headers in told)
    assert set().union(*told) == set(components["headers"])
    assert {"Retry-After"} <= set(components["responses"]["ServiceUnavailable"]["headers"])
    assert {"Retry-After"} <= set(components["responses"]["TooManyRequests"]["headers"])


def test_whatever_honours_if_match_tells_of_the_etag_that_it_answers(operations: dict[str, dict[str, Any]]) -> None:
    guarded = {
        name: operation["responses"]["200"]["headers"]
        for name, operation in operations.items()
        if any(parameter["name"] == "if-match" for parameter in operation.get("parameters", ()))
    }
    assert guarded
    assert [name for name, headers in guarded.items() if "ETag" not in headers] == []


def test_an_upload_tells_its_events_apart_by_their_type(components: dict[str, Any]) -> None:
    schemas = components["schemas"]
    events = schemas["UploadBody"]["properties"]["events"]["items"]
    assert events["discriminator"]["propertyName"] == "type"
    named = {kind: reference.rpartition("/")[2] for kind, reference in events["discriminator"]["mapping"].items()}
    assert set(named) == {"check_in", "order", "no_order"}
    assert {reference["$ref"].rpartition("/")[2] for reference in events["oneOf"]} == set(named.values())
    for kind, name in named.items():
        assert schemas[name]["properties"]["type"]["const"] == kind
        assert "type" in schemas[name]["required"]


def test_an_event_that_is_sent_alone_needs_no_type(components: dict[str, Any]) -> None:
    for name in ("CheckInBody", "OrderBody", "OrderAmendmentBody"):
        assert "type" not in components["schemas"][name]["required"]
