"""What is installed is pinned by hash, named without an address, and free to use."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from email.message import Message
from importlib.metadata import files as files_of
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import cast

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "requirements").glob("*.txt"))
PINNED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)")
PERMISSIVE = re.compile(
    r"(MIT(-0|-CMU)?|(0|[23]-Clause )?BSD([ -][23]-Clause)?|Apache([ -]2\.0| Software| License, Version 2\.0)?|ISC"
    r"|PSF-2\.0|Python Software Foundation|Zlib|CC0-1\.0|MPL-2\.0|Mozilla Public License 2\.0)"
    r"( License)?( \(\w+( 2\.0)?\))?",
)


def requirement_lines(path: Path) -> list[str]:
    """One line for each requirement, continuation lines joined, comments left out."""
    text = path.read_text().replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pins(path: Path) -> dict[str, str]:
    """What follows `==`, version and hashes, by name."""
    return dict(line.split("==", 1) for line in requirement_lines(path))


EXTRAS = ("", "argon2", "asyncio")
"""Those that pyproject.toml asks for."""

BSD_3_CLAUSE = (
    "redistribution and use in source and binary forms, with or without modification, are permitted provided that",
    "redistributions of source code must retain",
    "redistributions in binary form must reproduce",
    "neither the name of",
)
"""What the text of that licence says, for a distribution whose metadata name none (IMAPClient)."""


def left_out() -> set[str]:
    """What is required and not installed, on purpose."""
    lines = (REPOSITORY / "requirements/left-out").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def required_by(names: Iterable[str]) -> set[str]:
    """These distributions and what they require on this machine, but for what is left out and what that requires."""
    required: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        required.add(name)
        for requirement in map(Requirement, requires(name) or ()):
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in EXTRAS):
                waiting |= {canonicalize_name(requirement.name)} - required - left_out()
    return required


def licences(name: str) -> list[str]:
    """The licences that a distribution's metadata name, in whichever of the three fields it uses, or its text."""
    fields = cast("Message", metadata(name))
    expression = fields.get("License-Expression")
    if expression:
        return re.split(r" AND | OR ", re.sub(r"[()]", "", expression))
    classifiers = [line.split(" :: ")[-1] for line in fields.get_all("Classifier", []) if line.startswith("License ::")]
    return classifiers or re.split(r" AND | OR ", fields.get("License") or licence_by_text(name))


def licence_by_text(name: str) -> str:
    """The licence whose text is among a distribution's files."""
    files = [file for file in files_of(name) or () if "licenses" in file.parts]
    texts = (" ".join(file.read_text().lower().split()) for file in files)
    return "BSD-3-Clause" if any(all(words in text for words in BSD_3_CLAUSE) for text in texts) else "none"


def test_there_are_requirements_for_running_building_developing_and_what_tests_run_beside() -> None:
    assert [path.stem for path in FILES] == [
        "build",
        "client-generator",
        "dev",
        "oidc-provider",
        "runtime",
        "s3-server",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_requirement_is_pinned_by_version_and_hash(path: Path) -> None:
    assert [line for line in requirement_lines(path) if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_requirement_file_carries_an_address_or_an_option(path: Path) -> None:
    assert not re.search(r"://|^\s*-(?!-hash)|\.(org|com|io)\b", path.read_text(), re.MULTILINE)


def test_what_is_declared_is_pinned_to_a_version_that_it_allows() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    declared = {
        "runtime": project["project"]["dependencies"],
        "build": project["build-system"]["requires"],
        "dev": project["dependency-groups"]["dev"],
        "client-generator": project["dependency-groups"]["client-generator"],
        "oidc-provider": project["dependency-groups"]["oidc-provider"],
        "s3-server": project["dependency-groups"]["s3-server"],
    }
    for file, lines in declared.items():
        pinned = pins(REPOSITORY / f"requirements/{file}.txt")
        for requirement in map(Requirement, lines):
            version = pinned[canonicalize_name(requirement.name)].split()[0]
            assert requirement.specifier.contains(version), f"{requirement} in {file}.txt: run `make requirements`"


def test_developers_run_the_very_files_that_production_runs() -> None:
    developing = pins(REPOSITORY / "requirements/dev.txt")
    assert pins(REPOSITORY / "requirements/runtime.txt").items() <= developing.items()
    assert pins(REPOSITORY / "requirements/build.txt").items() <= developing.items()


@pytest.mark.parametrize("name", sorted(pins(REPOSITORY / "requirements/runtime.txt")))
def test_the_licence_of_what_runs_in_production_is_permissive(name: str) -> None:
    found = licences(name)
    assert found
    assert [licence for licence in found if not PERMISSIVE.fullmatch(licence)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_left_out_is_pinned_nowhere(path: Path) -> None:
    assert len(left_out()) > 1
    assert left_out() & pins(path).keys() == set()


def test_nothing_runs_in_production_that_nobody_requires_but_what_is_left_out() -> None:
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    needed = required_by(canonicalize_name(Requirement(line).name) for line in declared)
    assert set(pins(REPOSITORY / "requirements/runtime.txt")) == needed


DOES_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({modules}))  # None there: an import fails, wherever it stands

import numpy as np
import app.cli, app.main, app.commands.demo, app.commands.inbox, app.commands.person, scheduler.process
from app.planning.routing.days import Day, Stop
from app.planning.routing.solver import best_route

ways = np.array([[0, 60, 900], [60, 0, 60], [900, 60, 0]])
print(*best_route(Day((Stop(0, 600), Stop(2, 600), Stop(1, 600)), ways, 28_800, 64_800)).order)
"""


def test_production_does_without_what_is_left_out() -> None:
    modules = {"contourpy", "cycler", "fontTools", "kiwisolver", "matplotlib", "PIL", "pyparsing", "tqdm"}
    assert {{"PIL": "pillow"}.get(module, module.lower()) for module in modules} == left_out()
    program = DOES_WITHOUT.format(modules=sorted(modules))
    answer = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    assert answer.stdout.split() in (["0", "2", "1"], ["1", "2", "0"])
