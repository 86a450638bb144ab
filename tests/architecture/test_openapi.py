"""The OpenAPI document and the list of problems are what the code says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

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


def test_every_operation_tells_its_problems_as_problem_json(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (name, status)


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
