"""Every page of the console: in three languages, at three widths, light and dark, by screen reader."""

import json
from collections.abc import AsyncIterator, Sequence
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
COLOURS = ("color-contrast", "link-in-text-block")
"""Rules of axe-core about what differs between light and dark, and not by width; for all others it is the other way
round. They look at each letter, which takes long: of long tables and lists the first five rows are looked at.
"""
LONG = ["tbody tr:nth-child(n + 6)", "main li:nth-child(n + 6)"]
USUAL = {"resultTypes": ["violations"], "preload": False}
"""Nothing is loaded beforehand: axe-core would ask anew for every style sheet, for rules about videos."""
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


async def faults(page: Page, *, but: Sequence[str] = (), **options: Any) -> list[str]:
    """What axe-core finds that keeps people from using a page, but for what these selectors say."""
    context = {"exclude": [[selector] for selector in but]}
    result: dict[str, Any] = await page.evaluate(
        "([context, options]) => axe.run(context, options)", [context, USUAL | options]
    )
    return [
        f"{violation['id']}: {violation['help']}: {json.dumps([node['target'] for node in violation['nodes'][:3]])}"
        for violation in result["violations"]
        if violation["impact"] in GRAVE
    ]


async def faults_of_colours(page: Page) -> list[str]:
    """The same of its colours, as they are now."""
    return await faults(page, but=LONG, runOnly=COLOURS)


async def faults_of_structure(page: Page, *, touched: bool) -> list[str]:
    """The same of all else; `touched`: and what is too small for a finger (WCAG 2.2, 2.5.8)."""
    rules = {colours: {"enabled": False} for colours in COLOURS}
    return await faults(page, rules=rules | {"target-size": {"enabled": touched}})


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
        assert await faults_of_colours(page) == [], scheme
    widths = widths_of(line)
    for name, width in widths.items():
        assert await fits(page, width), name
        assert await faults_of_structure(page, touched=width == min(widths.values())) == [], name


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
