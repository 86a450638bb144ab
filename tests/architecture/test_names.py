"""Names: a class name stands for one thing, and a variable says what it holds."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLES_OF_VALUES = {"PastCalendar", "VerdictPolicy", "Workday"}
"""The mapped table of a plain value has the value's name: they are one thing, in the database and out of it."""
NO_NOUNS = {"found", "told", "one", "made", "wanted", "known", "kept", "stands"}
"""What was done to get a value, or nothing at all: a reader wants to know what it is."""


def sources() -> list[Path]:
    return [path for folder in ("app", "scheduler") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_class_name_stands_twice() -> None:
    places = defaultdict(list)
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert twice.keys() == TABLES_OF_VALUES
    for where in twice.values():
        assert sum(path.endswith("/models.py") for path in where) == 1
        assert len({path.rpartition("/")[0] for path in where}) == 1, where


def variables(path: Path) -> Iterator[tuple[str, int]]:
    """The names that a file gives to values, parameters among them, with their lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def test_no_variable_is_named_by_what_was_done_to_get_it() -> None:
    badly = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sources()
        for name, line in variables(path)
        if name in NO_NOUNS
    ]
    assert badly == []
