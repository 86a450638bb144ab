"""Which Python `make setup` takes: the one that is named, else one that was built well, the system's own first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

FAKE = """#!/bin/sh
case "$2$3" in
    *version_info*) exit {too_old} ;;
    *ensurepip*) exit 0 ;;
    *app.diagnosis*) exit {slow} ;;
esac
exit 9
"""
"""An interpreter that answers what requirements/python.sh asks of one."""


def make_python(place: Path, name: str, *, slow: bool = False, too_old: bool = False) -> Path:
    place.mkdir(exist_ok=True)
    path = place / name
    path.write_text(FAKE.format(slow=int(slow), too_old=int(too_old)))
    path.chmod(0o755)
    return path


def chosen(system: Path, on_path: Path, python: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {"SYSTEM_BIN": str(system), "PATH": f"{on_path}:/usr/sbin:/bin"}
    if python is not None:
        environment["PYTHON"] = python
    command = ["/bin/bash", str(REPOSITORY / "requirements/python.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """The system's programs, and those of whoever comes first on the PATH. All that the PATH has is shadowed there."""
    system, on_path = tmp_path / "system", tmp_path / "path"
    system.mkdir()
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        make_python(on_path, name, too_old=True)
    return system, on_path


def test_the_systems_own_comes_before_others_on_the_path(places: tuple[Path, Path]) -> None:
    system, on_path = places
    own = make_python(system, "python3")
    make_python(on_path, "python3")
    assert chosen(system, on_path).stdout.strip() == str(own)


def test_of_an_old_system_a_newer_python_beside_its_own_is_taken(places: tuple[Path, Path]) -> None:
    system, on_path = places
    make_python(system, "python3", too_old=True)
    newer = make_python(system, "python3.12")
    assert chosen(system, on_path).stdout.strip() == str(newer)


def test_one_that_was_built_well_comes_before_the_first_that_is_new_enough(places: tuple[Path, Path]) -> None:
    system, on_path = places
    make_python(on_path, "python3", slow=True)
    well_built = make_python(on_path, "python3.12")
    assert chosen(system, on_path).stdout.strip() == str(well_built)


def test_without_any_that_was_built_well_the_first_is_taken_and_it_is_said(places: tuple[Path, Path]) -> None:
    system, on_path = places
    slow = make_python(on_path, "python3.13", slow=True)
    answer = chosen(system, on_path)
    assert (answer.returncode, answer.stdout.strip()) == (0, str(slow))
    assert "without profiles or LTO" in answer.stderr


def test_one_that_is_named_is_taken_however_it_was_built(places: tuple[Path, Path]) -> None:
    system, on_path = places
    make_python(system, "python3")
    named = make_python(on_path, "mine", slow=True)
    assert chosen(system, on_path, str(named)).stdout.strip() == str(named)


def test_without_any_there_is_none(places: tuple[Path, Path]) -> None:
    assert chosen(*places).returncode == 1


def test_a_bare_interpreter_can_be_asked_how_it_was_built() -> None:
    program = "from app.diagnosis.interpreter import build; print(build().is_thorough)"
    bare = [os.path.realpath(sys.executable), "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {program}"]
    answer = subprocess.run(bare, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() in {"True", "False"}
