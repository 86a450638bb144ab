"""Which browser the tests start, and that it has letters for the names of shops."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from tests import browsers
from tests.browsers import NAMED_BY, NoBrowser, find_browser

OF_THE_MAKER = "#!/bin/sh\nexec /usr/lib/chromium/chromium\n"
OF_A_SNAP = '#!/bin/sh\nexec /snap/bin/chromium "$@"\n'
UNASSIGNED = "\u0378"
"""Between Greek letters; no font has it."""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser())
        yield await browser.new_page()
        await browser.close()


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs lie on a system that has none yet."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(NAMED_BY, raising=False)
    monkeypatch.setattr(browsers, "OF_MACOS", tmp_path / "Google Chrome")
    return tmp_path


def install(path: Path, program: str) -> Path:
    path.write_text(program)
    path.chmod(0o755)
    return path


async def test_greek_and_cyrillic_letters_are_drawn(page: Page) -> None:
    drawn = set()
    for letter in "ΩάЖщ" + UNASSIGNED:
        await page.set_content(f"<span style='display: inline-block; width: 40px; font-size: 30px'>{letter}</span>")
        drawn.add(await page.locator("span").screenshot())
    assert len(drawn) == 5


async def test_axe_says_what_is_wrong_with_a_page(page: Page) -> None:
    await page.set_content("<main><h1>Today</h1><img src='data:,'></main>")
    results = await Axe().run(page)
    assert "image-alt" in {violation["id"] for violation in results.response["violations"]}


def test_chromium_comes_before_chrome_and_best_without_a_window(system: Path) -> None:
    install(system / "google-chrome", OF_THE_MAKER)
    assert find_browser() == system / "google-chrome"
    install(system / "chromium", OF_THE_MAKER)
    assert find_browser() == system / "chromium"
    install(system / "chromium-headless-shell", OF_THE_MAKER)
    assert find_browser() == system / "chromium-headless-shell"


def test_a_snap_is_passed_over_and_named_where_there_is_no_other(system: Path) -> None:
    install(system / "chromium-browser", OF_A_SNAP)
    (system / "chromium").symlink_to(install(system / "snap", OF_THE_MAKER))
    with pytest.raises(NoBrowser, match="is a snap"):
        find_browser()
    install(system / "google-chrome", OF_THE_MAKER)
    assert find_browser() == system / "google-chrome"


def test_without_a_browser_it_is_said_what_to_install(system: Path) -> None:
    with pytest.raises(NoBrowser, match=f"^install chromium .* {NAMED_BY}="):
        find_browser()


def test_another_browser_can_be_named(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(system / "chromium", OF_THE_MAKER)
    monkeypatch.setenv(NAMED_BY, str(system / "mine"))
    with pytest.raises(NoBrowser, match="mine, which is no program"):
        find_browser()
    install(system / "mine", OF_THE_MAKER)
    assert find_browser() == system / "mine"


def test_setup_asks_with_nothing_but_a_python_at_hand(system: Path) -> None:
    command = [sys.executable, "-I", "-S", browsers.__file__]
    answer = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "install chromium" in answer.stderr
    install(system / "chromium", OF_THE_MAKER)
    answer = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    assert answer.stdout == f"{system / 'chromium'}\n"
