"""Every page of the console: in three languages, at three widths, light and dark, by screen reader."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib.resources import files
from typing import Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page

from app.demo import accounts
from app.demo.connection import Connection
from app.doors.console.translations import LANGUAGES
from app.ground import clock
from app.ground.db.session import Database
from tests.demo_world import SATURDAY
from tests.doors.console.browsing import NAMES, Profiles, Visitor, visiting_as
from tests.doors.console.console_sessions import cookies_of
from tests.doors.console.page_table import PageLine, page_lines
from tests.doors.console.test_sentences import english_in

WIDTHS = {"wide": 1280, "tablet": 768, "phone": 390}
GRAVE = {"serious", "critical"}
AXE = files("axe_playwright_python") / "axe.min.js"
WHOLE = "document, {...usual}"
WITHOUT_COLOURS = (
    "document, {rules: {'color-contrast': {enabled: false}, 'link-in-text-block': {enabled: false}}, ...usual}"
)
OF_COLOURS = (
    "{exclude: ['tbody tr:nth-child(n + 6)', 'main li:nth-child(n + 6)']},"
    " {runOnly: ['color-contrast', 'link-in-text-block'], ...usual}"
)
"""Rules of axe-core: colours differ between light and dark, and not by width; all others the other way round. The
colours of each letter are what takes long: of long tables and lists the first five rows are looked at.
"""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
FORMS_THAT_ASK = """
    [...document.forms].filter((form) => form.method === "get")
        .map((form) => `${form.action.split(/[?#]/)[0]}?${new URLSearchParams(new FormData(form))}`)
"""


@pytest.fixture(params=page_lines(), ids=lambda line: line.name)
def line(request: pytest.FixtureRequest) -> PageLine:
    parameter: PageLine = request.param
    return parameter


@pytest.fixture(scope="module")
async def cookies(console_app: FastAPI, demo_database: Database) -> dict[str | None, dict[str, str]]:
    """The cookies of who has signed in, by role: once for all pages."""
    of_roles: dict[str | None, dict[str, str]] = {None: {}}
    with clock.fixed(SATURDAY):
        for role, name in NAMES.items():
            of_roles[role] = await cookies_of(demo_database, console_app, name)
    return of_roles


@pytest.fixture(scope="module")
async def admin(console: str) -> AsyncIterator[Connection]:
    with clock.fixed(SATURDAY):
        async with httpx.AsyncClient(base_url=console) as http:
            yield await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)


@pytest.fixture
async def address(line: PageLine, admin: Connection) -> str:
    return await line.found_at(admin)


@pytest.fixture(scope="module")
async def tabs(
    profiles: Profiles, console: str, cookies: dict[str | None, dict[str, str]]
) -> AsyncIterator[dict[str | None, Visitor]]:
    """A tab for each role, in which page after page is opened: scripts are compiled for the first one alone."""
    async with AsyncExitStack() as entered:
        yield {
            role: await entered.enter_async_context(visiting_as(profiles, console, of_role))
            for role, of_role in cookies.items()
        }


@pytest.fixture
async def visitor(line: PageLine, tabs: dict[str | None, Visitor]) -> AsyncIterator[Visitor]:
    """Who opens the page, on a wide screen, in English, in light."""
    visitor = tabs[line.role]
    visitor.complaints.clear()
    await visitor.context.clear_cookies(name="fp_language")
    await visitor.page.emulate_media(color_scheme="light")
    await visitor.page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    yield visitor
    assert visitor.complaints == []


async def faults(page: Page, looked_at: str = WHOLE) -> list[str]:
    """What axe-core finds that keeps people from using a page."""
    # no preloading: it would ask anew for every style sheet, for rules about the orientation of videos
    usual = "{resultTypes: ['violations'], preload: false}"
    result: dict[str, Any] = await page.evaluate(f"(usual => axe.run({looked_at}))({usual})")
    return [
        f"{violation['id']}: {violation['help']}: {json.dumps([node['target'] for node in violation['nodes'][:3]])}"
        for violation in result["violations"]
        if violation["impact"] in GRAVE
    ]


def widths_of(line: PageLine) -> dict[str, int]:
    """How wide the screens are on which the page is to be used, the widest first."""
    return {name: width for name, width in WIDTHS.items() if line.narrow or name != "phone"}


async def refused_forms(page: Page) -> list[str]:
    """Addresses of forms that ask for something, each as it stands on the page, that are not answered."""
    answers = [await page.request.get(address, max_redirects=0) for address in await page.evaluate(FORMS_THAT_ASK)]
    return [answer.url for answer in answers if answer.status not in {200, 303}]


async def fits(page: Page, width: int) -> bool:
    """Whether nobody has to scroll sideways to read the page."""
    await page.set_viewport_size({"width": width, "height": 900})
    return bool(await page.evaluate("document.documentElement.scrollWidth") <= width)


async def test_a_page_can_be_used_at_every_width_in_light_and_dark(
    line: PageLine, address: str, visitor: Visitor
) -> None:
    page = await visitor.open(address)
    assert await page.locator("h1").count() == 1
    # beside the security policy, which lets a page load nothing of ours that it does not name
    await page.evaluate(AXE.read_text("utf-8"))
    assert await refused_forms(page) == []
    assert await page.locator("html").get_attribute("lang") == "en"
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        assert await faults(page, OF_COLOURS) == [], scheme
    for name, width in widths_of(line).items():
        assert await fits(page, width), name
        assert await faults(page, WITHOUT_COLOURS) == [], name


async def test_a_page_speaks_every_language_and_is_no_wider_for_it(
    line: PageLine, address: str, visitor: Visitor
) -> None:
    for language in LANGUAGES.keys() - {"en"}:
        await speak(visitor, language)
        page = await visitor.open(address)
        assert await page.locator("html").get_attribute("lang") == language
        assert english_in(await page.content()) == [], language
        assert [name for name, width in widths_of(line).items() if not await fits(page, width)] == [], language


async def speak(visitor: Visitor, language: str) -> None:
    """Have chosen a language."""
    await visitor.context.add_cookies([{"name": "fp_language", "value": language, "url": visitor.base}])
