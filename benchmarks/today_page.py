"""Today as a supervisor of 50 reps gets it: the server's time, how much is sent, and when a browser shows something."""

import asyncio
import time
from dataclasses import dataclass
from statistics import median

import httpx
from playwright.async_api import Browser, Page, Request, async_playwright

from app.closing.cutoff import service as cutoff
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.masters.territories import service as territories
from app.masters.territories.calendar import business_date
from benchmarks.rep_days import REPS_EACH
from benchmarks.supervisors import COOKIE, sign_in_supervisors
from tests.browsers import find_browser

OPEN, CLOSED = "TODAY5", "TODAY6"
"""A territory before its cutoff, and one after it (`rep_days.sql`)."""
WARM_UP, REPEATS = 10, 200
VISITS = 9
"""Of a browser that has loaded nothing yet."""

_PAINT = """
() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName("first-contentful-paint");
    if (paint) resolve(paint.startTime);
  }).observe({ type: "paint", buffered: true });
})
"""


@dataclass(frozen=True, slots=True)
class FirstVisits:
    """What a browser got that had nothing yet: bytes of all answers, and seconds to the first paint."""

    sent_bytes: list[tuple[str, int]]
    paints_s: list[float]

    @property
    def total_bytes(self) -> int:
        """Of the page and all that it loads."""
        return sum(size for _, size in self.sent_bytes)

    @property
    def paint_s(self) -> float:
        """The median."""
        return median(self.paints_s)


@dataclass(frozen=True, slots=True)
class TodayPage:
    """A territory's day: the server's time (95th percentile, seconds), and what browsers got."""

    server_s: float
    visits: FirstVisits


@dataclass(frozen=True, slots=True)
class TodayPages:
    """Before the cutoff, and after it, with so many visits flagged."""

    open_day: TodayPage
    closed_day: TodayPage
    flagged: int


async def measure(database: Database, settings: Settings, address: str) -> TodayPages:
    """Look at a day before its cutoff, and at one that was closed just now."""
    flagged = await _close(database, CLOSED)
    open_cookie, closed_cookie = await sign_in_supervisors(database, settings, (OPEN, CLOSED))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        open_day, closed_day = [
            TodayPage(await _server_s(address, cookie), await _first_visits(browser, address, cookie))
            for cookie in (open_cookie, closed_cookie)
        ]
        await browser.close()
    return TodayPages(open_day, closed_day, flagged)


async def _close(database: Database, code: str) -> int:
    """Close a territory's day; how many of its visits were flagged."""
    async with database.transaction() as session:
        territory = (await territories.territories_by_code(session, [code]))[code]
        run = await cutoff.close_day(session, territory.id, business_date(territory, clock.now()), triggered_by="bench")
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.exec_driver_sql("VACUUM ANALYZE missing_orders, call_tasks, points_entries")
    return run.missing_orders


async def _server_s(address: str, cookie: str) -> float:
    seconds = []
    async with httpx.AsyncClient(base_url=address, cookies={COOKIE: cookie}, timeout=60) as client:
        for _ in range(WARM_UP + REPEATS):
            begun = time.perf_counter()
            page = await client.get("/console/today")
            seconds.append(time.perf_counter() - begun)
            if page.status_code != 200 or page.text.count('<tr id="rep-') != REPS_EACH:
                raise RuntimeError(f"This is not the day that was filled in: {page.status_code}")
    return sorted(seconds[WARM_UP:])[int(REPEATS * 0.95)]


async def _first_visits(browser: Browser, address: str, cookie: str) -> FirstVisits:
    paints_s: list[float] = []
    sent_bytes: list[tuple[str, int]] = []
    for _ in range(VISITS):
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        await context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
        page = await context.new_page()
        answered: list[Request] = []

        def note(request: Request, answered: list[Request] = answered) -> None:
            answered.append(request)

        page.on("requestfinished", note)
        await page.goto(f"{address}/console/today", wait_until="load")
        paints_s.append(float(await page.evaluate(_PAINT)) / 1e3)
        await _until_caught_up(page, answered)
        sent_bytes = [(request.url.rpartition("/")[2], await _size(request)) for request in answered]
        await context.close()
    return FirstVisits(sent_bytes, paints_s)


async def _until_caught_up(page: Page, answered: list[Request]) -> None:
    """Until the day was drawn anew, as the stream has it done when it opens: that is sent, too."""
    async with asyncio.timeout(20):
        while not any(request.resource_type == "xhr" for request in answered):
            await page.wait_for_timeout(50)


async def _size(request: Request) -> int:
    sizes = await request.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]
