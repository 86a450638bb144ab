"""Every page of the console: in three languages, at three widths, light and dark, by keyboard and screen reader.

`make screenshots` keeps pictures of them: SCREENSHOTS names the folder.
"""

import json
import os
from importlib.resources import files
from typing import Any

import httpx
import pytest
from playwright.async_api import Page

from app.demo import accounts
from app.demo.connection import Connection
from app.doors.console.translations import LANGUAGES
from tests.doors.console.conftest import SignIn
from tests.doors.console.page_table import PageLine, page_lines

WIDTHS = {"wide": 1280, "tablet": 768, "phone": 390}
GRAVE = {"serious", "critical"}
AXE = files("axe_playwright_python") / "axe.min.js"
PICTURES = os.environ.get("SCREENSHOTS")


@pytest.fixture(params=page_lines(), ids=lambda line: line.name)
def line(request: pytest.FixtureRequest) -> PageLine:
    parameter: PageLine = request.param
    return parameter


@pytest.fixture
async def address(line: PageLine, console: str) -> str:
    async with httpx.AsyncClient(base_url=console) as http:
        admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
        return await line.found_at(admin)


async def faults(page: Page) -> list[str]:
    """What axe-core finds that keeps people from using a page."""
    result: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['help']}: {json.dumps([node['target'] for node in violation['nodes'][:3]])}"
        for violation in result["violations"]
        if violation["impact"] in GRAVE
    ]


async def test_a_page_can_be_used_at_every_width_in_light_and_dark(
    line: PageLine, address: str, signed_in: SignIn
) -> None:
    visitor = await signed_in(line.role)
    page = await visitor.open(address)
    assert await page.locator("h1").count() == 1
    # beside the security policy, which lets a page load nothing of ours that it does not name
    await page.evaluate(AXE.read_text("utf-8"))
    for name, width in WIDTHS.items():
        if name == "phone" and not line.narrow:
            continue
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert await faults(page) == [], f"{name}, {scheme}"
            if PICTURES:
                await page.screenshot(path=f"{PICTURES}/{line.name}-{name}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_page_speaks_every_language(line: PageLine, address: str, signed_in: SignIn, language: str) -> None:
    visitor = await signed_in(line.role, locale=language)
    page = await visitor.open(address)
    assert await page.get_attribute("html", "lang") == language
    if PICTURES and language != "en":
        await page.screenshot(path=f"{PICTURES}/{line.name}-{language}.png", full_page=True)
