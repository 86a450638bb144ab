"""A browser on the console: real Chromium, real pages from a real server, over a copy of the demo."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page

from app.demo import accounts

NAMES = {
    "supervisor": accounts.STAFF["supervisor"],
    "operator": accounts.STAFF["operator"],
    "admin": accounts.ADMIN,
}
"""Who signs in as what, in the demo."""


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an app on a free port of the loopback, in this process: the clock of a test is the server's, too."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@dataclass
class Visitor:
    """A person at a browser. What the browser complains of is kept; `complaints` must be empty at the end of a test."""

    base: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        """Go to a page of the console, until nothing more comes."""
        await self.page.goto(self.base + path, wait_until="load")
        return self.page

    def listen(self) -> None:
        """Hear what the browser complains of: errors of scripts, what the security policy has stopped."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("requestfailed", lambda request: self._miss(request.url, request.failure))

    def _hear(self, message: Any) -> None:
        # the browser's own line for an answer of 4xx: a test that asks for one looks at the answer
        if message.type in {"error", "warning"} and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def _miss(self, url: str, failure: str | None) -> None:
        if failure != "net::ERR_ABORTED":  # what a page no longer waits for when one leaves it
            self.complaints.append(f"{url}: {failure}")


class Profiles:
    """Profiles of one browser, by their options. What pages load (scripts, styles) stays in them for the next visitor;
    cookies and pages do not.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    @asynccontextmanager
    async def lent(self, **options: Any) -> AsyncIterator[BrowserContext]:
        """A profile in which nobody has signed in."""
        free = self._free.setdefault(json.dumps(options, sort_keys=True), [])
        context = free.pop() if free else await self._make(options)
        try:
            yield context
        finally:
            async with asyncio.timeout(15):
                for page in context.pages:
                    # a page closed while it goes somewhere may stay for ever (crbug.com/536385539)
                    await page.goto("about:blank")
                    await page.close()
            await context.clear_cookies()
            free.append(context)

    async def _make(self, options: dict[str, Any]) -> BrowserContext:
        usual = {
            "locale": "en-GB",
            "timezone_id": "Europe/Athens",
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
        }
        context = await self._browser.new_context(**usual | options)
        context.set_default_timeout(15_000)
        return context


@asynccontextmanager
async def visiting_as(
    profiles: Profiles, base: str, cookies: Mapping[str, str], **options: Any
) -> AsyncIterator[Visitor]:
    """A visitor with the cookies of a login, or without. The browser must have nothing to complain of at the end."""
    async with profiles.lent(**options) as context:
        await context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        visitor = Visitor(base, context, await context.new_page())
        visitor.listen()
        yield visitor
    assert visitor.complaints == []


async def sign_in(visitor: Visitor, name: str, password: str = accounts.PASSWORD) -> None:
    """Sign in by the form, until a page comes or what was wrong is told."""
    await visitor.open("/console/sign-in")
    await visitor.page.fill("#username", name)
    await visitor.page.fill("#password", password)
    await visitor.page.click("button.main")
    await visitor.page.locator("body.signed-in, [role=alert]").first.wait_for()
    await visitor.page.wait_for_load_state("load")


async def become_true(page: Page, expression: str) -> None:
    """Wait until an expression is true on a page.

    Playwright's own waiting evaluates a string within the page, which the security policy forbids.
    """
    async with asyncio.timeout(15):
        while not await page.evaluate(f"Boolean({expression})"):
            await page.wait_for_timeout(50)
