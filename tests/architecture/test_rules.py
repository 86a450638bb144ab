"""Rules rule: what the rules say is what runs, and what only tests run says so."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
Name = tuple[str, str]
"""A module, and what it defines."""


@dataclass
class Code:
    """A module's source: which names of which modules it knows by which name, and what it uses where.

    `uses`: by top-level definition (or "", for what runs on import) the names that it reads. Attributes that no module
    is known to have are methods: they stand as ("", name).
    """

    imports: dict[str, Name] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    uses: dict[str, set[Name]] = field(default_factory=dict)


@cache
def code() -> dict[str, Code]:
    """Every module of the service."""
    paths = [path for folder in ("app", "scheduler") for path in (REPOSITORY / folder).rglob("*.py")]
    return {name_of(path): read(name_of(path), ast.parse(path.read_text("utf-8"))) for path in paths}


BY_NAME = re.compile(r"(app|scheduler)(\.\w+)+:\w+")


def name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read(module: str, tree: ast.Module) -> Code:
    found = Code()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.imports |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    for statement in tree.body:
        owner = ""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            owner = statement.name
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            found.functions.add(owner)
        if isinstance(statement, ast.ClassDef):
            found.methods |= {f"{owner}.{part.name}" for part in statement.body if isinstance(part, ast.FunctionDef)}
        found.uses.setdefault(owner, set()).update(used_in(module, statement, found.imports))
    return found


def used_in(module: str, statement: ast.stmt, imports: dict[str, Name]) -> Iterator[Name]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield imports.get(node.id, (module, node.id))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and BY_NAME.fullmatch(node.value):
            source, _, name = node.value.partition(":")  # what is loaded by its name
            yield source, name
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in imports:
                yield ".".join(imports[node.value.id]), node.attr
            yield "", node.attr


def rule_modules() -> set[str]:
    """What the contract about rules covers, references left out."""
    return {module for module in contracted() if not is_reference(module)}


def contracted() -> set[str]:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one["name"].startswith("Rules are decisions"))
    patterns = [pattern.replace("**", "*") for pattern in contract["source_modules"]]
    return {
        module
        for module in code()
        if any(fnmatch(module, pattern) or fnmatch(module, f"{pattern}.*") for pattern in patterns)
    }


def is_reference(module: str) -> bool:
    return module.endswith(".reference")


def references() -> list[str]:
    return sorted(module for module in code() if is_reference(module))


def reached() -> set[Name]:
    """Every definition that runs: from what is no rule, through the rules that it calls. Methods stand under ""."""
    rules, seen = rule_modules(), set[Name]()
    waiting = [
        used
        for module, its in code().items()
        if not is_reference(module)
        for owner, names in its.uses.items()
        if module not in rules or not owner
        for used in names
    ]
    while waiting:
        module, name = waiting.pop()
        if (module, name) not in seen:
            seen.add((module, name))
            waiting += uses_of(module, name)
    return seen


def uses_of(module: str, name: str) -> Iterator[Name]:
    """What a definition uses; of a name that its module has from another one, that other one's."""
    its = code().get(module, Code())
    if name in its.uses:
        yield from its.uses[name]
    elif name in its.imports:
        yield its.imports[name]


def is_public(name: str) -> bool:
    return not name.rpartition(".")[2].startswith("_")


def test_no_function_of_the_rules_is_called_by_tests_alone() -> None:
    running = reached()
    idle = {f"{module}.{name}" for module in rule_modules() for name in code()[module].functions if is_public(name)} - {
        ".".join(name) for name in running
    }
    attributes = {name for module, name in running if not module}
    idle |= {
        f"{module}.{name}"
        for module in rule_modules()
        for name in code()[module].methods
        if is_public(name) and name.rpartition(".")[2] not in attributes
    }
    assert idle == set()


def test_nothing_that_runs_imports_a_reference() -> None:
    importing = {
        module
        for module, its in code().items()
        for source, name in its.imports.values()
        if is_reference(source) or is_reference(f"{source}.{name}")
    }
    assert references()
    assert importing == set()


def test_the_contract_about_rules_covers_every_module_that_calls_itself_one() -> None:
    named = {module for module in code() if re.search(r"(\.|_)rules(\.|$)|\.reference$", module)}
    assert named - contracted() == set()


@pytest.mark.parametrize("module", references())
def test_a_reference_says_which_statements_are_held_to_it_and_by_which_test(module: str) -> None:
    reference: ModuleType = import_module(module)
    text = reference.__doc__ or ""
    folder = module.rpartition(".")[0]
    assert "Nothing here runs in production" in text
    statements = re.findall(r"`(\w+)\.(\w+)`", text)
    assert statements
    assert [name for name in statements if not hasattr(import_module(f"{folder}.{name[0]}"), name[1])] == []
    tests = [REPOSITORY / name for name in re.findall(r"tests/[\w/]+\.py", text)]
    assert tests
    assert [str(path) for path in tests if f"from {module} import" not in path.read_text("utf-8")] == []


@pytest.mark.parametrize("module", references())
def test_every_function_of_a_reference_is_held_to_its_statement(module: str) -> None:
    """By the tests that its docstring names; where one stands within another of them, that is enough."""
    its, text = code()[module], import_module(module).__doc__ or ""
    compared = {
        name
        for path in re.findall(r"tests/[\w/]+\.py", text)
        for source, name in read("tests", ast.parse((REPOSITORY / path).read_text("utf-8"))).imports.values()
        if source == module
    }
    within = {name for known in compared for source, name in its.uses.get(known, ()) if source == module}
    assert {name for name in its.functions if is_public(name)} - compared - within == set()
