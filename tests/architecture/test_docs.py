"""What the documentation names exists: make targets, commands, settings, files."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import cli
from app.ground.settings import Settings
from app.ground.settings_review import OF_TESTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SOURCES = [
    path for folder in ("app", "scheduler", "migrations", "tests") for path in sorted((ROOT / folder).rglob("*.py"))
]
PATH = re.compile(r"`((?:app|tests|scheduler|migrations|benchmarks|docs|openapi|requirements)/[\w./-]*)`")

NAME = re.compile(r"`([\w-]+\.(?:py|typ|toml|ya?ml|md))`")
FOLDERS = ("app", "scheduler", "migrations", "tests", "benchmarks", "docs", "openapi", "requirements")
FILES = {path.name for path in [*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]}


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
    assert set(re.findall(r"FIELDPROOF_[A-Z_]+[A-Z]", page)) <= settings | variables_of_compose() | OF_TESTS


def test_the_readmes_docker_command_sets_what_compose_asks_for() -> None:
    command = re.search(r"`([^`]*) docker compose up`", (ROOT / "README.md").read_text("utf-8"))
    assert command
    assert set(re.findall(r"(\w+)=", command[1])) == variables_of_compose()


def variables_of_compose() -> set[str]:
    """Those without which compose.yaml starts nothing."""
    return set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text("utf-8")))


def test_every_file_that_a_page_names_exists(page: str) -> None:
    missing = [name for name in PATH.findall(page) if not (ROOT / name).exists()]
    assert missing == []


def test_every_file_that_a_page_names_without_its_folder_exists(page: str) -> None:
    assert set(NAME.findall(page)) - FILES == set()


def test_the_picture_shows_every_domain_in_the_order_in_which_they_may_import_each_other() -> None:
    picture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers_by_area = {
        container.removeprefix("app."): contract["layers"]
        for contract in contracts
        for container in contract.get("containers", [])
    }
    drawn = re.findall(r"\[\"<b>(\w+)</b><br>(.*?)\"\]", picture)
    assert drawn
    for area, line in drawn:
        domains = re.sub(r" \([^)]*\)", "", line).split(" · ")
        depths = {
            domain: depth
            for depth, layer in enumerate(reversed(layers_by_area[area]))
            for domain in re.split(r" [|:] ", layer)
        }
        assert set(domains) == depths.keys(), area
        assert domains == sorted(domains, key=depths.__getitem__), area


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_page_that_a_page_links_to_exists(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_decision_stands_once_in_the_index() -> None:
    records = [path.name for path in (ROOT / "docs/decisions").glob("0*.md")]
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    listed = re.findall(r"\]\((0[\w-]+\.md)\)", index)
    assert sorted(listed) == sorted(records)
    titles = {path.name: path.read_text("utf-8").splitlines()[0] for path in (ROOT / "docs/decisions").glob("0*.md")}
    assert all(f"[{titles[name].removeprefix('# ')}]({name})" in index for name in records)


def test_every_decision_has_a_number_of_its_own() -> None:
    paths = list((ROOT / "docs/decisions").glob("0*.md"))
    assert len({path.name[:4] for path in paths}) == len(paths)
    headings = {path.name: path.read_text("utf-8").splitlines()[0] for path in paths}
    assert [name for name, heading in headings.items() if not heading.startswith(f"# {int(name[:4])}. ")] == []


def test_the_code_cites_every_decision_that_it_rests_on() -> None:
    numbers = {int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("0*.md")}
    cited = {number for path in SOURCES for number in decisions_cited_in(path.read_text("utf-8"))}
    outgrown, of_the_installation = {1}, {36}
    assert numbers - cited == outgrown | of_the_installation
    assert cited <= numbers


def decisions_cited_in(text: str) -> set[int]:
    """The numbers of the decisions, `decisions 23 to 25` spelled out."""
    ranges = re.findall(r"\b[Dd]ecisions? (\d+)(?: (?:to|and) (\d+))?", text)
    return {number for first, last in ranges for number in range(int(first), int(last or first) + 1)}


def test_every_rule_that_a_docstring_cites_stands_in_the_list_of_rules() -> None:
    listed = set(re.findall(r"\*\*([MTVOC]\d)\*\*", (ROOT / "docs/rules.md").read_text("utf-8")))
    cited = {rule for path in SOURCES for rule in rules_cited_in(path)}
    assert cited
    assert cited <= listed


def rules_cited_in(path: Path) -> set[str]:
    """The rules by code, `C2–C4` spelled out, in docstrings and comments alone: codes of outlets look alike."""
    text = "\n".join(re.findall(r'""".*?"""|#.*', path.read_text("utf-8"), re.DOTALL | re.MULTILINE))
    ranges = re.findall(r"\b([MTVOC])([1-9])(?:–[MTVOC]?(\d))?\b(?!-)", text)
    return {f"{kind}{number}" for kind, first, last in ranges for number in range(int(first), int(last or first) + 1)}
