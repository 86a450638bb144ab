"""Every page of the console: in three languages, at three widths, light and dark, by keyboard and screen reader.

`make screenshots` keeps pictures of them: SCREENSHOTS names the folder.
"""

import json
import os
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page
from sqlalchemy import select

from app.demo import accounts
from app.demo.connection import Connection
from app.doors.console.translations import LANGUAGES
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import User
from tests.demo_world import SATURDAY
from tests.doors.console.browsing import NAMES
from tests.doors.console.conftest import SignIn
from tests.doors.console.console_sessions import log_in
from tests.doors.console.page_table import PageLine, page_lines
from tests.doors.console.test_sentences import english_in

WIDTHS = {"wide": 1280, "tablet": 768, "phone": 390}
GRAVE = {"serious", "critical"}
AXE = files("axe_playwright_python") / "axe.min.js"
PICTURES = os.environ.get("SCREENSHOTS")


@pytest.fixture(params=page_lines(), ids=lambda line: line.name)
def line(request: pytest.FixtureRequest) -> PageLine:
    parameter: PageLine = request.param
    return parameter


@pytest.fixture(scope="module")
async def cookies(console_app: FastAPI, demo_database: Database) -> dict[str, dict[str, str]]:
    """The cookies of who has signed in, by role: once for all pages."""
    async with demo_database.transaction() as session:
        with clock.fixed(SATURDAY):
            ids = {
                role: await session.scalar(select(User.id).where(User.username == name)) for role, name in NAMES.items()
            }
            return {role: await log_in(session, console_app, id_) for role, id_ in ids.items() if id_ is not None}


@pytest.fixture(scope="module")
async def admin(console: str) -> AsyncIterator[Connection]:
    with clock.fixed(SATURDAY):
        async with httpx.AsyncClient(base_url=console) as http:
            yield await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)


@pytest.fixture
async def address(line: PageLine, admin: Connection) -> str:
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
    line: PageLine, address: str, signed_in: SignIn, cookies: dict[str, dict[str, str]]
) -> None:
    visitor = await signed_in(None)
    for name, value in cookies[line.role].items() if line.role else ():
        await visitor.context.add_cookies([{"name": name, "value": value, "url": visitor.base}])
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
    for language in LANGUAGES if PICTURES else ():
        await visitor.context.add_cookies([{"name": "fp_language", "value": language, "url": visitor.base}])
        await page.reload()
        await page.screenshot(path=f"{PICTURES}/{line.name}-{language}.png", full_page=True)


async def test_a_page_speaks_every_language(
    line: PageLine, address: str, console: str, cookies: dict[str, dict[str, str]]
) -> None:
    async with httpx.AsyncClient(base_url=console, cookies=cookies[line.role] if line.role else None) as http:
        for language in LANGUAGES:
            answer = await http.get(address, headers={"Accept-Language": language})
            assert (answer.status_code, f'<html lang="{language}"' in answer.text) == (200, True), language
            assert language == "en" or english_in(answer.text) == [], language
