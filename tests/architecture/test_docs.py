"""What the documentation names exists: make targets, commands, settings, files."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import cli
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PATH = re.compile(r"`((?:app|tests|scheduler|migrations|benchmarks|docs|openapi|requirements)/[\w./-]*)`")


@pytest.fixture(params=PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def page(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text("utf-8")


def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)\b(?=`| +#)", page)) <= targets


def test_every_command_that_a_page_names_exists(page: str) -> None:
    commands = set(get_command(cli).commands)  # type: ignore[attr-defined]  # a group, as soon as it has two commands
    lists = re.findall(r"fieldproof ([a-z-]+(?: \| [a-z-]+)*)", page)
    assert {name for named in lists for name in named.split(" | ")} <= commands


def test_every_setting_that_a_page_names_exists(page: str) -> None:
    settings = {f"FIELDPROOF_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"FIELDPROOF_[A-Z_]+[A-Z]", page)) <= settings


def test_every_file_that_a_page_names_exists(page: str) -> None:
    missing = [name for name in PATH.findall(page) if not (ROOT / name).exists()]
    assert missing == []


def test_every_page_that_a_page_links_to_exists(page: str) -> None:
    assert [target for target in re.findall(r"\]\(([^)#:]+)\)", page) if not (ROOT / target).exists()] == []
