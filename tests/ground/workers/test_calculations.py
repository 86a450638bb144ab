"""Calculations that are declared by name are the functions that they say they are."""

import ast
import importlib
import inspect
import typing
from pathlib import Path

import pytest

from app.ground.loading import loaded
from app.ground.workers.calculations import Calculation
from app.ground.workers.pool import Workers

REPOSITORY = Path(__file__).resolve().parents[3]


def declared() -> dict[str, tuple[Calculation[..., object], object]]:
    """Each with its declaration, by the module and the name that it has there."""
    found: dict[str, tuple[Calculation[..., object], object]] = {}
    for path in sorted((REPOSITORY / "app").rglob("*.py")):
        text = path.read_text("utf-8")
        if "Calculation(" not in text:
            continue
        module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        names = [node.target.id for node in ast.parse(text).body if _is_declaration(node)]
        hints = typing.get_type_hints(importlib.import_module(module)) if names else {}
        found |= {f"{module}.{name}": (getattr(importlib.import_module(module), name), hints[name]) for name in names}
    return found


def _is_declaration(node: ast.stmt) -> typing.TypeGuard[typing.Any]:
    return isinstance(node, ast.AnnAssign) and "Calculation[" in ast.unparse(node.annotation)


DECLARED = declared()


@pytest.mark.parametrize("name", DECLARED)
def test_a_calculation_takes_and_gives_what_its_function_does(name: str) -> None:
    calculation, declaration = DECLARED[name]
    function = loaded(calculation.name)
    parameters, answer = typing.get_args(declaration)
    hints = typing.get_type_hints(function)
    assert hints.pop("return") == answer
    assert list(hints.values())[: len(parameters)] == list(parameters)
    others = list(inspect.signature(function).parameters.values())[len(parameters) :]
    assert all(parameter.default is not inspect.Parameter.empty for parameter in others)


def test_all_that_is_calculated_elsewhere_is_compared() -> None:
    assert len(DECLARED) == 3


async def test_a_worker_loads_what_it_is_asked_for() -> None:
    joined: Calculation[[str, str], str] = Calculation("posixpath:join")
    async with Workers(1) as workers:
        assert await workers.run(joined, "a", "b") == "a/b"
