"""CSV columns of a body: nested members by dotted names, and each cell's text as the JSON that the body expects."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel

_LIST_SEPARATOR = re.compile(r"[|,;\s]+")
"""No number and no date holds one of these; lists of anything else are JSON."""

_NOISY = re.compile(r"-?[0-9]{1,9}\.[0-9]{10,20}")
"""A decimal as programs write one that calculated with floats: it is read like a number of JSON."""

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@cache
def columns_of(model: type[BaseModel]) -> dict[str, frozenset[str]]:
    """Every column that a file of `model` may have → the JSON types that its cells may become."""
    schema = model.model_json_schema(mode="validation")
    return dict(_columns(schema, schema.get("$defs", {}), ""))


@cache
def short_names_of(model: type[BaseModel]) -> dict[str, str]:
    """The last part of a nested column's name → the column, where no other goes by that name: `lat`, `radius_m`."""
    columns = columns_of(model)
    last_parts = Counter(column.rpartition(".")[2] for column in columns)
    return {last: column for column in columns if last_parts[last := column.rpartition(".")[2]] == 1 and last != column}


def _columns(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, frozenset[str]]]:
    for name, member in schema.get("properties", {}).items():
        choices = list(_choices(member, definitions))
        yield prefix + name, frozenset(choice.get("type", "string") for choice in choices)
        for choice in choices:
            if choice.get("type") == "object":
                yield from _columns(choice, definitions, f"{prefix}{name}.")


def _choices(member: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a member may be, without the choices within choices."""
    for choice in member.get("anyOf", [member]):
        if "anyOf" in choice:
            yield from _choices(choice, definitions)
        else:
            yield _resolved(choice, definitions)


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    return definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def row_of(model: type[BaseModel], cells: Mapping[str, str]) -> dict[str, Any]:
    """A row of a CSV file as the JSON object that the body's model reads.

    An empty cell is a member left out, the word null takes one away; a thing may be called null all the same.
    """
    types = columns_of(model)
    row: dict[str, Any] = {}
    for column, cell in cells.items():
        text = cell.strip()
        if not text:
            continue
        place, *path = reversed(column.split("."))
        target = row
        for part in reversed(path):
            inner = target.setdefault(part, {})
            # a column `location` beside `location.lat`: the whole beats its parts
            target = inner if isinstance(inner, dict) else {}
        target[place] = None if text == "null" and place != "name" else _value(text, types[column])
    return row


def _value(text: str, types: frozenset[str]) -> Any:
    """A cell's text as JSON. What does not parse stays text, for the model to refuse by name."""
    if "string" in types:
        return float(text) if "number" in types and _NOISY.fullmatch(text) else text
    if "array" in types and not text.startswith("["):
        return [_scalar(part) for part in _LIST_SEPARATOR.split(text) if part]
    if "boolean" in types:
        return _FLAGS.get(text.lower(), text)
    return _scalar(text)


def _scalar(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
