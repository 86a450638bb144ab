"""What the contract's schemas are called: clients are generated from these names, so they say what a thing is.

What comes in is a `…Body`, what goes out an `…Answer`, with all of their parts. What is one of a few words is the noun
of what it tells apart. RFC 9457 names the problem. (Decision 33.)
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.ground.web.openapi import document

APP = Path(__file__).resolve().parents[2] / "app"
PROBLEMS = {"Problem", "ProblemError"}
ONE_WORD_SAYS_IT = {"Kpi", "Role", "Scope"}
SCHEMA = "#/components/schemas/"
COMPONENT = re.compile(r"#/components/(?P<section>\w+)/(?P<name>.+)")


@pytest.fixture(scope="module")
def contract(built_app: FastAPI) -> dict[str, Any]:
    return document(built_app)


@pytest.fixture(scope="module")
def schemas(contract: dict[str, Any]) -> dict[str, Any]:
    return contract["components"]["schemas"]  # type: ignore[no-any-return]  # JSON


@pytest.fixture(scope="module")
def objects(schemas: dict[str, Any]) -> set[str]:
    return {name for name, schema in schemas.items() if "enum" not in schema}


def operations(contract: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in contract["paths"].values():
        yield from item.values()


def reached(contract: dict[str, Any], start: Any) -> set[str]:
    """The schemas that are referred to, directly or through others."""
    names: set[str] = set()
    waiting = [start]
    while waiting:
        match waiting.pop():
            case dict() as members:
                target = COMPONENT.fullmatch(str(members.get("$ref")))
                if target and target["name"] not in names:
                    if target["section"] == "schemas":
                        names.add(target["name"])
                    waiting.append(contract["components"][target["section"]][target["name"]])
                waiting.extend(members.values())
            case list() as items:
                waiting.extend(items)
    return names


def test_a_name_is_a_class_name_with_no_module_no_direction_and_no_bracket_in_it(schemas: dict[str, Any]) -> None:
    assert [name for name in schemas if not re.fullmatch(r"([A-Z][a-z0-9]+)+", name)] == []
    assert {name: schema["title"] for name, schema in schemas.items() if schema["title"] != name} == {}


def test_what_comes_in_is_a_body(contract: dict[str, Any], objects: set[str]) -> None:
    bodies = {name for operation in operations(contract) for name in reached(contract, operation.get("requestBody"))}
    assert bodies
    assert {name for name in bodies & objects if not name.endswith("Body")} == set()


def test_what_goes_out_is_an_answer(contract: dict[str, Any], objects: set[str]) -> None:
    answers = {name for operation in operations(contract) for name in reached(contract, operation["responses"])}
    assert answers
    assert {name for name in (answers & objects) - PROBLEMS if not name.endswith("Answer")} == set()


def test_a_suffix_stands_once_and_no_other_stands_before_it(schemas: dict[str, Any]) -> None:
    stems = [re.sub("(Body|Answer)$", "", name) for name in schemas]
    assert [stem for stem in stems if re.search(r"(^|Body|Answer|Input|Output|Out|Model|Schema)$", stem)] == []


def test_one_of_a_few_words_is_named_by_what_it_tells_apart(schemas: dict[str, Any], objects: set[str]) -> None:
    words = set(schemas) - objects - ONE_WORD_SAYS_IT
    assert [name for name in words if re.search("(Body|Answer)$", name)] == []
    assert [name for name in words if len(re.findall("[A-Z]", name)) < 2] == []


def test_nothing_stands_in_the_contract_that_no_operation_uses(contract: dict[str, Any]) -> None:
    assert set(contract["components"]["schemas"]) - reached(contract, contract["paths"]) == set()


def test_a_public_name_is_borne_by_one_class_of_the_whole_program(schemas: dict[str, Any]) -> None:
    borne = Counter(
        node.name
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert {name: count for name, count in borne.items() if name in schemas and count > 1} == {}
