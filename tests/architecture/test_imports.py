"""The layers of pyproject.toml hold, and what is imported is declared."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import app

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = {"app", "scheduler", "migrations"}
PRIVATE = re.compile(r"^app\..*\b(\w+_)?(api|queries|inserts)\b")
DEPTH_OF_DOMAINS = 2
"""`app.doors.handheld`: contracts inside a domain are the domain's own."""
PARTS_OF_A_FRAMEWORK = {"starlette": "fastapi", "pydantic_core": "pydantic"}


def imported_modules(folder: Path) -> set[str]:
    """The top-level names of all modules that the files below `folder` import."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


def test_every_import_contract_holds() -> None:
    # a process of its own: import-linter sets up logging anew, and would silence our loggers for the tests that follow
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_areas_and_domains_are_listed_for_readers_as_they_are_enforced() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {
        container: contract["layers"]
        for contract in contracts
        for container in contract.get("containers", [])
        if container.count(".") < DEPTH_OF_DOMAINS
    }
    lines = (app.__doc__ or "").replace("\n        ", " ").splitlines()  # what is indented twice goes on
    listed = [line.strip() for line in lines if line.startswith("    ")]
    areas = [area for layer in reversed(layers.pop("app")) for area in areas_of(layer)]
    domains = {name.rpartition(".")[2]: ", ".join(reversed(inside)) for name, inside in layers.items()}
    enforced = [f"{area}: {domains[area]}" if area in domains else area for area in areas]
    assert listed == [*enforced, "scheduler (its own package)"]
    assert set(domains) < set(areas)


def areas_of(layer: str) -> list[str]:
    """The areas of a layer, a line each where they have domains."""
    return layer.split(" | ") if layer == "closing | planning" else [layer]


def test_a_domains_queries_and_routes_are_its_own() -> None:
    # main puts the routers together: it alone imports them
    paths = [path for folder in ("app", "scheduler") for path in (REPOSITORY / folder).rglob("*.py")]
    foreign = [
        f"{path.relative_to(REPOSITORY)} imports {module}: call the domain's service"
        for path in paths
        if path != REPOSITORY / "app/main.py"
        for module in imported_paths(path)
        if PRIVATE.search(module) and not module.startswith(f"{domain_of(path)}.")
    ]
    assert foreign == []


def test_an_import_of_another_domains_queries_would_be_seen(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("from app.a.b import queries, service\nfrom app.a.b.plan_api import X\nimport app.a.c.inserts\n")
    assert {module for module in imported_paths(planted) if PRIVATE.search(module)} == {
        "app.a.b.queries",
        "app.a.b.plan_api.X",
        "app.a.c.inserts",
    }
    assert domain_of(REPOSITORY / "app/doors/handheld/upload/api.py") == "app.doors.handheld"


def imported_paths(path: Path) -> Iterator[str]:
    """What a file imports, in full: modules, and what it takes from them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def domain_of(path: Path) -> str:
    """The package of a domain in its area, by a file of it: `app.closing.cutoff`."""
    return ".".join(path.relative_to(REPOSITORY).parts[:3])


def test_what_the_service_imports_is_a_declared_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    foreign = set().union(*(imported_modules(REPOSITORY / folder) for folder in OURS)) - OURS - sys.stdlib_module_names
    distributions = packages_distributions()
    undeclared = {
        module
        for module in foreign
        if not declared & {canonicalize_name(name) for name in distributions.get(module, [])}
        and PARTS_OF_A_FRAMEWORK.get(module) not in declared
    }
    assert undeclared == set()
