"""Every example of the contract is what it is an example of, with all of its members."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from app.ground.web.openapi import document

CONTRACT = "urn:contract"


@pytest.fixture(scope="module")
def contract(built_app: FastAPI) -> dict[str, Any]:
    return document(built_app)


Place = tuple[str, dict[str, Any], Any]


def examples(node: Any, pointer: str = "#") -> Iterator[Place]:
    """Every example under a node: where it is, the schema that it is of, and itself."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from examples(item, f"{pointer}/{index}")
    if not isinstance(node, dict):
        return
    of_schema = node.get("schema", node)
    if "example" in node:
        yield pointer, of_schema, node["example"]
    match node.get("examples"):
        case list() as listed:  # of a schema
            yield from ((pointer, node, example) for example in listed)
        case dict() as named if "schema" in node:  # of a media type, a parameter or a header
            yield from ((f"{pointer}/{name}", of_schema, example["value"]) for name, example in named.items())
    for key, member in node.items():
        if key not in {"example", "examples", "default", "enum", "const"}:
            yield from examples(member, f"{pointer}/{key}")


@pytest.fixture(scope="module")
def registry(contract: dict[str, Any]) -> jsonschema_rs.Registry:
    """The contract's components, read once: each schema refers to them from outside."""
    components = {"components": contract["components"]}
    return jsonschema_rs.Registry([(CONTRACT, components)], draft=jsonschema_rs.Draft202012)


def mistakes(registry: jsonschema_rs.Registry, schema: dict[str, Any], example: Any) -> list[str]:
    """What JSON Schema (2020-12, with its formats) has against an example."""
    outside = json.loads(json.dumps(schema).replace('"#/components/', f'"{CONTRACT}#/components/'))
    validator = jsonschema_rs.Draft202012Validator(outside, validate_formats=True, registry=registry)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(example)]


def test_every_example_is_valid_by_its_own_schema(contract: dict[str, Any], registry: jsonschema_rs.Registry) -> None:
    places = list(examples(contract))
    assert len(places) > 500
    wrong = {pointer: mistakes(registry, schema, example) for pointer, schema, example in places}
    assert {pointer: found for pointer, found in wrong.items() if found} == {}


def test_an_example_that_is_wrong_would_be_noticed(contract: dict[str, Any], registry: jsonschema_rs.Registry) -> None:
    schema = contract["components"]["schemas"]["StockAnswer"]
    [example] = schema["examples"]
    assert mistakes(registry, schema, example) == []
    assert mistakes(registry, schema, {**example, "as_of": "yesterday"})
    assert mistakes(registry, schema, {**example, "quantity": None})
    referring = {"type": "array", "items": {"$ref": "#/components/schemas/StockAnswer"}}
    assert mistakes(registry, referring, [example]) == []
    assert mistakes(registry, referring, [{**example, "as_of": "yesterday"}])


def models(kind: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    """Every model of the program."""
    for model in kind.__subclasses__():
        if model.__module__.startswith("app."):
            yield model
        yield from models(model)


def test_an_example_keeps_the_members_that_are_null(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    own = {model.__name__: model.model_config.get("json_schema_extra") for model in models()}
    written = {name: extra["examples"] for name, extra in own.items() if isinstance(extra, dict) and name in schemas}
    assert len(written) > 50
    assert {name: schemas[name]["examples"] for name in written} == written
    assert schemas["WorkdayBody"]["examples"][0]["end"] == {"lat": None, "lon": None, "open": True}


def test_the_server_reads_every_body_that_is_given_as_an_example(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    bodies = {model.__name__: model for model in models() if model.__name__ in schemas}
    read = [
        bodies[name].model_validate(example)
        for name, schema in schemas.items()
        if name.endswith("Body")
        for example in schema.get("examples", ())
    ]
    assert len(read) > 20
