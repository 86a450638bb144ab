"""How smoothly a map of 5,000 outlets follows the mouse: frames a second in headless Chromium."""

import asyncio
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

from playwright.async_api import Page, async_playwright

from app.closing.day_maps.rules import OutletDayState
from benchmarks.map_pages import map_of, map_site, page_of
from tests.browsers import find_browser
from tests.doors.console.browsing import served

OUTLETS = 5_000
STOPS = 20
DRAGS = 6
ZOOMS = (11, 13, 15)
"""The whole territory, a town, its streets with fences."""
ENOUGH = 30.0

_COUNT = """
() => new Promise((resolve) => {
  const times = [];
  const frame = (time) => {
    times.push(time);
    if (window.dragging) requestAnimationFrame(frame);
    else resolve(times);
  };
  window.dragging = true;
  requestAnimationFrame(frame);
})
"""

_GO_TO = """
(zoom) => {
  document.querySelector("[data-map]").dayMap.map.setView([38.25, 21.75], zoom, { animate: false });
}
"""


@dataclass(frozen=True, slots=True)
class Panning:
    """Frames a second while the map is dragged, by zoom: the median of the drags, and that of the slowest one."""

    zoom: int
    frames_a_second: float
    slowest: float


async def measure() -> list[Panning]:
    """Drag a map with outlets, a route and a track at each zoom."""
    site = map_site(
        {"/": page_of(map_of(outlets_url="/outlets.json", tracks_url="/track.json"))},
        {"/outlets.json": outlets(), "/track.json": track()},
    )
    async with served(site) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1600, "height": 1000})
        await page.goto(f"{address}/")
        await page.wait_for_function("document.querySelector('[data-map]').dayMap.drawn")
        pannings = [await _pan(page, zoom) for zoom in ZOOMS]
        await browser.close()
    return pannings


async def _pan(page: Page, zoom: int) -> Panning:
    await page.evaluate(_GO_TO, zoom)
    await page.wait_for_load_state("networkidle")
    box = await page.locator("[data-map]").bounding_box()
    if box is None:
        raise RuntimeError("the map is not there")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    rates = [await _drag(page, x, y, 1 if turn % 2 else -1) for turn in range(DRAGS)]
    return Panning(zoom, median(rates), min(rates))


async def _drag(page: Page, x: float, y: float, direction: int) -> float:
    """Drag there and back, and let go, which draws anew: frames a second from the first to the last."""
    counting = asyncio.ensure_future(page.evaluate(_COUNT))
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in (*range(1, 31), *range(30, 0, -1), *range(1, 31)):
        await page.mouse.move(x + direction * step * 12, y + direction * step * 6)
    await page.mouse.up()
    await page.wait_for_timeout(200)
    await page.evaluate("window.dragging = false")
    times: list[float] = await counting
    return (len(times) - 1) * 1000 / (times[-1] - times[0])


def outlets() -> dict[str, Any]:
    """A territory of 60 km by 60 km, most of whose outlets are in its town."""
    random, states = Random(5), list(OutletDayState)
    features = []
    for number in range(OUTLETS):
        spread = 0.03 if number % 3 else 0.25
        lat, lon = 38.25 + random.gauss(0, spread), 21.75 + random.gauss(0, spread)
        properties = {
            "outlet_code": f"M-{number}",
            "outlet_name": f"Outlet {number}",
            "state": random.choice(states),
            "radius_m": 80.0,
            "fence": None,
            "visits": [{"id": "", "rep_code": "M-1", "sequence": number % 20, "status": "planned"}],
        }
        point = {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "geometry": point, "properties": properties})
    return {"type": "FeatureCollection", "features": features, "without_location": 0}


def track() -> dict[str, Any]:
    """A rep's day through the town."""
    random = Random(6)
    places = [(38.25 + random.gauss(0, 0.03), 21.75 + random.gauss(0, 0.03)) for _ in range(STOPS)]
    named = [{"outlet_code": f"M-{number}", "outlet_name": f"Outlet {number}"} for number in range(STOPS)]
    stops = [
        outlet | {"visit_id": str(number), "sequence": number + 1, "lat": lat, "lon": lon, "status": "verified"}
        for number, (outlet, (lat, lon)) in enumerate(zip(named, places, strict=True))
    ]
    check_ins = [
        outlet
        | {
            "id": str(number),
            "kind": "arrival",
            "corrected_at": "2026-11-23T08:00:00Z",
            "fix": {"lat": lat, "lon": lon, "accuracy_m": 40.0},
            "verdict": {"code": "INSIDE", "p_inside": 0.9, "distance_m": 20.0},
        }
        for number, (outlet, (lat, lon)) in enumerate(zip(named, places, strict=True))
    ]
    return {"rep_code": "M-1", "time_zone": "Europe/Athens", "stops": stops, "check_ins": check_ins}
