"""The columns that a file of a kind may have, by the body that its rows become: nested members have dotted names."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from app.ground.errors import FieldProblem
from app.ground.sheets.values import Unclear
from app.ground.web.fields import WALL_TIME_PATTERN

T = TypeVar("T")


class Column(NamedTuple):
    """A column that a file may have: the JSON types that its cells may become, and the formats of its texts.

    Formats are those of JSON Schema, and `wall-time`; of a list its items'. `most`: the largest number. `is_number`: it
    holds numbers, which may be written as texts, too; `is_day`: it holds days, one in a cell.
    """

    name: str
    types: frozenset[str]
    formats: frozenset[str]
    is_number: bool
    is_day: bool
    takes_null: bool
    """Whether the word null takes its value away: a thing may be called null all the same."""
    pointer: str
    """Where in the body the cell's value stands."""
    most: float | None = None


@cache
def columns_of(model: type[BaseModel]) -> dict[str, Column]:
    """Every column that a file of `model` may have, by its name."""
    schema = model.model_json_schema(mode="validation")
    return {column.name: column for column in _columns(schema, schema.get("$defs", {}), "")}


@cache
def short_names_of(model: type[BaseModel]) -> dict[str, str]:
    """The last part of a nested column's name → the column, where no other goes by that name: `lat`, `radius_m`."""
    columns = columns_of(model)
    last_parts = Counter(column.rpartition(".")[2] for column in columns)
    return {last: column for column in columns if last_parts[last := column.rpartition(".")[2]] == 1 and last != column}


def _columns(schema: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str) -> Iterator[Column]:
    for name, member in schema.get("properties", {}).items():
        choices = list(_choices(member, definitions))
        yield _column(prefix + name, choices)
        for choice in choices:
            if choice.get("type") == "object":
                yield from _columns(choice, definitions, f"{prefix}{name}.")


def _column(name: str, choices: Sequence[Mapping[str, Any]]) -> Column:
    types = frozenset(choice.get("type", "string") for choice in choices)
    formats = frozenset(_format(choice.get("items", choice)) for choice in choices)
    return Column(
        name,
        types,
        formats,
        is_number=not types.isdisjoint({"number", "integer"}),
        is_day="date" in formats and "array" not in types,
        takes_null=name.rpartition(".")[2] != "name",
        pointer="/" + name.replace(".", "/"),
        most=max((choice["maximum"] for choice in choices if "maximum" in choice), default=None),
    )


def _format(schema: Mapping[str, Any]) -> str:
    return "wall-time" if schema.get("pattern") == WALL_TIME_PATTERN else str(schema.get("format", ""))


def _choices(member: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a member may be, without the choices within choices."""
    for choice in member.get("anyOf", [member]):
        if "anyOf" in choice:
            yield from _choices(choice, definitions)
        else:
            yield _resolved(choice, definitions)


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    return definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def row_of(
    model: type[BaseModel], cells: Mapping[str, T], value_of: Callable[[T, Column], Any]
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """A row's filled cells as the JSON object that the body's model reads, and what is unclear in them.

    `value_of` makes JSON of a cell, or raises Unclear. An empty cell is a member left out.
    """
    columns = columns_of(model)
    row: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, cell in cells.items():
        column = columns[name]
        try:
            value = value_of(cell, column)
        except Unclear as error:
            problems.append(FieldProblem(column.pointer, error.code, error.message))
            continue
        place, *path = reversed(name.split("."))
        target = row
        for part in reversed(path):
            inner = target.setdefault(part, {})
            # a column `location` beside `location.lat`: the whole beats its parts
            target = inner if isinstance(inner, dict) else {}
        target[place] = value
    return row, problems
