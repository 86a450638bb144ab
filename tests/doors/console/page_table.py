"""The console's pages, one line for each: tests open every one in each language, width and light.

Each group of pages lists its own in `tests/doors/console/<group>_pages.py`.
"""

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.demo.connection import Connection

Find = Callable[[Connection], Awaitable[str]]
"""Asks the API as an admin for what an address needs: an id, for one."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page: its name (that of its pictures), who opens it (None: who has not signed in), and its address, or how to
    find that in the demo.

    `narrow`: it is to be used at the width of a phone, too.
    """

    name: str
    role: str | None
    address: str | Find
    narrow: bool = False

    async def found_at(self, admin: Connection) -> str:
        """Its address in the demo."""
        return self.address if isinstance(self.address, str) else await self.address(admin)


def page_lines() -> list[PageLine]:
    """All pages, by group and in the order of its list."""
    modules = sorted(
        path.stem for path in Path(__file__).parent.glob("*_pages.py") if not path.stem.startswith("test_")
    )
    lines = [importlib.import_module(f"tests.doors.console.{module}").PAGES for module in modules]
    return [line for group in lines for line in group]
