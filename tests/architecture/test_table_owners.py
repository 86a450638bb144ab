"""The owner writes: every INSERT, UPDATE and DELETE stands in the domain that maps the table."""

import importlib
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from app import tables
from app.ground.db.base import Base
from tests.architecture.raw_reads import BENCHMARKS, RAW_READS, UNREADABLE
from tests.architecture.source_tables import Found, tables_in
from tests.architecture.statement_tables import tables_of

ROOT = Path(__file__).resolve().parents[2]
AREAS = {
    contract["containers"][0].removeprefix("app.")
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    if contract.get("containers", ["app"]) != ["app"]
}


def domain_of(module: str) -> str:
    """The domain of a module: `cutoff` of `app.closing.cutoff.queries`, `demo` of `app.demo.day`."""
    parts = module.split(".")
    if parts[0] != "app":
        return parts[0]
    return parts[2] if parts[1] in AREAS and len(parts) > 2 else parts[1]


def owners() -> dict[str, str]:
    """The domain of each mapped table, by the table's name."""
    return {str(mapper.local_table.name): domain_of(mapper.class_.__module__) for mapper in Base.registry.mappers}  # type: ignore[attr-defined]  # a table has a name


@cache
def sources() -> dict[str, Found]:
    """What each of the service's files does to tables, by its path."""
    paths = sorted(path for folder in ("app", "scheduler") for path in (ROOT / folder).rglob("*.py"))
    return {str(path.relative_to(ROOT)): source(path) for path in paths}


def source(path: Path) -> Found:
    namespace = vars(importlib.import_module(module_of(path)))
    return tables_in(path.read_text("utf-8"), namespace)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_every_table_is_mapped_by_one_domain() -> None:
    assert set(owners()) == set(tables.metadata.tables)


def test_only_a_tables_owner_writes_it() -> None:
    of_table = owners()
    strangers = [
        f"{path}:{use.line} writes {use.table}, which is {of_table.get(use.table, 'nobody')}'s: call its service"
        for path, found in sources().items()
        for use in found.uses
        if use.writes and domain_of(module_of(ROOT / path)) != of_table.get(use.table)
    ]
    assert strangers == []


def test_what_another_domain_owns_is_read_by_name_only_for_a_reason() -> None:
    of_table = owners()
    reads = {
        (domain_of(module_of(ROOT / path)), use.table): f"{path}:{use.line} reads {use.table} by name, "
        f"which is {of_table[use.table]}'s: call its service, or join its mapped class"
        for path, found in sources().items()
        for use in found.uses
        if not use.writes and use.table in of_table and domain_of(module_of(ROOT / path)) != of_table[use.table]
    }
    assert [told for key, told in reads.items() if key not in RAW_READS] == []
    assert [key for key in RAW_READS if key not in reads] == [], "nothing needs these entries any more"
    assert all(len(reason.split()) > 3 for reason in RAW_READS.values())


def test_every_statement_says_what_it_writes() -> None:
    unreadable = {path: found.unreadable for path, found in sources().items() if found.unreadable}
    assert {path: lines for path, lines in unreadable.items() if path not in UNREADABLE} == {}
    assert set(UNREADABLE) == set(unreadable)


def test_benchmarks_write_past_the_owners_only_for_a_reason() -> None:
    found = {f"benchmarks/{path.name}": source(path) for path in (ROOT / "benchmarks").glob("*.py")}
    writing = {path for path, tables_of_it in found.items() if tables_of_it.written or tables_of_it.unreadable}
    for path in (ROOT / "benchmarks").glob("*.sql"):
        statements = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.startswith("\\"))
        if tables_of(statements).written:
            writing.add(f"benchmarks/{path.name}")
    assert writing == set(BENCHMARKS)


@pytest.mark.parametrize("domain", sorted({domain_of(module.__name__) for module in tables.MODULES}))
def test_a_domain_says_which_tables_it_owns(domain: str) -> None:
    (folder,) = [path for area in AREAS for path in (ROOT / "app" / area).glob(domain)]
    listed = re.findall(r"`(\w+)`", owned_by(folder / "__init__.py"))
    assert sorted(listed) == sorted(table for table, owner in owners().items() if owner == domain)


def test_a_domain_without_tables_claims_none() -> None:
    owning = set(owners().values())
    packages = [path for area in AREAS for path in (ROOT / "app" / area).glob("*/__init__.py")]
    others = [path for path in packages if path.parent.name not in owning]
    assert others
    assert [path for path in others if "`" in owned_by(path)] == []


def owned_by(package: Path) -> str:
    """The sentence of a package's docstring that says what it owns."""
    words = (importlib.import_module(module_of(package)).__doc__ or "").split()
    return " ".join(words).partition("Owns ")[2].partition(".")[0]
