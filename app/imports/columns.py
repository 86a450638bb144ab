"""CSV columns of a body: nested members by dotted names, and each cell's text as the JSON that the body expects."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel

LIST_SEPARATOR = "|"


@cache
def columns_of(model: type[BaseModel]) -> dict[str, frozenset[str]]:
    """Every column that a file of `model` may have → the JSON types that its cells may become."""
    schema = model.model_json_schema(mode="validation")
    return dict(_columns(schema, schema.get("$defs", {}), ""))


def _columns(schema: Mapping[str, Any], named: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    for name, member in schema.get("properties", {}).items():
        choices = [_resolved(choice, named) for choice in member.get("anyOf", [member])]
        yield prefix + name, frozenset(choice.get("type", "string") for choice in choices)
        for choice in choices:
            if choice.get("type") == "object":
                yield from _columns(choice, named, f"{prefix}{name}.")


def _resolved(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
    return named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def row_of(model: type[BaseModel], cells: Mapping[str, str]) -> dict[str, Any]:
    """A row of a CSV file as the JSON object that the body's model reads. An empty cell is a member left out."""
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
        target[place] = _value(text, types[column])
    return row


def _value(text: str, types: frozenset[str]) -> Any:
    """A cell's text as JSON. What does not parse stays text, for the model to refuse by name."""
    if "string" in types:
        return text
    if "array" in types and not text.startswith("["):
        return [_scalar(part.strip()) for part in text.split(LIST_SEPARATOR)]
    return _scalar(text)


def _scalar(text: str) -> Any:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
