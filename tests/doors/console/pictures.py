"""`make screenshots`: a picture of every page, in each language, width and scheme of colours.

No test of `make test`: nothing is asserted but that each page opens.
"""

import os
from pathlib import Path

from app.doors.console.translations import LANGUAGES
from tests.doors.console.browsing import Visitor
from tests.doors.console.page_table import PageLine
from tests.doors.console.test_pages import SCHEMES, address, admin, cookies, line, speak, tabs, visitor, widths_of

__all__ = ["address", "admin", "cookies", "line", "tabs", "visitor"]

FOLDER = Path(os.environ["SCREENSHOTS"])


async def test_pictures_are_taken(line: PageLine, address: str, visitor: Visitor) -> None:  # fixtures
    for language in LANGUAGES:
        await speak(visitor, language)
        page = await visitor.open(address)
        if await page.locator("[data-map]").count():
            await page.wait_for_timeout(1000)  # until the ground is drawn, of which nothing tells
        for name, width in widths_of(line).items():
            await page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme=scheme)
                path = FOLDER / line.name / f"{language}-{name}-{scheme}.png"
                await page.screenshot(path=path, full_page=True)
