"""What browsers load of others lies here byte by byte as it was published, and with its licence."""

import hashlib
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[3] / "app/doors/console/static/vendor"
README = (VENDOR / "README.md").read_text("utf-8")
SECTIONS = {section.split("\n", 1)[0]: section for section in re.split(r"^## ", README, flags=re.MULTILINE)[1:]}
SUMS = {match[1]: match[2] for match in re.finditer(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", README, re.MULTILINE)}
FOLDERS = sorted(path.name for path in VENDOR.iterdir() if path.is_dir())


def test_every_vendored_file_is_listed_with_its_sum() -> None:
    files = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.glob("*/**/*") if path.is_file()}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} == SUMS


def test_every_folder_has_a_section_of_its_own() -> None:
    assert sorted(SECTIONS) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_library_has_its_licence_beside_it(folder: str) -> None:
    assert (VENDOR / folder / "LICENSE").stat().st_size > 0


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("fact", ["Name", "Version", "Licence", "From"])
def test_every_library_says_what_it_is_and_where_it_came_from(folder: str, fact: str) -> None:
    assert re.search(rf"^- {fact}: \S", SECTIONS[folder], re.MULTILINE)
